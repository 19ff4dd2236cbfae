// One player of a recording: an <audio> of the server's, and around it what makes it convenient.
// It works without its outline, and the plain <audio> works without this script.
//
// What others may use (docs/recordings.md): it tells `timeupdate` and `seek` ({at_ms}) and
// `point` (a point that was chosen), all bubbling CustomEvents; it hears `player-seek`
// ({at_ms, play?}) and `player-points` (the points of the giver, which replace his former ones).
import WaveSurfer from "wavesurfer.js";
import {
  SPEEDS, clockOf, nextSpeed, peaksOf, pointsOf, sorted, speedOf, wishOf,
  type Point, type Wave, type Wish,
} from "./model";

const SPEED_KEPT = "huawu.player.speed";
const WAVE_HEIGHT = 44;

export class Player {
  private readonly audio: HTMLAudioElement;
  private readonly duration: number;
  private wave: WaveSurfer | null = null;
  private given: Point[] = [];

  constructor(private readonly root: HTMLElement) {
    this.audio = this.part<HTMLAudioElement>("audio");
    this.duration = Number(root.dataset["duration"] ?? "0") / 1000;
    this.bindControls();
    this.bindOthers();
    this.setSpeed(speedOf(kept()));
    this.drawPoints();
    this.paint();
    this.audio.controls = false;
    this.part("bar").hidden = false;
    void this.drawWave();
  }

  get seconds(): number {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : this.duration;
  }

  pause(): void {
    this.audio.pause();
  }

  destroy(): void {
    this.audio.pause();
    this.wave?.destroy();
  }

  seek(at_s: number, isPlayed = false): void {
    const at = Math.min(Math.max(0, at_s), this.seconds);
    this.audio.currentTime = at;
    this.tell("seek", { at_ms: Math.round(at * 1000) });
    this.paint();
    if (isPlayed) void this.audio.play();
  }

  // Marks may have been swapped in anew, and whoever gives points of his own may have changed them.
  drawPoints(): void {
    const marks = this.root.querySelector<HTMLElement>("[data-part=marks]");
    const own = [...pointsOf(this.root.dataset["points"] ?? ""), ...pointsOf(marks?.dataset["points"] ?? "")];
    const points = sorted([...own, ...this.given]);
    this.part("lane").replaceChildren(...points.map((point) => this.tick(point)));
    this.part("jumps").replaceChildren(...points.map((point) => this.jump(point)));
    this.part("jumps").hidden = points.length === 0;
  }

  private bindControls(): void {
    const { audio } = this;
    this.part("play").addEventListener("click", () => this.wish({ do: "toggle" }));
    const slider = this.part<HTMLInputElement>("slider");
    slider.max = String(this.seconds);
    slider.addEventListener("input", () => this.seek(Number(slider.value)));
    const speeds = this.part<HTMLSelectElement>("speed");
    speeds.replaceChildren(...SPEEDS.map((one) => new Option(`${one}×`, String(one))));
    speeds.addEventListener("change", () => this.setSpeed(speedOf(speeds.value)));
    this.root.addEventListener("keydown", (event) => {
      const wish = wishOf(event, focused(event.target));
      if (wish === null) return;
      event.preventDefault();
      this.wish(wish);
    });
    for (const name of ["play", "pause", "ended", "durationchange", "seeked"]) {
      audio.addEventListener(name, () => this.paint());
    }
    audio.addEventListener("timeupdate", () => {
      this.paint();
      this.tell("timeupdate", { at_ms: Math.round(audio.currentTime * 1000) });
    });
    audio.addEventListener("play", () => this.tell("player-started", {}));
    // Until it has loaded something the browser forgets the speed.
    audio.addEventListener("loadedmetadata", () => this.setSpeed(speedOf(speeds.value)));
    audio.addEventListener("error", () => {
      this.part("fault").hidden = false;
    });
    const at = this.root.querySelector<HTMLInputElement>("[data-part=mark-at]");
    const text = this.root.querySelector<HTMLInputElement>("[data-part=mark-text]");
    // A mark stands where one began to write it, however long one writes.
    text?.addEventListener("focus", () => {
      if (at && !text.value) at.value = String(Math.round(audio.currentTime * 1000));
      this.paint();
    });
  }

  private bindOthers(): void {
    this.root.addEventListener("player-seek", (event) => {
      const { at_ms, play } = (event as CustomEvent<{ at_ms: number; play?: boolean }>).detail;
      this.seek(at_ms / 1000, play === true);
    });
    this.root.addEventListener("player-points", (event) => {
      this.given = pointsOf(JSON.stringify((event as CustomEvent<Point[]>).detail));
      this.drawPoints();
    });
  }

  private wish(wish: Wish): void {
    if (wish.do === "toggle") {
      if (this.audio.paused) void this.audio.play();
      else this.audio.pause();
    } else if (wish.do === "move") this.seek(this.audio.currentTime + wish.by_s);
    else if (wish.do === "speed") this.setSpeed(nextSpeed(this.audio.playbackRate, wish.way));
    else this.root.querySelector<HTMLInputElement>("[data-part=mark-text]")?.focus();
  }

  private setSpeed(speed: number): void {
    this.audio.playbackRate = speed;
    this.part<HTMLSelectElement>("speed").value = String(speed);
    try {
      window.localStorage.setItem(SPEED_KEPT, String(speed));
    } catch {
      // Private windows keep nothing; then it is only not remembered.
    }
  }

  private paint(): void {
    const { audio } = this;
    const [now, whole] = [clockOf(audio.currentTime), clockOf(this.seconds)];
    const play = this.part("play");
    const name = audio.paused ? "play" : "pause";
    play.setAttribute("aria-label", this.root.dataset[name] ?? name);
    play.dataset["shows"] = name;
    const slider = this.part<HTMLInputElement>("slider");
    slider.max = String(this.seconds);
    slider.value = String(audio.currentTime);
    slider.setAttribute("aria-valuetext", `${now} / ${whole}`);
    this.part("time").textContent = `${now} / ${whole}`;
    const at = this.root.querySelector<HTMLInputElement>("[data-part=mark-at]");
    const shown = this.root.querySelector<HTMLElement>("[data-part=mark-shown]");
    if (at && shown) shown.textContent = clockOf(Number(at.value) / 1000);
  }

  private tick(point: Point): HTMLElement {
    const tick = document.createElement("button");
    tick.type = "button";
    tick.tabIndex = -1;
    tick.className = `player-tick player-${point.kind}`;
    tick.title = `${clockOf(point.at_ms / 1000)} ${point.text}`;
    const whole = this.duration * 1000 || 1;
    tick.style.left = `${Math.min(100, (point.at_ms / whole) * 100)}%`;
    if (point.end_ms) tick.style.width = `${Math.max(0, ((point.end_ms - point.at_ms) / whole) * 100)}%`;
    tick.addEventListener("click", () => this.choose(point));
    return tick;
  }

  private jump(point: Point): HTMLElement {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-link btn-sm p-0";
    button.dataset["testid"] = `jump-${point.kind}`;
    button.textContent = `${clockOf(point.at_ms / 1000)} ${point.text}`;
    button.addEventListener("click", () => this.choose(point));
    item.className = `player-${point.kind}`;
    item.append(button);
    return item;
  }

  private choose(point: Point): void {
    this.seek(point.at_ms / 1000);
    this.tell("point", point);
  }

  private async drawWave(): Promise<void> {
    const place = this.part("wave");
    const address = this.root.dataset["wave"];
    if (!address) return;
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      const peaks = answer.status === 200 ? peaksOf((await answer.json()) as Wave) : null;
      if (peaks === null || !this.root.isConnected) return;
      place.hidden = false;
      const colours = getComputedStyle(this.root);
      const colour = (name: string) => colours.getPropertyValue(name).trim();
      this.wave = WaveSurfer.create({
        container: place, media: this.audio, peaks, duration: this.duration, normalize: true,
        cursorColor: colour("--player-cursor"), cursorWidth: 2, hideScrollbar: true, dragToSeek: true,
        splitChannels: ["agent", "other"].map((side) => ({
          height: WAVE_HEIGHT, waveColor: colour(`--player-${side}`), progressColor: colour(`--player-${side}-heard`),
        })),
      });
      adoptStyle(place);
      this.wave.on("interaction", (at_s) => this.tell("seek", { at_ms: Math.round(at_s * 1000) }));
      this.root.dataset["drawn"] = "1";
    } catch {
      // Without its outline the recording is heard all the same.
      place.hidden = true;
    }
  }

  private tell(name: string, detail: object): void {
    this.root.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }

  private part<T extends HTMLElement = HTMLElement>(name: string): T {
    const found = this.root.querySelector<T>(`[data-part="${name}"]`);
    if (found === null) throw new Error(`no part ${name}`);
    return found;
  }
}

// Our policy forbids <style>; build.mjs made a template of wavesurfer's, which is adopted here.
function adoptStyle(place: HTMLElement): void {
  for (const host of place.children) {
    const style = host.shadowRoot?.querySelector<HTMLTemplateElement>("template[data-style]");
    if (!host.shadowRoot || !style) continue;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style.content.textContent ?? "");
    host.shadowRoot.adoptedStyleSheets = [sheet];
  }
}

function focused(target: EventTarget | null): string {
  if (target instanceof HTMLInputElement) return target.type === "range" ? "range" : "text";
  if (target instanceof HTMLTextAreaElement) return "text";
  if (target instanceof HTMLSelectElement) return "select";
  return target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement ? "button" : "";
}

function kept(): string | null {
  try {
    return window.localStorage.getItem(SPEED_KEPT);
  } catch {
    return null;
  }
}
