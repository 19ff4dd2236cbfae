// Save a draft by itself: one save at a time, the number that was seen goes with it, and nothing is
// thrown away when the server is away or somebody else was quicker.
const WAIT_MS = 1500;
const RETRY_MS = 8000;

type State = "saved" | "saving" | "changed" | "offline" | "conflict";

export class Saver {
  private isDirty = false;
  private isStopped = false;
  private timer = 0;
  private running: Promise<boolean> | null = null;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly fill: () => void,
  ) {
    form.addEventListener("input", () => this.changed());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      void this.save();
    }, true);
  }

  changed(): void {
    this.isDirty = true;
    if (this.isStopped) return;
    this.show("changed");
    this.later(WAIT_MS);
  }

  // Until the page goes: leaving saves, and so does handing the draft in.
  watch(gone: () => void): void {
    const work = document.getElementById("work");
    const leave = (event: BeforeUnloadEvent) => {
      if (this.isDirty) event.preventDefault();
    };
    const keys = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
        event.preventDefault();
        void this.save();
      }
    };
    const submit = (event: Event) => {
      const next = event.target as HTMLFormElement;
      if (!this.isDirty || next === this.form || next.querySelector("[data-number]") === null) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      void this.save().then((isSaved) => {
        if (isSaved) next.requestSubmit();
      });
    };
    const swapped = (event: Event) => {
      if ((event as CustomEvent<{ target?: Element }>).detail.target !== work) return;
      if (this.isDirty) void this.save();
      window.clearTimeout(this.timer);
      this.isStopped = true;
      window.removeEventListener("beforeunload", leave);
      document.removeEventListener("keydown", keys);
      document.removeEventListener("submit", submit, true);
      document.removeEventListener("htmx:beforeSwap", swapped);
      gone();
    };
    window.addEventListener("beforeunload", leave);
    document.addEventListener("keydown", keys);
    document.addEventListener("submit", submit, true);
    document.addEventListener("htmx:beforeSwap", swapped);
  }

  async save(): Promise<boolean> {
    window.clearTimeout(this.timer);
    if (this.running) await this.running;
    if (this.isStopped) return false;
    this.running = this.once();
    const isSaved = await this.running;
    this.running = null;
    return isSaved;
  }

  send(path: string, values: Record<string, string | Blob>): Promise<Response> {
    const body = new FormData();
    for (const [name, value] of Object.entries(values)) body.append(name, value);
    const token = this.form.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
    return fetch(path, { method: "POST", body, headers: { "X-CSRFToken": token } });
  }

  say(text: string, state: State): void {
    this.show(state);
    const place = this.form.querySelector("[data-save-state]");
    if (place && text) place.textContent = text;
  }

  private async once(): Promise<boolean> {
    this.fill();
    this.isDirty = false;
    this.show("saving");
    const fields: Record<string, string> = {};
    for (const [name, value] of new FormData(this.form)) if (typeof value === "string") fields[name] = value;
    delete fields["is_page"];
    const answer = await this.send(this.form.dataset["save"] ?? "", fields).catch(() => null);
    if (answer?.ok) {
      const { number } = (await answer.json()) as { number: number };
      for (const input of document.querySelectorAll<HTMLInputElement>("#work [name=number]"))
        input.value = String(number);
      this.show(this.isDirty ? "changed" : "saved");
      return true;
    }
    this.isDirty = true;
    const error = (await answer?.json().catch(() => null)) as { code?: string; detail?: string } | null;
    if (answer?.status === 409) {
      this.isStopped = true;
      this.isDirty = false; // the server has kept it
      this.say(error?.detail ?? "", "conflict");
      this.offerBoth();
    } else if (error?.detail) this.say(error.detail, "offline");
    else {
      this.show("offline");
      this.later(RETRY_MS);
    }
    return false;
  }

  private offerBoth(): void {
    const place = this.form.querySelector("[data-save-state]");
    if (!place || !place.parentElement) return;
    const both = document.createElement("a");
    both.href = this.form.dataset["page"] ?? "";
    both.className = "btn btn-sm btn-warning";
    both.dataset["testid"] = "look-at-both";
    both.textContent = (place as HTMLElement).dataset["both"] ?? "";
    place.after(both);
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
}
