// The transfer dialog: type a name or a number, Enter gives the call away, Ctrl+Enter asks first.
// A combobox with a list box (WAI-ARIA): the focus stays in the field, arrows choose the line.
import { clock, find, made } from "./dom";
import {
  fitting, keptIndex, moved, readRecent, targetLines, withRecent, type Line, type Target,
} from "./targets";
import type { Texts } from "./texts";

const TYPING_MS = 200;
const REFRESH_MS = 3000;

export type Choose = (operation: "transfer" | "consult", target: Target, note: string) => void;

export class TransferDialog {
  private readonly dialog = find<HTMLDialogElement>("transfer-dialog");
  private readonly input = find<HTMLInputElement>("transfer-input");
  private readonly note = find<HTMLTextAreaElement>("transfer-note-input");
  private readonly list = find<HTMLUListElement>("transfer-targets");
  private found: Target[] = [];
  private lines: Line[] = [];
  private index = -1;
  private typing: number | undefined;
  private refreshing: number | undefined;
  private asking = 0;
  // What the found lines answer: Enter waits for the answer to what is typed now.
  private answered: string | null = null;
  private canGive = false;
  private canAsk = false;

  constructor(
    private readonly texts: Texts,
    private readonly recentKey: string,
    private readonly now: () => number,
    private readonly choose: Choose,
  ) {
    this.input.addEventListener("input", () => this.typed());
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("close", () => window.clearInterval(this.refreshing));
    this.list.addEventListener("click", (event) => {
      const line = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=option]") : null;
      if (line) this.select(Number(line.dataset["index"]));
    });
    this.list.addEventListener("dblclick", () => this.take(this.canGive ? "transfer" : "consult"));
    find("transfer-now").addEventListener("click", () => this.take("transfer"));
    find("transfer-consult").addEventListener("click", () => this.take("consult"));
  }

  get isOpen(): boolean {
    return this.dialog.open;
  }

  // What is not possible is not shown; with neither, only what the queue offers its callers.
  // `written` is what he has noted about the call already: it need not be typed again.
  open(canGive: boolean, canAsk: boolean, written = ""): void {
    if (this.dialog.open) return;
    this.canGive = canGive;
    this.canAsk = canAsk;
    find("transfer-give").hidden = !canGive && !canAsk;
    find("transfer-now").hidden = !canGive;
    find("transfer-consult").hidden = !canAsk;
    this.say("");
    this.input.value = "";
    this.note.value = written;
    this.found = [];
    this.answered = null;
    this.draw();
    this.dialog.showModal();
    if (!canGive && !canAsk) return;
    this.input.focus();
    void this.ask();
    this.refreshing = window.setInterval(() => void this.ask(), REFRESH_MS);
  }

  close(): void {
    this.dialog.close();
  }

  private typed(): void {
    this.index = -1;
    this.found = fitting(this.query, this.found);
    this.draw();
    window.clearTimeout(this.typing);
    this.typing = window.setTimeout(() => void this.ask(), TYPING_MS);
  }

  private async ask(): Promise<void> {
    window.clearTimeout(this.typing);
    const asked = ++this.asking;
    const query = this.query;
    try {
      const path = `/desk/targets/?q=${encodeURIComponent(query)}`;
      const answer = await fetch(path, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const { targets } = (await answer.json()) as { targets: Target[] };
      if (asked !== this.asking) return; // a later question has been asked
      this.found = targets;
      this.say("");
    } catch {
      if (asked !== this.asking) return;
      // A number that was typed can be rung all the same.
      this.found = [];
      this.say(this.texts.target["offline"] ?? "");
    }
    this.answered = query;
    this.draw();
  }

  private get query(): string {
    return this.input.value.trim();
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing || event.target !== this.input) return;
    if (event.key === "ArrowDown") this.select(moved(this.index, 1, this.lines.length));
    else if (event.key === "ArrowUp") this.select(moved(this.index, -1, this.lines.length));
    else if (event.key === "Enter") {
      // Where nothing can be given away, as in a conference, Enter asks too.
      void this.enter(!this.canGive || event.ctrlKey || event.metaKey ? "consult" : "transfer");
    }
    else return;
    event.preventDefault();
  }

  // Quick fingers press Enter before the answer: the line that is first then is meant.
  private async enter(operation: "transfer" | "consult"): Promise<void> {
    const query = this.query;
    const isMeant = () => this.dialog.open && this.query === query;
    while (isMeant() && this.answered !== query) await this.ask(); // a refresh may come between
    if (isMeant()) this.take(operation);
  }

  private take(operation: "transfer" | "consult"): void {
    const target = this.lines[this.index];
    if (target === undefined) {
      this.say(this.texts.target["choose"] ?? "");
      return;
    }
    if (operation === "transfer" ? !this.canGive : !this.canAsk) return;
    if (operation === "consult" && target.kind === "queue") {
      this.say(this.texts.target["no_consult"] ?? "");
      return;
    }
    this.remember(target);
    this.close();
    this.choose(operation, target, this.note.value.trim());
  }

  private remember(target: Target): void {
    localStorage.setItem(this.recentKey, JSON.stringify(withRecent(this.recent(), target)));
  }

  private recent(): Target[] {
    return readRecent(localStorage.getItem(this.recentKey));
  }

  private say(text: string): void {
    find("transfer-message").textContent = text;
  }

  private select(index: number): void {
    this.index = index;
    this.mark();
  }

  private draw(): void {
    const before = this.lines[this.index];
    this.lines = targetLines(this.input.value, this.found, this.recent());
    this.index = keptIndex(before, this.lines);
    this.list.replaceChildren(...this.lines.map((line, at) => this.drawn(line, at)));
    find("transfer-empty").hidden = this.lines.length > 0;
    this.mark();
  }

  private mark(): void {
    const options = [...this.list.querySelectorAll<HTMLElement>("[role=option]")];
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === this.index)));
    const chosen = options[this.index];
    if (chosen) {
      this.input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  private drawn(line: Line, at: number): HTMLElement {
    const item = made("li", "target");
    item.id = `transfer-target-${at}`;
    item.setAttribute("role", "option");
    item.dataset["testid"] = "target";
    item.dataset["index"] = String(at);
    item.dataset["kind"] = line.kind;
    item.dataset["number"] = line.number;
    item.dataset["state"] = line.state ?? "";
    const who = made("span", "target-who");
    who.append(made("strong", "", line.number));
    if (line.name) who.append(" ", line.name);
    const kind = this.texts.target[line.kind] ?? line.kind;
    const recent = line.isRecent ? ` · ${this.texts.target["recent"] ?? ""}` : "";
    item.append(who, made("span", "target-kind", kind + recent), this.live(line));
    return item;
  }

  // How it is now: what a colleague does and since when, how many wait and who is free.
  private live(line: Line): HTMLElement {
    const { texts } = this;
    if (line.kind === "queue" && line.waiting !== undefined) {
      const waiting = `${texts.target["waiting"] ?? ""} ${line.waiting}`;
      return made("span", "target-live", `${waiting} · ${texts.target["free"] ?? ""} ${line.idle ?? 0}`);
    }
    if (line.kind === "agent" && line.state) {
      const badge = made("span", "badge state target-live", texts.agent[line.state] ?? line.state);
      badge.dataset["state"] = line.state;
      const reason = line.reason ? ` · ${texts.reason[line.reason] ?? line.reason}` : "";
      const since = line.since ? ` ${clock(this.now() - Date.parse(line.since))}` : "";
      badge.append(reason + since);
      return badge;
    }
    return made("span", "target-live");
  }
}
