// Beside the graph: the palette, all steps with their ways out, the problems.
import { exitsOf, nodeOf } from "./document";
import { at, button, el, exitLabel, fieldName, kindHelp, kindName, t, type Problem } from "./page";
import { kindsOf } from "./schema";
import type { Canvas } from "./canvas";
import type { Store } from "./store";

export function palette(store: Store, canvas: Canvas, open: (id: string) => void): void {
  const box = at("palette");
  for (const kind of kindsOf(store.schema)) {
    const made = button(kindName(kind), () => {
      const place = store.chosen !== null ? store.placeAfter(store.chosen) : canvas.middle();
      const id = store.add(kind, store.freePlace(place));
      canvas.focus(id);
      open(id);
    }, { draggable: "true", title: kindHelp(kind), "data-kind": kind, class: "btn btn-sm flow-make" });
    made.addEventListener("dragstart", (event) => event.dataTransfer?.setData("text/plain", kind));
    box.append(made);
  }
}

export function stepList(store: Store, canvas: Canvas): void {
  const list = at("step-list");
  const draw = (): void => {
    list.replaceChildren(...Object.keys(store.doc.nodes).map((id) => {
      const exits = exitsOf(store.schema, store.doc, id).filter((exit) => exit.target || exit.isNeeded);
      const problems = store.problemsOf(id);
      const name = el("button", { type: "button", class: "btn btn-link btn-sm text-start p-0", "aria-current": store.chosen === id ? "true" : null },
        (store.doc.start === id ? "▶ " : "") + id);
      name.addEventListener("click", () => {
        store.choose(id);
        canvas.focus(id);
      });
      return el("li", {}, name, el("small", { class: "text-body-secondary" }, ` ${kindName(nodeOf(store.doc, id)?.kind ?? "")}`),
        problems.length ? el("span", { class: "ms-1", title: problems.map((one) => one.text).join("\n") }, problems.some((one) => one.level === "error") ? "✖" : "⚠") : null,
        el("ul", {}, ...exits.map((exit) => el("li", {}, `${exitLabel(exit.name)} → ${exit.target || t("nowhere")}`))));
    }));
  };
  store.listen((part) => {
    if (part !== "path") draw();
  });
  draw();
}

export function problemList(store: Store, focus: (problem: Problem) => void): void {
  const box = at("problems");
  const count = at("problem-count");
  const draw = (): void => {
    const errors = store.problems.filter((one) => one.level === "error").length;
    count.textContent = store.problems.length ? String(store.problems.length) : "✓";
    count.className = `badge text-bg-${errors ? "danger" : store.problems.length ? "warning" : "success"}`;
    if (store.problems.length === 0) {
      box.replaceChildren(el("p", { class: "text-success" }, `✓ ${t("no_problems")}`));
      return;
    }
    box.replaceChildren(el("ul", { class: "flow-problems" }, ...store.problems.map((one) => {
      const go = el("button", { type: "button", class: "btn btn-link text-start p-0", "data-level": one.level, "data-code": one.code, "data-of": one.node },
        el("strong", {}, `${one.level === "error" ? "✖" : "⚠"} ${t(one.level)} · ${one.node || t("whole_flow")}${one.field ? ` · ${fieldName(one.field)}` : ""}`), el("br"), one.text);
      go.addEventListener("click", () => focus(one));
      return el("li", {}, go);
    })));
  };
  store.listen((part) => {
    if (part === "problems") draw();
  });
  draw();
}
