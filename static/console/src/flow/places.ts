// How large a node is drawn and where: what the document says, else what dagre finds. Pure.
import dagre from "@dagrejs/dagre";
import { exitsOf, type FlowDoc, type Place } from "./document";
import type { Schema } from "./schema";

export const WIDTH = 200;
export const HEAD = 56;
export const ROW = 22;
export const GRID = 10;

export function heightOf(rows: number): number {
  return HEAD + Math.max(rows, 0) * ROW + 8;
}

export function snapped(value: number): number {
  return Math.round(value / GRID) * GRID;
}

export function arranged(schema: Schema, doc: FlowDoc): Record<string, Place> {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 30, ranksep: 90, marginx: 20, marginy: 20 });
  graph.setDefaultEdgeLabel(() => ({}));
  const ids = Object.keys(doc.nodes);
  // The start first: dagre breaks loops in the order in which it meets the nodes.
  const ordered = [...ids.filter((id) => id === doc.start), ...ids.filter((id) => id !== doc.start)];
  // Numbers as names: an id may be any text, `__proto__` too.
  const number = new Map(ordered.map((id, place) => [id, `n${place}`]));
  for (const id of ordered) {
    graph.setNode(number.get(id) ?? "", { width: WIDTH, height: heightOf(exitsOf(schema, doc, id).length) });
  }
  for (const id of ordered) {
    for (const { target } of exitsOf(schema, doc, id)) {
      const to = number.get(target);
      if (to && target !== id) graph.setEdge(number.get(id) ?? "", to);
    }
  }
  dagre.layout(graph);
  return Object.fromEntries(ordered.map((id) => {
    const { x, y, width, height } = graph.node(number.get(id) ?? "") as { x: number; y: number; width: number; height: number };
    return [id, [snapped(x - width / 2), snapped(y - height / 2)]];
  }));
}

// Nodes without a place (written by hand, uploaded) get dagre's; the others stay where they are.
export function withPlaces(schema: Schema, doc: FlowDoc): FlowDoc {
  const missing = Object.keys(doc.nodes).filter((id) => !Object.hasOwn(doc.layout ?? {}, id));
  if (missing.length === 0) return doc;
  const found = arranged(schema, doc);
  const isFresh = missing.length === Object.keys(doc.nodes).length;
  const below = isFresh ? 0 : Math.max(...Object.values(doc.layout ?? {}).map(([, y]) => y), 0) + 240;
  const added = missing.map((id): [string, Place] => [id, [found[id]?.[0] ?? 0, (found[id]?.[1] ?? 0) + below]]);
  return { ...doc, layout: Object.fromEntries([...Object.entries(doc.layout ?? {}), ...added]) };
}
