// A flow document and its changes. Pure: every change gives a new document, the old one stays.
import { exitPaths, type Exit, type Path, type Schema, type Shape } from "./schema";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export interface NodeDoc { kind: string; [field: string]: Json | undefined }
export type Place = [number, number];
export interface FlowDoc {
  name?: string;
  start?: string;
  language?: string;
  nodes: Record<string, NodeDoc>;
  layout?: Record<string, Place>;
  tests?: Json[];
  [field: string]: unknown;
}

// What was uploaded or kept may have any shape; the page needs at least nodes.
export function readDocument(raw: unknown): FlowDoc {
  const given = isObject(raw) ? raw : {};
  const nodes: [string, NodeDoc][] = [];
  for (const [id, node] of Object.entries(isObject(given["nodes"]) ? given["nodes"] : {})) {
    nodes.push([id, isObject(node) ? { ...node, kind: String(node["kind"] ?? "") } as NodeDoc : { kind: "" }]);
  }
  const layout: [string, Place][] = [];
  for (const [id, place] of Object.entries(isObject(given["layout"]) ? given["layout"] : {})) {
    if (Array.isArray(place) && Number.isFinite(place[0]) && Number.isFinite(place[1])) {
      layout.push([id, [Number(place[0]), Number(place[1])]]);
    }
  }
  const start = typeof given["start"] === "string" ? given["start"] : "";
  return { ...given, start, nodes: Object.fromEntries(nodes), layout: Object.fromEntries(layout) };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function nodeOf(doc: FlowDoc, id: string): NodeDoc | undefined {
  return Object.hasOwn(doc.nodes, id) ? doc.nodes[id] : undefined;
}

export function exitsOf(schema: Schema, doc: FlowDoc, id: string): Exit[] {
  const node = nodeOf(doc, id);
  return node ? exitPaths(schema, node) : [];
}

export function getAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const step of path) {
    if (Array.isArray(found)) found = found[Number(step)];
    else if (isObject(found) && Object.hasOwn(found, step)) found = found[step];
    else return undefined;
  }
  return found;
}

// undefined removes: an optional field that holds nothing is not there.
export function setAt<T>(value: T, path: Path, to: unknown): T {
  const [step, ...rest] = path;
  if (step === undefined) return to as T;
  if (Array.isArray(value) || typeof step === "number") {
    const list: unknown[] = Array.isArray(value) ? [...value] : [];
    if (rest.length === 0 && to === undefined) list.splice(Number(step), 1);
    else list[Number(step)] = setAt(list[Number(step)], rest, to);
    return list as T;
  }
  const pairs = isObject(value) ? Object.entries(value) : [];
  const before = pairs.find(([name]) => name === step)?.[1];
  const after = setAt(before, rest, to);
  if (after === undefined) return Object.fromEntries(pairs.filter(([name]) => name !== step)) as T;
  if (pairs.some(([name]) => name === step)) {
    return Object.fromEntries(pairs.map(([name, old]) => [name, name === step ? after : old])) as T;
  }
  return Object.fromEntries([...pairs, [step, after]]) as T;
}

export function setField(doc: FlowDoc, id: string, path: Path, to: unknown): FlowDoc {
  return nodeOf(doc, id) ? { ...doc, nodes: setAt(doc.nodes, [id, ...path], to) } : doc;
}

// An exit of a key or a case stays when it loses its target: half drawn, and reported as such.
export function setExit(doc: FlowDoc, id: string, path: Path, target: string): FlowDoc {
  return setField(doc, id, path, target || path.length > 1 ? target : undefined);
}

// Of fields that exclude each other (a value or a variable to take it from) the last one filled in stays.
export function withoutRivals(schema: Schema, doc: FlowDoc, id: string, field: string): FlowDoc {
  const kind = nodeOf(doc, id)?.kind ?? "";
  const either = (Object.hasOwn(schema.$defs, kind) ? schema.$defs[kind]?.oneOf ?? [] : []).flatMap((one) => one.required);
  if (!either.includes(field) || getAt(nodeOf(doc, id), [field]) === undefined) return doc;
  return either.filter((name) => name !== field).reduce((next, name) => setField(next, id, [name], undefined), doc);
}

export function addNode(doc: FlowDoc, id: string, node: NodeDoc, at: Place): FlowDoc {
  const nodes = setAt(doc.nodes, [id], node);
  const start = doc.start && nodeOf(doc, doc.start) ? doc.start : id;
  return { ...doc, start, nodes, layout: setAt(doc.layout ?? {}, [id], at) };
}

// The exits that led to it become half drawn; the start stays empty until another is chosen.
export function removeNodes(schema: Schema, doc: FlowDoc, ids: readonly string[]): FlowDoc {
  const gone = new Set(ids);
  let next: FlowDoc = doc;
  for (const id of Object.keys(doc.nodes)) {
    if (gone.has(id)) continue;
    for (const exit of exitsOf(schema, doc, id)) {
      if (gone.has(exit.target)) next = setExit(next, id, exit.path, "");
    }
  }
  const keep = <T>(all: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(all).filter(([id]) => !gone.has(id)));
  const start = gone.has(doc.start ?? "") ? "" : doc.start;
  return { ...next, start, nodes: keep(next.nodes), layout: keep(next.layout ?? {}) };
}

// Every reference follows: exits, start, place, and the flow's own tests.
export function renameNode(schema: Schema, doc: FlowDoc, from: string, to: string): FlowDoc {
  if (from === to || !nodeOf(doc, from) || nodeOf(doc, to)) return doc;
  let next: FlowDoc = doc;
  for (const id of Object.keys(doc.nodes)) {
    for (const exit of exitsOf(schema, doc, id)) {
      if (exit.target === from) next = setExit(next, id, exit.path, to);
    }
  }
  const renamed = <T>(all: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(all).map(([id, value]) => [id === from ? to : id, value]));
  const result: FlowDoc = { ...next, nodes: renamed(next.nodes), layout: renamed(next.layout ?? {}) };
  if (doc.start === from) result.start = to;
  if (doc.tests) result.tests = doc.tests.map((one) => renameInTest(one, from, to));
  return result;
}

function renameInTest(one: Json, from: string, to: string): Json {
  const expected = getAt(one, ["expect"]);
  if (!isObject(expected)) return one;
  let next = one;
  if (Array.isArray(expected["path"])) {
    next = setAt(next, ["expect", "path"], expected["path"].map((id) => (id === from ? to : id)));
  }
  return expected["waits"] === from ? setAt(next, ["expect", "waits"], to) : next;
}

export function freeId(doc: FlowDoc, wish: string): string {
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? wish : `${wish}_${number}`;
    if (!nodeOf(doc, id)) return id;
  }
}

export function copyNode(doc: FlowDoc, id: string): [FlowDoc, string] {
  const node = nodeOf(doc, id);
  if (!node) return [doc, id];
  const copy = freeId(doc, id.replace(/_\d+$/, ""));
  const [x, y] = doc.layout?.[id] ?? [0, 0];
  return [addNode(doc, copy, structuredClone(node), [x + 40, y + 40]), copy];
}

// A new node has what its kind asks for and nobody must choose: the first of each enumeration.
export function newNode(schema: Schema, kind: string): NodeDoc {
  const shape = schema.$defs[kind];
  const node: NodeDoc = { kind };
  for (const name of shape?.required ?? []) {
    const value = beginning(shape?.properties?.[name] ?? {});
    if (name !== "kind" && value !== undefined) node[name] = value;
  }
  return node;
}

export function beginning(shape: Shape): Json | undefined {
  if (shape.enum) return shape.enum[0] as Json;
  if (shape.type === "boolean") return false;
  if (shape.type === "array") return shape.items?.type === "object" ? [beginning(shape.items) ?? {}] : [];
  if (shape.type === "object") {
    const given: Record<string, Json> = {};
    const wanted = [...(shape.required ?? []), ...(shape.oneOf?.[0]?.required ?? [])];
    for (const name of wanted) {
      const value = beginning(shape.properties?.[name] ?? {});
      if (value !== undefined) given[name] = value;
    }
    return given;
  }
  if (shape.type === "number" || shape.type === "integer") return shape.minimum ?? 0;
  return "";
}
