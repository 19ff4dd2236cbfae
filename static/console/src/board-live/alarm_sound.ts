// The sound of alarms: two tones every few seconds while one is on that nobody looks after. Browsers
// let a page sound only after the person has pressed something in it, so that is asked for.
const EVERY_MS = 4_000;
const TONES = [880, 660];

export class AlarmSound {
  private context: AudioContext | null = null;
  private timer: number | undefined;
  private isWanted = false;

  get isOn(): boolean {
    return this.context !== null;
  }

  get isSounding(): boolean {
    return this.timer !== undefined;
  }

  // By the person's own press.
  toggle(): void {
    if (this.context) {
      void this.context.close();
      this.context = null;
    } else {
      this.context = new AudioContext();
    }
    this.follow(this.isWanted);
  }

  // Sound, or be quiet.
  follow(isWanted: boolean): void {
    this.isWanted = isWanted;
    if (!this.context || !isWanted) {
      window.clearInterval(this.timer);
      this.timer = undefined;
    } else if (this.timer === undefined) {
      this.beep();
      this.timer = window.setInterval(() => this.beep(), EVERY_MS);
    }
  }

  close(): void {
    if (this.context) this.toggle();
  }

  private beep(): void {
    const context = this.context;
    if (!context) return;
    TONES.forEach((frequency, place) => {
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.frequency.value = frequency;
      gain.gain.value = 0.15;
      tone.connect(gain).connect(context.destination);
      const at = context.currentTime + place * 0.25;
      tone.start(at);
      tone.stop(at + 0.2);
    });
  }
}
