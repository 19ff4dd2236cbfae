// One control for each shape of a field: targets, keys, lists, enumerations, numbers, texts.
import { beginning, isObject, type Json } from "./document";
import { promptPicker } from "./prompts";
import { button, el, fieldName, kindName, t, valueName, type Choice } from "./page";
import { freeKeys, isMapToTargets, isTarget, kindsOf, type Path, type Shape } from "./schema";
import { nodeOf } from "./document";
import type { Store } from "./store";

export interface Field {
  store: Store;
  id: string;
  path: Path;
  shape: Shape;
  name: string;
  isNeeded: boolean;
  value: unknown;
  set: (value: unknown, path?: Path, mark?: string) => void;
}

const NEW = "\u0000new ";
const SELECT = "form-select form-select-sm";
const INPUT = "form-control form-control-sm";

export function fieldControl(field: Field, inputId: string): HTMLElement {
  const { shape, name } = field;
  if (isTarget(shape)) return target(field, inputId);
  if (isMapToTargets(shape)) return keys(field, inputId);
  if (name === "prompts") return promptPicker(field, inputId);
  const choices = Object.hasOwn(field.store.config.pickers, name) ? field.store.config.pickers[name] : undefined;
  if (choices && shape.type === "string") return picker(field, inputId, choices);
  if (shape.enum) return picker(field, inputId, shape.enum.map((one) => ({ value: String(one), label: one === "" ? "–" : valueName(String(one)) })));
  if (shape.type === "boolean") return yes(field, inputId);
  if (shape.type === "number" || shape.type === "integer") return number(field, inputId);
  if (shape.type === "array" && shape.items?.properties) return list(field, shape.items);
  if (shape.type === "array") return lines(field, inputId);
  if (shape.type === "string" || shape.type === undefined) return text(field, inputId);
  return raw(field, inputId);
}

function pathOf(field: Field): string {
  return field.path.join(".");
}

function text(field: Field, inputId: string): HTMLElement {
  const tag = field.name === "note" ? "textarea" : "input";
  const input = el(tag, { class: INPUT, id: inputId, "data-path": pathOf(field), maxlength: field.shape.maxLength ?? 500, autocomplete: "off" });
  input.value = typeof field.value === "string" ? field.value : "";
  const isKept = field.isNeeded || field.path.length > 1;
  input.addEventListener("input", () => field.set(input.value || (isKept ? "" : undefined), field.path, `text ${field.id} ${pathOf(field)}`));
  return input;
}

function number(field: Field, inputId: string): HTMLElement {
  const { minimum, maximum, type } = field.shape;
  const bounds = minimum !== undefined && maximum !== undefined ? t("bounds", minimum, maximum) : "";
  const input = el("input", {
    class: INPUT, id: inputId, type: "number", "data-path": pathOf(field), placeholder: `${t("default")} ${bounds}`.trim(),
    min: minimum ?? null, max: maximum ?? null, step: type === "integer" ? 1 : "any", title: bounds,
  });
  input.value = typeof field.value === "number" ? String(field.value) : "";
  input.addEventListener("change", () => {
    field.set(input.value === "" ? undefined : Number(input.value), field.path, `number ${field.id} ${pathOf(field)}`);
  });
  return input;
}

function yes(field: Field, inputId: string): HTMLElement {
  const input = el("input", { class: "form-check-input d-block", type: "checkbox", id: inputId, "data-path": pathOf(field) });
  input.checked = field.value === true;
  input.addEventListener("change", () => field.set(input.checked || (field.isNeeded ? false : undefined)));
  return input;
}

function picker(field: Field, inputId: string, choices: readonly Choice[]): HTMLElement {
  const value = typeof field.value === "string" ? field.value : "";
  const select = el("select", { class: SELECT, id: inputId, "data-path": pathOf(field) });
  if (!choices.some((one) => one.value === "")) select.append(el("option", { value: "" }, t("choose")));
  for (const one of choices) select.append(el("option", { value: one.value }, one.label));
  // What was chosen once and is gone by now stays visible; the problems say so.
  if (value && !choices.some((one) => one.value === value)) select.append(el("option", { value }, t("unknown_value", value)));
  select.value = value;
  const isKept = field.isNeeded || field.path.length > 1;
  select.addEventListener("change", () => field.set(select.value || (isKept ? "" : undefined)));
  return select;
}

function target(field: Field, inputId: string): HTMLElement {
  return targetSelect(field.store, field.id, field.path, typeof field.value === "string" ? field.value : "", inputId);
}

// Every step, and every kind as a new step: a flow can be drawn from here without a mouse.
export function targetSelect(store: Store, id: string, path: Path, value: string, inputId: string): HTMLSelectElement {
  const select = el("select", { class: SELECT, id: inputId, "data-path": path.join(".") }, el("option", { value: "" }, t("choose")));
  for (const other of Object.keys(store.doc.nodes)) {
    select.append(el("option", { value: other }, `${other} · ${kindName(nodeOf(store.doc, other)?.kind ?? "")}`));
  }
  if (value && !nodeOf(store.doc, value)) select.append(el("option", { value }, t("unknown_value", value)));
  const made = el("optgroup", { label: t("new_step") });
  for (const kind of kindsOf(store.schema)) made.append(el("option", { value: NEW + kind }, `+ ${kindName(kind)}`));
  select.append(made);
  select.value = value;
  select.addEventListener("change", () => {
    if (select.value.startsWith(NEW)) store.add(select.value.slice(NEW.length), store.placeAfter(id), { id, path });
    else store.connect(id, path, select.value);
  });
  return select;
}

function keys(field: Field, inputId: string): HTMLElement {
  const { store, id, path } = field;
  const node = nodeOf(store.doc, id);
  const given = isObject(field.value) ? field.value : {};
  const table = el("table", { class: "table table-sm flow-keys mb-1" });
  const free = node ? freeKeys(field.shape, node, field.name) : [];
  for (const [key, to] of Object.entries(given)) {
    const which = el("select", { class: SELECT, "aria-label": t("key", key), "data-focus": `key ${key}` },
      ...[key, ...free].map((one) => el("option", { value: one }, one)));
    which.addEventListener("change", () => {
      field.set(Object.fromEntries(Object.entries(given).map(([one, where]) => [one === key ? which.value : one, where])));
    });
    const where = targetSelect(store, id, [...path, key], String(to), `${inputId}-${key}`);
    where.setAttribute("aria-label", t("key", key));
    const remove = button("✕", () => field.set(Object.fromEntries(Object.entries(given).filter(([one]) => one !== key))),
      { "aria-label": `${t("remove")} ${t("key", key)}`, "data-focus": `remove ${key}` });
    table.append(el("tr", {}, el("td", { class: "flow-key" }, which), el("td", {}, where), el("td", {}, remove)));
  }
  const add = button(`+ ${t("add_key")}`, () => {
    const key = free[0];
    if (key) field.set("", [...path, key]);
  }, { id: inputId, "data-focus": "add key", disabled: free.length === 0 });
  const empty = Object.keys(given).length ? null : el("p", { class: "text-body-secondary small mb-1" }, t("no_keys"));
  return el("div", {}, empty, table, add);
}

// A list of objects: cases of a decision, conditions of a case.
function list(field: Field, items: Shape): HTMLElement {
  const given: unknown[] = Array.isArray(field.value) ? field.value : [];
  const box = el("div", { class: "flow-parts" });
  given.forEach((one, place) => {
    const path = [...field.path, place];
    const moveBy = (by: number): void => {
      const next = [...given];
      const [moved] = next.splice(place, 1);
      next.splice(place + by, 0, moved);
      field.set(next);
    };
    const part = el("fieldset", { class: "flow-part" },
      el("div", { class: "d-flex gap-1 justify-content-end" },
        button("↑", () => moveBy(-1), { "aria-label": t("up"), disabled: place === 0, "data-focus": `up ${path.join(".")}` }),
        button("↓", () => moveBy(1), { "aria-label": t("down"), disabled: place === given.length - 1, "data-focus": `down ${path.join(".")}` }),
        button("✕", () => field.set(given.filter((_, other) => other !== place)), { "aria-label": t("remove"), "data-focus": `drop ${path.join(".")}` })));
    record(field, items, one, path).forEach((row) => part.append(row));
    box.append(part);
  });
  const what = field.name === "cases" ? t("add_case") : field.name === "skills" ? t("add_skill") : t("add_condition");
  box.append(button(`+ ${what}`, () => field.set([...given, beginning(items) ?? {}]), { "data-focus": `add ${pathOf(field)}` }));
  return box;
}

function record(field: Field, shape: Shape, value: unknown, path: Path): HTMLElement[] {
  const rows: HTMLElement[] = [];
  const have = isObject(value) ? value : {};
  const either = (shape.oneOf ?? []).map((one) => one.required[0] ?? "");
  if (either.length > 1) rows.push(eitherOf(field, shape, have, path, either));
  for (const [name, inner] of Object.entries(shape.properties ?? {})) {
    if (either.includes(name) && !Object.hasOwn(have, name)) continue;
    if (!isUsed(have, name)) continue;
    const inputId = `field-${[...path, name].join("-")}`;
    const inside: Field = { ...field, path: [...path, name], shape: inner, name, isNeeded: shape.required?.includes(name) ?? false, value: have[name],
      set: (next, at = [...path, name], mark = "") => field.set(next, at, mark) };
    const label = either.includes(name) ? null : el("label", { class: "form-label", for: inputId }, fieldName(name));
    rows.push(el("div", { class: "flow-field" }, label, fieldControl(inside, inputId)));
  }
  return rows;
}

// A condition has a value or values or neither: which, its comparison says.
function isUsed(have: Record<string, unknown>, name: string): boolean {
  if (!Object.hasOwn(have, "is")) return true;
  if (name === "values") return have["is"] === "in";
  if (name === "value") return have["is"] !== "in" && have["is"] !== "empty";
  return true;
}

function eitherOf(field: Field, shape: Shape, have: Record<string, unknown>, path: Path, names: string[]): HTMLElement {
  const now = names.find((name) => Object.hasOwn(have, name)) ?? "";
  const select = el("select", { class: SELECT, "aria-label": names.map(fieldName).join(" / "), "data-focus": `either ${path.join(".")}` },
    ...names.map((name) => el("option", { value: name, selected: name === now }, fieldName(name))));
  select.addEventListener("change", () => {
    const kept: unknown = have[now] ?? beginning(shape.properties?.[select.value] ?? {});
    const rest = Object.entries(have).filter(([name]) => !names.includes(name));
    field.set(Object.fromEntries([[select.value, kept as Json], ...rest]), path);
  });
  return select;
}

function lines(field: Field, inputId: string): HTMLElement {
  const input = el("textarea", { class: INPUT, id: inputId, rows: 3, "data-path": pathOf(field) });
  input.value = Array.isArray(field.value) ? field.value.join("\n") : "";
  input.addEventListener("change", () => field.set(input.value.split("\n").map((one) => one.trim()).filter(Boolean)));
  return input;
}

// Whatever the schema may bring one day can at least be written down.
function raw(field: Field, inputId: string): HTMLElement {
  const input = el("textarea", { class: `${INPUT} font-monospace`, id: inputId, rows: 3, "data-path": pathOf(field), title: t("raw") });
  input.value = field.value === undefined ? "" : JSON.stringify(field.value, null, 1);
  input.addEventListener("change", () => {
    try {
      field.set(input.value.trim() ? JSON.parse(input.value) : undefined);
      input.setCustomValidity("");
    } catch {
      input.setCustomValidity(t("not_json"));
      input.reportValidity();
    }
  });
  return input;
}
