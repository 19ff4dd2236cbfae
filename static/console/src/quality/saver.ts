// Keep the answers by themselves: one save at a time, the number that was seen goes with it, and
// what the server refuses is said and not tried over.
const WAIT_MS = 500;
const RETRY_MS = 5000;

export interface Saved {
  number: number;
  score: string;
  open: number;
  sections: Record<string, string>;
  fatal: string[];
}

type State = "saved" | "saving" | "changed" | "offline";

export class ScoreSaver {
  private isDirty = false;
  private isRefused = false;
  private timer = 0;
  private running: Promise<boolean> | null = null;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly onSaved: (saved: Saved) => void,
  ) {
    form.addEventListener("change", () => this.changed());
    form.addEventListener("input", () => this.changed());
  }

  get isWaiting(): boolean {
    return this.isDirty;
  }

  changed(): void {
    if (this.isRefused) return;
    this.isDirty = true;
    this.show("changed");
    this.later(WAIT_MS);
  }

  async save(): Promise<boolean> {
    window.clearTimeout(this.timer);
    while (this.running) await this.running;
    if (!this.isDirty || this.isRefused) return !this.isRefused;
    this.running = this.once().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async once(): Promise<boolean> {
    this.isDirty = false;
    this.show("saving");
    const body = new FormData(this.form);
    body.delete("is_page");
    const token = String(body.get("csrfmiddlewaretoken") ?? "");
    const answer = await fetch(this.form.dataset["save"] ?? "", {
      method: "POST",
      body,
      headers: { "X-CSRFToken": token },
      keepalive: true,
    }).catch(() => null);
    if (answer?.ok) {
      this.onSaved((await answer.json()) as Saved);
      this.show(this.isDirty ? "changed" : "saved");
      return true;
    }
    this.isDirty = true;
    const error = (await answer?.json().catch(() => null)) as { detail?: string } | null;
    if (answer && answer.status < 500 && error?.detail) {
      // Somebody else was quicker, or it is not his any more: trying again changes nothing.
      this.isRefused = true;
      this.say(error.detail);
    } else {
      this.show("offline");
      if (this.form.isConnected) this.later(RETRY_MS);
    }
    return false;
  }

  private later(ms: number): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.save(), ms);
  }

  private show(state: State): void {
    const place = this.form.querySelector<HTMLElement>("[data-save-state]");
    if (!place) return;
    place.textContent = place.dataset[state] ?? "";
    place.dataset["state"] = state;
  }

  private say(text: string): void {
    const place = this.form.querySelector<HTMLElement>("[data-save-state]");
    if (!place) return;
    place.textContent = text;
    place.dataset["state"] = "conflict";
  }
}
