// Check while drawing, save, warn before leaving; what to do when somebody else saved meanwhile.
import { readDocument, type FlowDoc } from "./document";
import { choose } from "./dialog";
import { ask, at, sayFailed, t, toast, type Answer, type Problem } from "./page";
import { withPlaces } from "./places";
import type { Store } from "./store";

const CHECK_AFTER_MS = 350;

export class Keeping {
  private timer = 0;
  private asked = 0;
  private isSaving = false;
  private checked: FlowDoc | null = null;

  constructor(private readonly store: Store) {
    store.listen((part) => {
      if (part === "document") this.checkSoon();
      if (part === "document" || part === "saved") this.showState();
    });
    window.addEventListener("beforeunload", (event) => {
      if (store.isChanged) event.preventDefault();
    });
    this.showState();
    void this.check();
  }

  private showState(text = t(this.store.isChanged ? "unsaved" : "kept")): void {
    const line = at("save-state");
    line.textContent = text;
    line.dataset["mood"] = this.store.isChanged ? "bad" : "good";
  }

  private checkSoon(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.check(), CHECK_AFTER_MS);
  }

  private async check(): Promise<void> {
    const doc = this.store.doc;
    // Moving a step changes nothing that could be wrong.
    if (this.checked && this.checked.nodes === doc.nodes && this.checked.start === doc.start && this.checked.language === doc.language) return;
    const number = ++this.asked;
    const answer = await ask("check", { document: doc });
    if (number !== this.asked || answer.status !== 200) return;
    this.checked = doc;
    this.store.problems = answer.body["problems"] as Problem[];
    this.store.tell("problems");
  }

  // True when the server has what the page shows.
  async save(isOverwriting = false): Promise<boolean> {
    const { store } = this;
    if (this.isSaving) return false;
    if (!store.isChanged && !isOverwriting) {
      toast(t("saved"), "success");
      return true;
    }
    this.isSaving = true;
    this.showState(t("saving"));
    const doc = store.doc;
    const answer = await ask("draft", { document: doc, token: isOverwriting ? null : store.token });
    this.isSaving = false;
    if (answer.status === 200) {
      store.saved = doc;
      store.token = String(answer.body["token"]);
      store.tell("saved");
      const isWrong = store.problems.some((one) => one.level === "error");
      toast(t(isWrong ? "saved_wrong" : "saved"), isWrong ? "info" : "success");
      return true;
    }
    this.showState();
    if (answer.status === 409) return this.settle(answer);
    sayFailed(answer);
    return false;
  }

  async settle(answer: Answer): Promise<boolean> {
    const { body } = answer;
    const text = t("conflict", String(body["who"] || t("somebody")), String(body["at"] ?? ""));
    const answered = await choose(text, [["load", t("load_theirs")], ["overwrite", t("overwrite")]]);
    if (answered === "overwrite") return this.save(true);
    if (answered === "load") this.load(body["document"], String(body["token"]));
    return false;
  }

  // What the server has takes the place of what is shown; undo brings that back.
  load(document: unknown, token: string): void {
    const { store } = this;
    const doc = withPlaces(store.schema, readDocument(document));
    store.token = token;
    store.saved = doc;
    store.change(doc);
    store.tell("saved");
  }
}
