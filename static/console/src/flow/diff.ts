// What differs between two documents for a caller: steps, their fields, settings. Pure.
import { isObject, nodeOf, type FlowDoc } from "./document";

export interface FieldChange { field: string; before: unknown; after: unknown }
export interface Difference {
  added: string[];
  removed: string[];
  changed: { id: string; fields: FieldChange[] }[];
  flow: FieldChange[];
}

// Where a step is drawn and the name kept beside the flow's mean nothing to a caller.
const ASIDE = new Set(["nodes", "layout", "name"]);

export function difference(before: FlowDoc, after: FlowDoc): Difference {
  const changed = Object.keys(after.nodes)
    .filter((id) => nodeOf(before, id))
    .map((id) => ({ id, fields: fieldChanges(nodeOf(before, id) ?? {}, nodeOf(after, id) ?? {}) }))
    .filter(({ fields }) => fields.length > 0);
  return {
    added: Object.keys(after.nodes).filter((id) => !nodeOf(before, id)),
    removed: Object.keys(before.nodes).filter((id) => !nodeOf(after, id)),
    changed,
    flow: fieldChanges(aside(before), aside(after)),
  };
}

export function isSame(found: Difference): boolean {
  return !found.added.length && !found.removed.length && !found.changed.length && !found.flow.length;
}

function aside(doc: FlowDoc): Record<string, unknown> {
  const shown = Object.entries(doc).filter(([name]) => !ASIDE.has(name));
  return Object.fromEntries(shown.map(([name, value]) => [name, name === "tests" ? testsByName(value) : value]));
}

// Tests one by one, not as one long list.
function testsByName(tests: unknown): unknown {
  if (!Array.isArray(tests)) return tests;
  return Object.fromEntries(tests.map((test: unknown, place) => [isObject(test) ? String(test["name"]) : String(place), JSON.stringify(test)]));
}

function fieldChanges(before: Record<string, unknown>, after: Record<string, unknown>): FieldChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((field) => {
    const [old, now] = [own(before, field), own(after, field)];
    // Keys one by one: the table of a menu says which of them leads elsewhere.
    if (isTable(old, now) || isTable(now, old)) {
      return fieldChanges(isObject(old) ? old : {}, isObject(now) ? now : {}).map((one) => ({ ...one, field: `${field}.${one.field}` }));
    }
    return stable(old) === stable(now) ? [] : [{ field, before: old, after: now }];
  });
}

function isTable(one: unknown, other: unknown): boolean {
  return isObject(one) && (isObject(other) || other === undefined);
}

function own(all: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(all, name) ? all[name] : undefined;
}

// JSON in one order: the database keeps objects in its own.
export function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(",")}]`;
  if (isObject(value)) {
    return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${stable(value[name])}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "";
}
