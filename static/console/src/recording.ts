// Pausing the recording: by the button, and by itself while a field for what must not be recorded
// (`data-sensitive`) has the focus. The badge follows the server, never the click.
import { find, setText, show } from "./dom";
import type { Post } from "./operations";
import { shownCall, type CallCard, type DeskState } from "./state";
import type { Texts } from "./texts";

// Between two such fields nothing goes on for a moment.
const LEFT_MS = 400;

export function recordedCall(state: DeskState): CallCard | null {
  const call = shownCall(state);
  const isTalking = call?.state === "talking" || call?.state === "held";
  return isTalking && call?.control?.recording ? call : null;
}

export class RecordingPause {
  // The call that a field has paused; only such a pause ends with the field.
  private byField: number | null = null;
  private leaving: number | undefined;
  private shown: number | null = null;

  constructor(
    private readonly state: () => DeskState,
    private readonly post: Post,
    private readonly texts: Texts,
  ) {}

  bind(root: Document): void {
    root.addEventListener("focusin", (event) => {
      if (isSensitive(event.target)) this.entered();
    });
    root.addEventListener("focusout", (event) => {
      if (isSensitive(event.target)) this.left();
    });
  }

  toggle(): void {
    const call = recordedCall(this.state());
    if (call) this.ask(call, call.control?.recording !== "paused", "button");
  }

  paint(): void {
    const call = recordedCall(this.state());
    const isPaused = call?.control?.recording === "paused";
    show("call-recording", call !== null);
    show("recording-on", !isPaused);
    show("recording-paused", isPaused);
    find("recording-pause").setAttribute("aria-pressed", String(isPaused));
    setText("recording-pause", isPaused ? this.texts.recording_resume : this.texts.recording_pause);
    // What was written for one call is gone before the next.
    if ((call?.id ?? null) !== this.shown) {
      this.shown = call?.id ?? null;
      find<HTMLInputElement>("sensitive-number").value = "";
      find<HTMLDetailsElement>("sensitive").open = false;
      if (call === null) this.byField = null;
    }
  }

  private entered(): void {
    window.clearTimeout(this.leaving);
    const call = recordedCall(this.state());
    if (call === null || call.control?.recording === "paused") return;
    this.byField = call.id;
    this.ask(call, true, "field");
  }

  private left(): void {
    window.clearTimeout(this.leaving);
    this.leaving = window.setTimeout(() => {
      const call = recordedCall(this.state());
      if (call !== null && call.id === this.byField) this.ask(call, false, "field");
      this.byField = null;
    }, LEFT_MS);
  }

  private ask(call: CallCard, isOn: boolean, reason: string): void {
    void this.post(`/calls/${call.id}/recording-pause/`, { on: isOn ? "1" : "", reason });
  }
}

function isSensitive(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("[data-sensitive]") !== null;
}
