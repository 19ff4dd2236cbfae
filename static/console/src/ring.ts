// Ring: a tone by WebAudio and a notification, for as long as a call comes in.
export class Ringer {
  private context: AudioContext | null = null;
  private timer: number | undefined;

  start(title: string, text: string): void {
    if (this.timer !== undefined) return;
    this.beep();
    this.timer = window.setInterval(() => this.beep(), 3000);
    if ("Notification" in window && Notification.permission === "granted" && document.hidden) {
      new Notification(title, { body: text, tag: "huawu-call" });
    }
  }

  stop(): void {
    window.clearInterval(this.timer);
    this.timer = undefined;
  }

  private beep(): void {
    this.context ??= new AudioContext();
    const start = this.context.currentTime;
    for (const [offset, hertz] of [[0, 440], [0.4, 480]] as const) {
      const tone = this.context.createOscillator();
      const volume = this.context.createGain();
      tone.frequency.value = hertz;
      volume.gain.value = 0.08;
      tone.connect(volume).connect(this.context.destination);
      tone.start(start + offset);
      tone.stop(start + offset + 0.35);
    }
  }
}
