// The form of the chosen step, made from the schema of its kind: a new kind needs nothing here.
import { copyNode, getAt, nodeOf, renameNode, setField, withoutRivals, type NodeDoc } from "./document";
import { fieldControl, type Field } from "./controls";
import { at, button, el, exitLabel, fieldHelp, fieldName, kindHelp, kindName, t } from "./page";
import { fieldsOf, isRequired, isTarget, type Path } from "./schema";
import type { Store } from "./store";

const NAME_LENGTH = 80;

export class StepForm {
  private readonly panel = at("step-form");
  // What the form shows; a change made in the form itself must not take the field away in use.
  private shown: { id: string | null; node: NodeDoc | undefined; names: string } = { id: null, node: undefined, names: "" };

  constructor(private readonly store: Store, private readonly back: (id: string) => void) {
    store.listen((part) => {
      if (part === "problems") this.problems();
      else if (part !== "path") this.draw();
    });
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && store.chosen !== null) back(store.chosen);
    });
    this.draw(true);
  }

  open(): void {
    this.panel.querySelector<HTMLElement>("[data-field] input, [data-field] select, [data-field] textarea, [data-field] button")?.focus();
  }

  openField(path: Path): void {
    const wanted = path.join(".");
    const fields = [...this.panel.querySelectorAll<HTMLElement>("[data-path]")];
    fields.find((field) => field.dataset["path"] === wanted)?.focus();
  }

  draw(force = false): void {
    const { store } = this;
    const id = store.chosen;
    const node = id === null ? undefined : nodeOf(store.doc, id);
    const names = JSON.stringify([Object.keys(store.doc.nodes), store.doc.start, store.doc.language]);
    if (!force && id === this.shown.id && node === this.shown.node && names === this.shown.names) return;
    const active = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    const focused = active && this.panel.contains(active) ? active.dataset["path"] ?? active.dataset["focus"] : undefined;
    const range = active instanceof HTMLInputElement && active.type === "text" ? active.selectionStart : null;
    this.shown = { id, node, names };
    if (id === null || !node) this.panel.replaceChildren(el("p", { class: "text-body-secondary" }, t("nothing_chosen")), this.flowSettings());
    else this.panel.replaceChildren(...this.fields(id, node));
    this.problems();
    if (focused === undefined) return;
    const again = [...this.panel.querySelectorAll<HTMLElement>("[data-path], [data-focus]")]
      .find((one) => (one.dataset["path"] ?? one.dataset["focus"]) === focused);
    again?.focus();
    if (again instanceof HTMLInputElement && range !== null && again.type === "text") again.setSelectionRange(range, range);
  }

  private flowSettings(): HTMLElement {
    const { store } = this;
    const choice = el("select", { class: "form-select form-select-sm", id: "flow-language" },
      ...["zh", "en"].map((code) => el("option", { value: code, selected: (store.doc.language ?? "zh") === code }, code === "zh" ? "中文" : "English")));
    choice.addEventListener("change", () => store.change({ ...store.doc, language: choice.value }));
    const start = el("select", { class: "form-select form-select-sm mb-2", id: "flow-start", "data-path": "start" }, el("option", { value: "" }, t("choose")),
      ...Object.keys(store.doc.nodes).map((id) => el("option", { value: id }, id)));
    start.value = store.doc.start ?? "";
    start.addEventListener("change", () => store.change({ ...store.doc, start: start.value }));
    return el("div", { "data-field": "flow" }, el("label", { class: "form-label", for: "flow-start" }, t("is_start")), start,
      el("label", { class: "form-label", for: "flow-language" }, t("language")), choice);
  }

  private fields(id: string, node: NodeDoc): HTMLElement[] {
    const { store } = this;
    const isStart = store.doc.start === id;
    const parts = [
      el("h2", { class: "h6" }, kindName(node.kind)),
      el("p", { class: "text-body-secondary small" }, kindHelp(node.kind)),
      this.name(id),
      el("div", { class: "d-flex gap-1 flex-wrap my-2" },
        isStart ? el("span", { class: "badge text-bg-success align-self-center" }, `▶ ${t("is_start")}`)
          : button(t("make_start"), () => store.change({ ...store.doc, start: id }), { "data-focus": "start" }),
        button(t("copy"), () => this.copy(id), { "data-focus": "copy" }),
        button(t("delete"), () => store.remove(id), { class: "btn btn-sm btn-outline-danger", "data-focus": "delete" })),
    ];
    for (const [name, shape] of fieldsOf(store.schema, node.kind)) {
      parts.push(this.row(id, { store, id, path: [name], shape, name, isNeeded: isRequired(store.schema, node.kind, name) }, node));
    }
    parts.push(this.row(id, { store, id, path: ["note"], shape: { type: "string", maxLength: 500 }, name: "note", isNeeded: false }, node));
    return parts;
  }

  private row(id: string, field: Omit<Field, "value" | "set">, node: NodeDoc): HTMLElement {
    const { store } = this;
    const whole: Field = {
      ...field,
      value: getAt(node, field.path),
      set: (value, path = field.path, mark = "") => {
        store.change(withoutRivals(store.schema, setField(store.doc, id, path, value), id, field.name), mark);
      },
    };
    const inputId = `field-${field.name}`;
    const help = fieldHelp(field.name);
    const label = isTarget(field.shape) ? exitLabel(field.name) : fieldName(field.name);
    return el("div", { class: "flow-field", "data-field": field.name },
      el("label", { class: "form-label", for: inputId }, label, field.isNeeded ? el("span", { class: "text-danger", title: t("required") }, " *") : null),
      fieldControl(whole, inputId),
      help ? el("div", { class: "form-text" }, help) : null,
      el("div", { class: "text-danger small", "data-problem": field.name }));
  }

  private name(id: string): HTMLElement {
    const input = el("input", { class: "form-control form-control-sm", id: "step-name", maxlength: NAME_LENGTH, "data-testid": "step-name", "data-focus": "name", autocomplete: "off" });
    input.value = id;
    const wrong = el("div", { class: "text-danger small", role: "alert" });
    const rename = (): void => {
      const to = input.value.trim();
      if (to === id) return;
      if (!to || [...to].length > NAME_LENGTH) wrong.textContent = t("name_wrong");
      else if (nodeOf(this.store.doc, to)) wrong.textContent = t("name_taken");
      else {
        this.store.chosen = to;
        this.store.change(renameNode(this.store.schema, this.store.doc, id, to));
      }
    };
    input.addEventListener("change", rename);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") rename();
    });
    return el("div", { "data-field": "name" }, el("label", { class: "form-label", for: "step-name" }, t("step_name")), input, wrong);
  }

  copy(id: string): void {
    const [doc, copy] = copyNode(this.store.doc, id);
    this.store.chosen = copy;
    this.store.change(doc);
    this.back(copy);
  }

  private problems(): void {
    const id = this.store.chosen;
    for (const place of this.panel.querySelectorAll<HTMLElement>("[data-problem]")) {
      const found = id === null ? [] : this.store.problemsOf(id).filter((one) => one.field === place.dataset["problem"]);
      place.textContent = found.map((one) => one.text).join(" ");
    }
  }
}

