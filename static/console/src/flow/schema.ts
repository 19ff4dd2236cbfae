// Read the JSON Schema of flows: fields of a kind, and where a node may lead. Pure.
import { getAt, isObject, type NodeDoc } from "./document";

export interface Shape {
  type?: string;
  description?: string;
  properties?: Record<string, Shape>;
  additionalProperties?: boolean | Shape;
  propertyNames?: Shape;
  required?: string[];
  oneOf?: { required: string[] }[];
  items?: Shape;
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
}
export interface Schema { $defs: Record<string, Shape> }
export type Path = readonly (string | number)[];

// One way out of a node. `isNeeded`: the flow cannot run while it leads nowhere.
export interface Exit { path: Path; name: string; target: string; isNeeded: boolean }

export const COMMON = ["kind", "note"];

export function isTarget(shape: Shape | undefined): boolean {
  return shape?.description?.startsWith("the id of a node") ?? false;
}

export function isMapToTargets(shape: Shape): boolean {
  return typeof shape.additionalProperties === "object" && isTarget(shape.additionalProperties);
}

export function kindsOf(schema: Schema): string[] {
  return Object.keys(schema.$defs);
}

export function fieldsOf(schema: Schema, kind: string): [string, Shape][] {
  const shape = Object.hasOwn(schema.$defs, kind) ? schema.$defs[kind] : undefined;
  return Object.entries(shape?.properties ?? {}).filter(([name]) => !COMMON.includes(name));
}

export function isRequired(schema: Schema, kind: string, field: string): boolean {
  return schema.$defs[kind]?.required?.includes(field) ?? false;
}

export function exitPaths(schema: Schema, node: NodeDoc): Exit[] {
  const shape = Object.hasOwn(schema.$defs, node.kind) ? schema.$defs[node.kind] : undefined;
  return shape ? walk(shape, node, []) : [];
}

function walk(shape: Shape, value: unknown, path: Path): Exit[] {
  const exits: Exit[] = [];
  for (const [name, field] of Object.entries(shape.properties ?? {})) {
    const here = [...path, name];
    const inside = getAt(value, [name]);
    if (isTarget(field)) {
      const isNeeded = (shape.required?.includes(name) ?? false) && (field.minLength ?? 0) > 0;
      exits.push({ path: here, name: exitName(here), target: text(inside), isNeeded });
    } else if (isMapToTargets(field) && isObject(inside)) {
      for (const [key, target] of Object.entries(inside)) {
        exits.push({ path: [...here, key], name: exitName([...here, key]), target: text(target), isNeeded: true });
      }
    } else if (field.items?.properties && Array.isArray(inside)) {
      inside.forEach((one, place) => exits.push(...walk(field.items ?? {}, one, [...here, place])));
    } else if (field.properties) {
      exits.push(...walk(field, inside ?? {}, here));
    }
  }
  return exits;
}

// `keys.2` of a menu reads as the key itself, `cases.0.to` as the place of the case.
function exitName(path: Path): string {
  if (path.length === 2 && path[0] === "keys") return `key:${path[1]}`;
  if (path.length === 3) return `case:${Number(path[1]) + 1}`;
  return path.join(".");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function freeKeys(shape: Shape, node: NodeDoc, field: string): string[] {
  const names = (shape.propertyNames?.enum ?? []).map(String);
  const used = node[field];
  const wanted = [...names.filter((name) => /[1-9]/.test(name)), ...names.filter((name) => !/[1-9]/.test(name))];
  return wanted.filter((name) => !(isObject(used) && Object.hasOwn(used, name)) && node["back"] !== name && node["repeat"] !== name);
}

export function keyMaps(schema: Schema, kind: string): [string, Shape][] {
  return fieldsOf(schema, kind).filter(([, shape]) => isMapToTargets(shape));
}
