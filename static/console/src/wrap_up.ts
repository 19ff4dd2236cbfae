// The panel after a call: how it ended, a note, a follow-up. What is not saved is kept in this
// browser by call, so that neither a reload nor the next call takes a word away.
import { find, made, toast } from "./dom";
import {
  matching, presetTime, readDrafts, withCall, withDraft, without, type Choice, type Draft,
} from "./drafts";
import type { CallCard, DeskState } from "./state";
import type { Texts } from "./texts";

interface Details {
  id: number;
  label: string;
  is_required: boolean;
  disposition: number | null;
  note: string;
  choices: Choice[];
  earlier: { at: string; agent: string; disposition: string; note: string }[];
}

type Send = (path: string, fields: Record<string, string>) => Promise<Response>;

const MAX_SHOWN = 50;
const field = <T extends HTMLElement = HTMLInputElement>(name: string): T => find<T>(`wrap-up-${name}`);

export class WrapUp {
  private drafts: Draft[];
  private current = 0;
  private details: Details | null = null;
  private talking = 0;
  private hasLooked = false;
  private marked = 0;

  constructor(
    private readonly texts: Texts,
    private readonly place: string,
    private readonly send: Send,
  ) {
    this.drafts = readDrafts(this.read());
    this.bind();
  }

  // Follow the agent's calls: open with a talk, unfold when it is over.
  look(state: DeskState): void {
    if (!state.isFresh) return;
    const call = state.calls.find(isTalk);
    const isFirst = !this.hasLooked;
    this.hasLooked = true;
    if (call && call.id !== this.talking) {
      this.talking = call.id;
      this.keep(withCall(this.drafts, call.id, labelOf(call, this.texts)));
      // While he writes about the last call, the new one waits beside it.
      if (this.current === 0 || !this.panel.contains(document.activeElement)) void this.select(call.id);
      else this.paintChips();
    } else if (!call && this.talking !== 0) {
      const ended = this.talking;
      this.talking = 0;
      if (this.current === ended) this.unfold();
      else if (this.current === 0 && this.draft(ended)) void this.select(ended).then(() => this.unfold());
    } else if (isFirst && this.drafts.length > 0) {
      void this.select(this.drafts[this.drafts.length - 1]!.id).then(() => this.unfold());
    }
  }

  // Open the panel for any call, from a list or the call's page.
  openFor(id: number): void {
    this.keep(withCall(this.drafts, id, ""));
    void this.select(id).then(() => this.focus());
  }

  // What he has written about a call, saved or not; "" for nothing.
  noteOf(id: number): string {
    return this.draft(id)?.note ?? "";
  }

  focus(): void {
    if (this.current === 0) {
      toast(this.texts.wrap_up["none"] ?? "");
      return;
    }
    this.unfold();
    field("search").focus();
  }

  // "Ready" was refused because something is missing here.
  askBeforeReady(): void {
    if (this.details?.is_required && this.draft(this.current)) this.focus();
  }

  private get panel(): HTMLDetailsElement {
    return find<HTMLDetailsElement>("wrap-up");
  }

  private unfold(): void {
    this.panel.open = true;
  }

  private draft(id: number): Draft | undefined {
    return this.drafts.find((one) => one.id === id);
  }

  private async select(id: number): Promise<void> {
    this.current = id;
    this.details = null;
    this.paint();
    const answer = await fetch(`/calls/${id}/wrap-up/`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (this.current !== id) return;
    if (answer?.status === 404) {
      this.forget(id);
      return;
    }
    if (!answer?.ok) {
      this.say(this.texts.wrap_up["offline"] ?? "");
      return;
    }
    const details = (await answer.json()) as Details;
    if (this.current !== id) return;
    this.details = details;
    const draft = this.draft(id);
    if (draft) {
      const fresh = draft.isTouched
        ? { ...draft, label: details.label }
        : { ...draft, label: details.label, disposition: details.disposition, note: details.note, noteSeen: details.note };
      this.keep(withDraft(this.drafts, fresh));
    }
    // Whoever was quicker than the answer has begun to look for a disposition: his words stay.
    const search = field("search");
    const typed = document.activeElement === search ? search.value : "";
    this.paint();
    if (typed && !search.value) {
      search.value = typed;
      this.showList();
    }
  }

  private change(change: Partial<Draft>): void {
    const draft = this.draft(this.current);
    if (draft) this.keep(withDraft(this.drafts, { ...draft, ...change, isTouched: true }));
  }

  private keep(drafts: Draft[]): void {
    this.drafts = drafts;
    try {
      localStorage.setItem(this.place, JSON.stringify(drafts));
    } catch {
      // No room or not allowed: kept as long as the page is.
    }
  }

  private read(): string | null {
    try {
      return localStorage.getItem(this.place);
    } catch {
      return null;
    }
  }

  private forget(id: number): void {
    this.keep(without(this.drafts, id));
    const next = this.drafts.find((one) => one.id === this.talking) ?? this.drafts[0];
    if (next) void this.select(next.id);
    else {
      this.current = 0;
      this.paint();
    }
  }

  private async save(isReady: boolean): Promise<void> {
    const draft = this.draft(this.current);
    if (!draft) return;
    if (isReady && this.details?.is_required && draft.disposition === null) {
      this.say(this.texts.wrap_up["needed"] ?? "");
      field("search").focus();
      return;
    }
    const fields: Record<string, string> = {
      disposition: draft.disposition === null ? "" : String(draft.disposition),
      note: draft.note,
      note_seen: draft.noteSeen,
      due_at: draft.isFollowUp && draft.due ? new Date(draft.due).toISOString() : "",
      follow_up: draft.followUp,
      ready: isReady ? "1" : "",
    };
    if (draft.isFollowUp && !draft.due) {
      this.say(this.texts.wrap_up["due"] ?? "");
      field("due").focus();
      return;
    }
    const answer = await this.send(`/calls/${draft.id}/wrap-up/keep/`, fields).catch(() => null);
    if (answer?.status === 204) {
      toast(this.texts.wrap_up["saved"] ?? "");
      this.forget(draft.id);
      document.body.dispatchEvent(new CustomEvent("wrap-up-saved"));
      return;
    }
    const error = (await answer?.json().catch(() => null)) as { code?: string; detail?: string } | null;
    if (error?.code === "dispositions.note_changed") await this.showOther(draft.id);
    this.say(error?.detail || (this.texts.wrap_up["offline"] ?? ""));
  }

  // A colleague has written: show his note, and save over it only what now knows it.
  private async showOther(id: number): Promise<void> {
    const answer = await fetch(`/calls/${id}/wrap-up/`).catch(() => null);
    if (!answer?.ok) return;
    const { note } = (await answer.json()) as Details;
    this.change({ noteSeen: note });
    field<HTMLElement>("other").hidden = false;
    field<HTMLElement>("other").textContent = note;
  }

  private say(text: string): void {
    field<HTMLElement>("message").textContent = text;
  }

  private paint(): void {
    const draft = this.draft(this.current);
    this.panel.hidden = !draft;
    this.say("");
    field<HTMLElement>("other").hidden = true;
    if (!draft) {
      this.panel.open = false;
      return;
    }
    field<HTMLElement>("label").textContent = draft.label;
    field<HTMLElement>("required").hidden = !this.details?.is_required;
    field("search").value = this.details?.choices.find((one) => one.id === draft.disposition)?.path ?? "";
    field("search").disabled = this.details?.choices.length === 0;
    field<HTMLElement>("no-choices").hidden = this.details?.choices.length !== 0;
    field<HTMLTextAreaElement>("note").value = draft.note;
    field("follow-up").checked = draft.isFollowUp;
    field("due").value = draft.due;
    field("follow-up-text").value = draft.followUp;
    field<HTMLElement>("follow-up-fields").hidden = !draft.isFollowUp;
    this.closeList();
    this.paintChips();
    this.paintEarlier();
  }

  private paintChips(): void {
    const others = this.drafts.filter((one) => one.id !== this.current);
    field<HTMLElement>("others").hidden = others.length === 0;
    field<HTMLElement>("chips").replaceChildren(
      ...others.map((one) => {
        const chip = made("button", "btn btn-sm btn-outline-secondary", one.label || `#${one.id}`);
        chip.type = "button";
        chip.dataset["draft"] = String(one.id);
        return chip;
      }),
    );
  }

  private paintEarlier(): void {
    const earlier = this.details?.earlier ?? [];
    field<HTMLElement>("earlier").hidden = earlier.length === 0;
    field<HTMLElement>("earlier-list").replaceChildren(
      ...earlier.map((one) =>
        made("li", "", [one.at, one.agent, one.disposition, one.note].filter(Boolean).join(" · ")),
      ),
    );
  }

  private showList(): void {
    const found = matching(this.details?.choices ?? [], field("search").value).slice(0, MAX_SHOWN);
    const list = field<HTMLElement>("list");
    this.marked = Math.min(this.marked, Math.max(0, found.length - 1));
    list.replaceChildren(
      ...found.map((one, index) => {
        const line = made("li", index === this.marked ? "active" : "", one.path);
        line.id = `after-choice-${one.id}`;
        line.role = "option";
        line.ariaSelected = String(index === this.marked);
        line.dataset["choice"] = String(one.id);
        return line;
      }),
    );
    list.hidden = found.length === 0;
    field("search").setAttribute("aria-expanded", String(found.length > 0));
    const marked = list.children[this.marked];
    if (marked) {
      field("search").setAttribute("aria-activedescendant", marked.id);
      marked.scrollIntoView({ block: "nearest" });
    } else field("search").removeAttribute("aria-activedescendant");
  }

  private closeList(): void {
    field<HTMLElement>("list").hidden = true;
    field("search").setAttribute("aria-expanded", "false");
    field("search").removeAttribute("aria-activedescendant");
  }

  private choose(id: number): void {
    this.change({ disposition: id });
    field("search").value = this.details?.choices.find((one) => one.id === id)?.path ?? "";
    this.say("");
    this.closeList();
  }

  private searchKey(event: KeyboardEvent): void {
    // An input method that composes has these keys for itself.
    if (event.isComposing) return;
    const list = field<HTMLElement>("list");
    const count = list.hidden ? 0 : list.children.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.marked = count ? (this.marked + step + count) % count : 0;
      this.showList();
    } else if (event.key === "Enter" && !event.ctrlKey && count > 0) {
      event.preventDefault();
      const chosen = list.children[this.marked] as HTMLElement | undefined;
      if (chosen) this.choose(Number(chosen.dataset["choice"]));
    } else if (event.key === "Escape" && count > 0) {
      event.preventDefault();
      this.closeList();
    }
  }

  private bind(): void {
    const search = field("search");
    search.addEventListener("input", () => {
      this.marked = 0;
      this.change({ disposition: null });
      this.showList();
    });
    search.addEventListener("focus", () => {
      search.select();
      this.marked = 0;
    });
    search.addEventListener("click", () => this.showList());
    search.addEventListener("blur", () => window.setTimeout(() => this.closeList(), 200));
    search.addEventListener("keydown", (event) => this.searchKey(event));
    field<HTMLTextAreaElement>("note").addEventListener("input", (event) =>
      this.change({ note: (event.target as HTMLTextAreaElement).value }),
    );
    field("follow-up").addEventListener("change", () => this.followUp(field("follow-up").checked));
    field("due").addEventListener("input", () => this.change({ due: field("due").value }));
    field("follow-up-text").addEventListener("input", () =>
      this.change({ followUp: field("follow-up-text").value }),
    );
    field("save").addEventListener("click", () => void this.save(false));
    field("ready").addEventListener("click", () => void this.save(true));
    field("discard").addEventListener("click", () => this.discard());
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.ctrlKey && !event.isComposing) {
        event.preventDefault();
        void this.save(true);
      }
    });
    document.addEventListener("click", (event) => this.clicked(event));
  }

  private followUp(isWanted: boolean): void {
    this.change({ isFollowUp: isWanted });
    field<HTMLElement>("follow-up-fields").hidden = !isWanted;
    if (isWanted) field("due").focus();
  }

  private discard(): void {
    const draft = this.draft(this.current);
    if (draft && (!draft.isTouched || window.confirm(this.texts.wrap_up["discard"]))) this.forget(draft.id);
  }

  private clicked(event: Event): void {
    const target = event.target instanceof Element ? event.target : null;
    const from = (name: string) => target?.closest<HTMLElement>(`[data-${name}]`)?.dataset;
    const choice = from("choice")?.["choice"];
    if (choice) this.choose(Number(choice));
    const draft = from("draft")?.["draft"];
    if (draft) void this.select(Number(draft)).then(() => this.unfold());
    const call = from("wrap-up")?.["wrapUp"];
    if (call) this.openFor(Number(call));
    const preset = from("due")?.["due"];
    if (preset) {
      field("due").value = presetTime(preset, new Date());
      this.change({ due: field("due").value });
    }
  }
}

function isTalk(call: CallCard): boolean {
  return (call.state === "talking" || call.state === "held") && call.uniqueid !== "" && call.direction !== "internal";
}

function labelOf(call: CallCard, texts: Texts): string {
  return call.customer?.name || call.caller.name || call.caller.number || texts.unknown;
}
