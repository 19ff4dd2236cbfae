// How loud the microphone is, for the test before the shift.
const EVERY_MS = 60;

// The level of samples (-1 to 1) as 0 to 100: the ear's scale, -60 dB to 0 dB.
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  if (rms === 0) return 0;
  return Math.round(Math.min(100, Math.max(0, (20 * Math.log10(rms) + 60) / 0.6)));
}

export class Meter {
  private stream: MediaStream | null = null;
  private context: AudioContext | null = null;
  private timer: number | undefined;

  get isOn(): boolean {
    return this.stream !== null;
  }

  // Listen to a microphone ("" for the system's). Rejects when the browser gives none.
  async start(device: string, onLevel: (level: number) => void): Promise<void> {
    this.stop();
    const audio = device ? { deviceId: { exact: device } } : true;
    this.stream = await navigator.mediaDevices.getUserMedia({ audio });
    this.context = new AudioContext();
    const analyser = this.context.createAnalyser();
    this.context.createMediaStreamSource(this.stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.timer = window.setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      onLevel(levelOf(samples));
    }, EVERY_MS);
  }

  stop(): void {
    window.clearInterval(this.timer);
    this.stream?.getTracks().forEach((track) => track.stop());
    void this.context?.close().catch(() => undefined);
    this.stream = null;
    this.context = null;
  }
}
