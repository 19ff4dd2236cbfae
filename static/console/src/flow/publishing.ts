// Publish with what will be different, versions with what was, and back to one of them.
import { choose } from "./dialog";
import { difference, isSame, type FieldChange } from "./diff";
import { readDocument, type FlowDoc } from "./document";
import type { Keeping } from "./keeping";
import { ask, at, button, config, el, exitLabel, fieldName, kindName, sayFailed, t, toast, type Answer, type Problem } from "./page";
import { withPlaces } from "./places";
import type { Store } from "./store";

interface Version { number: number; at: string; who: string }

export class Publishing {
  constructor(private readonly store: Store, private readonly keeping: Keeping) {
    this.showInForce();
  }

  private showInForce(): void {
    const number = config.in_force?.number;
    at("in-force").textContent = number ? `${t("version", number)} · ${t("in_force")}` : t("never");
  }

  async publish(): Promise<void> {
    const { store } = this;
    if (store.isChanged && !(await this.keeping.save())) return;
    if (!(await this.newestRead())) return;
    const before = config.in_force ? readDocument(config.in_force.document) : null;
    const shown = before ? differenceTable(before, store.doc) : el("p", {}, t("publish_first"));
    const calls = el("p", { class: "text-body-secondary" }, t("publish_calls"));
    if ((await choose(t("publish_title"), [["yes", t("publish")]], shown, calls)) !== "yes") return;
    const answer = await ask("publish", { token: store.token });
    if (answer.status === 200) this.inForce(answer);
    else await this.refused(answer);
  }

  private inForce(answer: Answer): void {
    const number = Number(answer.body["number"]);
    this.setInForce(number, answer.body["document"] as FlowDoc);
    toast(t("published", number), "success");
  }

  private setInForce(number: number, document: FlowDoc): void {
    config.in_force = { number, document };
    this.showInForce();
  }

  // Somebody else may have published since this page was opened. Null: the server did not say.
  private async newestRead(): Promise<Version[] | null> {
    const answer = await ask("versions", {});
    if (answer.status !== 200) {
      sayFailed(answer);
      return null;
    }
    const rows = answer.body["versions"] as Version[];
    const number = rows[0]?.number;
    if (number === undefined || number === config.in_force?.number) return rows;
    const document = await this.document(number);
    if (!document) return null;
    this.setInForce(number, document);
    return rows;
  }

  private async refused(answer: Answer): Promise<void> {
    if (answer.body["code"] === "ivr.draft_changed") {
      await this.keeping.settle(answer);
      return;
    }
    if (answer.status !== 422) {
      sayFailed(answer);
      return;
    }
    const problems = (answer.body["problems"] ?? []) as Problem[];
    const reasons = (answer.body["reasons"] ?? []) as string[];
    const list = el("ul", { "data-testid": "refused" },
      ...problems.map((one) => el("li", {}, `${one.node || t("whole_flow")}: ${one.text}`)),
      ...reasons.map((one) => el("li", {}, one)));
    await choose(t("refused"), [], list);
  }

  async versions(): Promise<void> {
    const rows = await this.newestRead();
    if (!rows) return;
    const asked: { act: (() => Promise<void>) | null } = { act: null };
    const later = (act: () => Promise<void>) => (): void => {
      asked.act = act;
      (document.getElementById("flow-dialog") as HTMLDialogElement).close("");
    };
    const table = el("table", { class: "table align-middle", "data-testid": "versions" }, ...rows.map((row, place) =>
      el("tr", {},
        el("td", {}, t("version", row.number), place === 0 ? el("span", { class: "badge text-bg-success ms-1" }, t("in_force")) : null),
        el("td", {}, row.at), el("td", {}, row.who),
        el("td", { class: "text-nowrap" },
          button(t("view"), later(() => this.view(row.number))), " ",
          button(t("compare"), later(() => this.compare(row.number, rows))), " ",
          place === 0 ? null : button(t("roll_back"), later(() => this.rollBack(row.number)), { "data-testid": `roll-back-${row.number}` })))));
    await choose(t("versions"), [], rows.length ? table : el("p", {}, t("no_versions")));
    await asked.act?.();
  }

  private async document(number: number): Promise<FlowDoc | null> {
    const answer = await ask("version", { number });
    if (answer.status === 200) return readDocument(answer.body["document"]);
    sayFailed(answer);
    return null;
  }

  private async view(number: number): Promise<void> {
    const doc = await this.document(number);
    if (!doc) return;
    this.store.change(withPlaces(this.store.schema, doc));
    toast(t("uploaded"), "success");
  }

  private async compare(number: number, rows: Version[]): Promise<void> {
    const [mine, box] = [await this.document(number), el("div")];
    if (!mine) return;
    const other = el("select", { class: "form-select mb-2", "aria-label": t("compare_with", t("version", number)) },
      el("option", { value: "draft" }, t("draft")),
      ...rows.filter((row) => row.number !== number).map((row) => el("option", { value: row.number }, t("version", row.number))));
    const show = async (): Promise<void> => {
      const theirs = other.value === "draft" ? this.store.doc : await this.document(Number(other.value));
      if (!theirs) return;
      const isLater = other.value === "draft" || Number(other.value) > number;
      box.replaceChildren(isLater ? differenceTable(mine, theirs) : differenceTable(theirs, mine));
    };
    other.addEventListener("change", () => void show());
    await show();
    await choose(t("compare_with", t("version", number)), [], other, box);
  }

  private async rollBack(number: number): Promise<void> {
    const doc = await this.document(number);
    if (!doc) return;
    const now = config.in_force ? readDocument(config.in_force.document) : doc;
    const yes: [string, string][] = [["yes", t("roll_back")]];
    if ((await choose(t("roll_back_sure", number), yes, differenceTable(now, doc))) !== "yes") return;
    const answer = await ask("roll-back", { number });
    if (answer.status === 200) this.inForce(answer);
    else await this.refused(answer);
  }
}

function differenceTable(before: FlowDoc, after: FlowDoc): HTMLElement {
  const found = difference(before, after);
  if (isSame(found)) return el("p", { "data-testid": "difference" }, t("no_change"));
  const rows: HTMLElement[] = [];
  for (const id of found.added) rows.push(el("tr", { class: "table-success" }, el("th", {}, `+ ${id}`), el("td", {}, t("added")), el("td"), el("td")));
  for (const id of found.removed) rows.push(el("tr", { class: "table-danger" }, el("th", {}, `− ${id}`), el("td", {}, t("removed")), el("td"), el("td")));
  for (const { id, fields } of found.changed) fields.forEach((one) => rows.push(changedRow(id, one)));
  found.flow.forEach((one) => rows.push(changedRow(t("flow_settings"), one)));
  return el("table", { class: "table table-sm flow-diff", "data-testid": "difference" }, el("tbody", {}, ...rows));
}

function changedRow(id: string, { field, before, after }: FieldChange): HTMLElement {
  const [name = "", ...rest] = field.split(".");
  const inner = rest.join(".");
  const known = name === "start" ? t("start") : name === "tests" ? t("test") : name === "kind" ? t("kind") : fieldName(name);
  const say = (value: unknown): string => (name === "kind" ? kindName(String(value)) : told(value));
  const label = !inner ? known : `${known} · ${name === "keys" ? exitLabel(`key:${inner}`) : inner}`;
  return el("tr", {}, el("th", {}, id), el("td", {}, label), el("td", {}, el("del", {}, say(before))), el("td", {}, el("ins", {}, say(after))));
}

function told(value: unknown): string {
  if (value === undefined || value === "") return t("nothing");
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join("\n");
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}
