// Ring: a tone by WebAudio on the device that was chosen, and a notification while nobody looks at
// the page, for as long as a call comes in.
import type { Preferences, Tone } from "./preferences";

interface Beep {
  // Seconds after the beginning, hertz, seconds long.
  at: number;
  hertz: number;
  long: number;
}

const BEEPS: Record<Tone, Beep[]> = {
  classic: [{ at: 0, hertz: 440, long: 0.35 }, { at: 0.4, hertz: 480, long: 0.35 }],
  soft: [{ at: 0, hertz: 523, long: 0.5 }, { at: 0.55, hertz: 659, long: 0.7 }],
  bell: [{ at: 0, hertz: 1047, long: 0.12 }, { at: 0.15, hertz: 1319, long: 0.12 }, { at: 0.3, hertz: 1568, long: 0.4 }],
  low: [{ at: 0, hertz: 294, long: 0.5 }, { at: 0.6, hertz: 294, long: 0.5 }],
};
const EVERY_MS = 3000;

export class Ringer {
  private context: AudioContext | null = null;
  private timer: number | undefined;
  private notice: Notification | null = null;
  // Chosen devices are reached through an element: every browser with a choice has it there.
  private readonly player = new Audio();
  private exit: MediaStreamAudioDestinationNode | null = null;

  constructor(private readonly preferences: () => Preferences) {}

  start(title: string, text: string): void {
    if (this.timer !== undefined) return;
    this.preview();
    this.timer = window.setInterval(() => this.preview(), EVERY_MS);
    this.notify(title, text);
  }

  stop(): void {
    window.clearInterval(this.timer);
    this.timer = undefined;
    this.notice?.close();
    this.notice = null;
  }

  // Sound the tone once, as it will ring.
  preview(): void {
    const { tone, volume, ringDevice } = this.preferences();
    this.context ??= new AudioContext();
    void this.context.resume().catch(() => undefined); // the browser wants a click first
    const exit = this.exitTo(this.context, ringDevice);
    const start = this.context.currentTime;
    for (const beep of BEEPS[tone]) {
      const source = this.context.createOscillator();
      const gain = this.context.createGain();
      source.frequency.value = beep.hertz;
      // Ears hear by ratio; without the last steps to and from silence each beep would click.
      const level = (volume / 100) ** 2 * 0.5;
      gain.gain.setValueAtTime(0, start + beep.at);
      gain.gain.linearRampToValueAtTime(level, start + beep.at + 0.01);
      gain.gain.setValueAtTime(level, start + beep.at + beep.long - 0.03);
      gain.gain.linearRampToValueAtTime(0, start + beep.at + beep.long);
      source.connect(gain).connect(exit);
      source.start(start + beep.at);
      source.stop(start + beep.at + beep.long);
    }
  }

  private exitTo(context: AudioContext, device: string): AudioNode {
    if (device === "" || typeof this.player.setSinkId !== "function") return context.destination;
    if (this.exit === null) {
      this.exit = context.createMediaStreamDestination();
      this.player.srcObject = this.exit.stream;
    }
    // A device that is gone rings on the system's: better than not at all.
    void this.player.setSinkId(device).catch(() => this.player.setSinkId("")).catch(() => undefined);
    void this.player.play().catch(() => undefined);
    return this.exit;
  }

  // Tell of what wants looking at; a second time of the same one replaces the first.
  remind(title: string, text: string, what: string): void {
    this.show(title, text, `huawu-${what}`);
  }

  private notify(title: string, text: string): void {
    this.notice = this.show(title, text, "huawu-call");
  }

  private show(title: string, body: string, tag: string): Notification | null {
    if (!this.preferences().notices || !document.hidden || !("Notification" in window)) return null;
    if (Notification.permission !== "granted") return null;
    const notice = new Notification(title, { body, tag, requireInteraction: true });
    notice.onclick = () => {
      window.focus();
      notice.close();
    };
    return notice;
  }
}
