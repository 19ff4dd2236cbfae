// The flow's own tests: run them all, take one away.
import { ask, at, button, el, sayFailed, t } from "./page";
import type { Store } from "./store";

interface Result { name: string; faults: string[] }

export class Tests {
  private readonly panel = at("tests");
  private results = new Map<string, string[]>();
  private said = "";

  constructor(private readonly store: Store) {
    store.listen((part) => {
      if (part !== "document") return;
      this.results = new Map();
      this.said = "";
      this.draw();
    });
    this.draw();
  }

  private async run(): Promise<void> {
    const answer = await ask("tests", { document: this.store.doc });
    if (answer.status !== 200) {
      sayFailed(answer);
      return;
    }
    const rows = answer.body["results"] as Result[];
    const failed = rows.filter((one) => one.faults.length).length;
    this.results = new Map(rows.map((one) => [one.name, one.faults]));
    this.said = String(answer.body["error"] ?? "") || (failed ? t("some_failed", failed, rows.length) : t("all_passed", rows.length));
    this.draw();
  }

  private draw(): void {
    const tests = this.store.doc.tests ?? [];
    if (tests.length === 0) {
      this.panel.replaceChildren(el("p", { class: "text-body-secondary" }, t("no_tests")));
      return;
    }
    this.panel.replaceChildren(
      button(t("run_tests"), () => void this.run(), { class: "btn btn-primary mb-2", "data-testid": "run-tests" }),
      el("p", { role: "status", "data-testid": "tests-said" }, this.said),
      el("ul", { class: "list-unstyled" }, ...tests.map((test, place) => this.row(test, place))));
  }

  private row(test: unknown, place: number): HTMLElement {
    const { name = "", steps = [] } = (test ?? {}) as { name?: string; steps?: string[] };
    const faults = this.results.get(name);
    const mark = faults === undefined ? "" : faults.length ? `✖ ${t("test_failed")}` : `✓ ${t("passed")}`;
    return el("li", { class: "flow-part", "data-testid": "test-row" },
      el("div", { class: "d-flex justify-content-between" }, el("strong", {}, String(name)),
        button("✕", () => this.store.change({ ...this.store.doc, tests: (this.store.doc.tests ?? []).filter((_, other) => other !== place) }),
          { "aria-label": `${t("remove")} ${String(name)}` })),
      el("small", { class: "text-body-secondary" }, Array.isArray(steps) ? steps.join(" → ") : ""), el("div", {}, mark),
      ...(faults ?? []).map((one) => el("div", { class: "text-danger small" }, one)));
  }
}
