// The flow editor's model: what a change does to a document, names that are attacks, undo.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addNode, beginning, copyNode, exitsOf, newNode, nodeOf, readDocument, removeNodes, renameNode, setExit,
  setField, withoutRivals,
  type FlowDoc,
} from "../src/flow/document";
import { difference, isSame } from "../src/flow/diff";
import { begin, change, redo, undo } from "../src/flow/history";
import { arranged, withPlaces } from "../src/flow/places";
import { testOf, visits, type Input, type Story } from "../src/flow/story";
import { freeKeys, type Schema, type Shape } from "../src/flow/schema";

const TARGET: Shape = { type: "string", minLength: 1, description: "the id of a node" };
const MAYBE: Shape = { type: "string", description: "the id of a node, or empty" };
const KEYS: Shape = {
  type: "object", propertyNames: { enum: [..."0123456789*#"] }, additionalProperties: TARGET,
};
const SCHEMA: Schema = { $defs: {
  menu: { required: ["kind", "keys"], properties: { kind: {}, keys: KEYS, back: {}, repeat: {}, on_failed: MAYBE } },
  branch: { required: ["kind", "cases", "otherwise"], properties: {
    cases: { type: "array", items: { type: "object", required: ["to"], properties: { to: TARGET } } },
    otherwise: TARGET } },
  set: { required: ["kind"], properties: { value: {}, from: {} }, oneOf: [{ required: ["value"] }, { required: ["from"] }] },
  queue: { required: ["kind", "queue"], properties: { queue: { type: "string" }, on_timeout: MAYBE } },
} };

function flow(): FlowDoc {
  return readDocument({
    start: "main",
    nodes: {
      main: { kind: "menu", keys: { "1": "sales", "2": "choose" }, repeat: "9", on_failed: "sales" },
      sales: { kind: "queue", queue: "7001" },
      choose: { kind: "branch", cases: [{ to: "sales" }], otherwise: "main" },
    },
    layout: { main: [10, 20] },
    tests: [{ name: "t", expect: { path: ["main", "sales"], waits: "main" } }],
  });
}

test("every way out of a node is an exit, also one that leads nowhere yet", () => {
  assert.deepEqual(exitsOf(SCHEMA, flow(), "main").map((one) => [one.name, one.target]),
    [["key:1", "sales"], ["key:2", "choose"], ["on_failed", "sales"]]);
  assert.deepEqual(exitsOf(SCHEMA, flow(), "choose").map((one) => [one.path.join("."), one.target]),
    [["cases.0.to", "sales"], ["otherwise", "main"]]);
  assert.deepEqual(exitsOf(SCHEMA, flow(), "sales").map((one) => [one.name, one.target, one.isNeeded]),
    [["on_timeout", "", false]]);
});

test("a rename reaches exits, start, place and the flow's tests, and changes nothing else", () => {
  const before = flow();
  const after = renameNode(SCHEMA, before, "sales", "sell");
  assert.deepEqual(after.nodes["main"]?.["keys"], { "1": "sell", "2": "choose" });
  assert.deepEqual(after.nodes["choose"]?.["cases"], [{ to: "sell" }]);
  assert.deepEqual(after.tests, [{ name: "t", expect: { path: ["main", "sell"], waits: "main" } }]);
  assert.deepEqual(Object.keys(after.nodes), ["main", "sell", "choose"]);
  assert.deepEqual(renameNode(SCHEMA, after, "sell", "sales"), before);
  const started = renameNode(SCHEMA, before, "main", "hello");
  assert.equal(started.start, "hello");
  assert.deepEqual(started.layout, { hello: [10, 20] });
});

test("a rename to a name that is taken does nothing", () => {
  const before = flow();
  assert.equal(renameNode(SCHEMA, before, "sales", "main"), before);
});

test("removing a node leaves the keys that led to it half drawn", () => {
  const after = removeNodes(SCHEMA, flow(), ["sales"]);
  assert.deepEqual(after.nodes["main"], { kind: "menu", keys: { "1": "", "2": "choose" }, repeat: "9" });
  assert.deepEqual(after.nodes["choose"]?.["cases"], [{ to: "" }]);
  assert.equal(removeNodes(SCHEMA, flow(), ["main"]).start, "");
});

test("the first node of an empty flow is its start", () => {
  const empty = readDocument({});
  const first = addNode(empty, "a", newNode(SCHEMA, "queue"), [0, 0]);
  assert.equal(first.start, "a");
  assert.equal(addNode(first, "b", newNode(SCHEMA, "queue"), [0, 0]).start, "a");
});

test("an exit of an optional field that is taken away leaves no field", () => {
  const doc = setExit(flow(), "main", ["on_failed"], "");
  assert.equal(Object.hasOwn(doc.nodes["main"] ?? {}, "on_failed"), false);
});

test("names that mean something to the language are names like others", () => {
  for (const name of ["__proto__", "constructor", "toString", "<script>"]) {
    assert.equal(nodeOf(flow(), name), undefined);
    const doc = renameNode(SCHEMA, flow(), "sales", name);
    assert.equal(nodeOf(doc, name)?.kind, "queue");
    assert.equal(exitsOf(SCHEMA, doc, "main")[0]?.target, name);
    assert.equal(Object.keys(withPlaces(SCHEMA, doc).layout ?? {}).includes(name), true);
  }
  assert.equal(({} as Record<string, unknown>)["kind"], undefined);
});

test("anything that was kept or uploaded can be opened", () => {
  for (const raw of [null, 7, [], {}, { nodes: [] }, { nodes: { a: 1 }, layout: { a: ["x", null] } }]) {
    const doc = withPlaces(SCHEMA, readDocument(raw));
    assert.deepEqual(Object.keys(doc.layout ?? {}), Object.keys(doc.nodes));
  }
});

test("a copy is another node with the same settings", () => {
  const [doc, id] = copyNode(flow(), "sales");
  assert.equal(id, "sales_2");
  assert.deepEqual(doc.nodes[id], doc.nodes["sales"]);
});

test("the next key offered is the first that means nothing yet", () => {
  const node = flow().nodes["main"];
  assert.deepEqual(freeKeys(KEYS, node!, "keys").slice(0, 2), ["3", "4"]);
  assert.equal(freeKeys(KEYS, node!, "keys").includes("9"), false);
});

test("undo and redo give back exactly what was there, and a new change ends the redo", () => {
  let history = begin("a");
  history = change(history, "b");
  history = change(history, "bc", "typing");
  history = change(history, "bcd", "typing");
  assert.equal(undo(history).present, "b");
  assert.equal(undo(undo(history)).present, "a");
  assert.equal(undo(undo(undo(history))).present, "a");
  assert.equal(redo(redo(undo(undo(history)))).present, "bcd");
  assert.deepEqual(change(undo(history), "x").future, []);
});

test("nodes do not lie on each other after arranging, whatever loops there are", () => {
  const places = Object.values(arranged(SCHEMA, flow()));
  assert.equal(new Set(places.map(String)).size, 3);
});

test("a new list of cases begins with one case", () => {
  assert.deepEqual(beginning(SCHEMA.$defs["branch"]!.properties!["cases"]!), [{ to: "" }]);
});

test("a difference names steps and fields, and is silent about places and order", () => {
  const before = flow();
  assert.equal(isSame(difference(before, { ...before, layout: {}, name: "other" })), true);
  const reordered = readDocument({ ...before, nodes: Object.fromEntries(Object.entries(before.nodes).reverse()) });
  assert.equal(isSame(difference(before, reordered)), true);
  const after = setExit(addNode(before, "end", { kind: "queue", queue: "1" }, [0, 0]), "main", ["keys", "1"], "end");
  const found = difference(before, after);
  assert.deepEqual([found.added, found.removed], [["end"], []]);
  assert.deepEqual(found.changed, [{ id: "main", fields: [{ field: "keys.1", before: "sales", after: "end" }] }]);
  assert.deepEqual(difference(after, before).removed, ["end"]);
  assert.deepEqual(difference(before, { ...before, language: "en" }).flow.map((one) => one.field), ["language"]);
  assert.deepEqual(difference(before, { ...before, tests: [] }).flow.map((one) => one.field), ["tests.t"]);
});

test("what was dialled becomes a test that says where the caller went", () => {
  const story: Story = {
    error: "",
    events: [
      { at_ms: 0, kind: "node", data: { flow: "", node: "main" } },
      { at_ms: 0, kind: "keys", data: { keys: "2" } },
      { at_ms: 0, kind: "node", data: { flow: "Other", node: "there" } },
      { at_ms: 0, kind: "node", data: { flow: "Mine", node: "sales" } },
    ],
    decision: { next: "queue", target: "7001", way: "", reason: "" },
  };
  const inputs: Input[] = [{ keys: "1" }, { keys: "2" }, { wait: true }, { result: "no_answer" }];
  assert.deepEqual(testOf("t", { caller: "138", dialled: "", at: "2027-02-06T10:00", inputs, answers: { pins: {} } }, story), {
    name: "t", answers: { pins: {} }, as: "138", at: "2027-02-06 10:00", steps: ["press 12", "wait", "no answer"],
    expect: { next: "queue", target: "7001", path: ["main", "there", "sales"] },
  });
  assert.deepEqual(visits(story, "Mine"), ["main", "sales"]);
});

test("of fields that exclude each other the last one filled in stays", () => {
  let doc = addNode(readDocument({}), "a", { kind: "set", from: "x" }, [0, 0]);
  doc = withoutRivals(SCHEMA, setField(doc, "a", ["value"], "1"), "a", "value");
  assert.deepEqual(doc.nodes["a"], { kind: "set", value: "1" });
  doc = withoutRivals(SCHEMA, setField(doc, "a", ["value"], undefined), "a", "value");
  assert.deepEqual(doc.nodes["a"], { kind: "set" });
});
