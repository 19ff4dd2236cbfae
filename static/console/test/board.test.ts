import assert from "node:assert/strict";
import { test } from "node:test";
import { everything, showsAgent, showsCall, showsQueue, sorted } from "../src/board-live/filters";
import { empty, reduce, staleFor, type Message, type Rows } from "../src/board-live/state";
import { address, known, percent } from "../src/board-live/texts";

const AT = "2026-11-30T06:00:00.000Z";
const NOW = Date.parse(AT) + 250;

function queue(number: string, more: object = {}): Rows["queues"][string] {
  return {
    number, name: `Queue ${number}`, department: 1, level_s: 20, definition: "without_short", waiting: 0,
    longest_since: null, expected_s: null, offered: 0, answered: 0, abandoned: 0, flowed_out: 0,
    is_balanced: true, level_today: null, abandon_today: null, level_now: null, abandon_now: null,
    offered_now: 0, agents: { ready: 0, talking: 0, wrap_up: 0, paused: 0, signed_out: 0 }, ...more,
  };
}

function agent(number: string, more: object = {}): Rows["agents"][string] {
  return {
    number, name: `Agent ${number}`, department: 1, queues: ["7001"], state: "ready", reason: "", since: AT,
    until: null, queue: "", is_seen: true, call: null, phone: true, ...more,
  };
}

function call(id: number, more: object = {}): Rows["calls"][string] {
  return {
    id, state: "queued", direction: "in", number: "138****8000", is_masked: true, customer: "", queue: "7001",
    talks: false, since: AT, started: AT, ...more,
  };
}

function told(kind: string, seq: number, data: Partial<Message["data"]>, epoch = "a"): Message {
  return { kind, seq, at: AT, data: { epoch, rows: {}, ...data } };
}

const first = told("snapshot", 5, { rows: { queues: { "7001": queue("7001") }, calls: { "1": call(1) } } });

test("a snapshot, then changes, give what is; a row that is gone is gone", () => {
  let { board } = reduce(empty(), first, NOW);
  assert.equal(board.skew, 250);
  const change = told("board.changed", 6, {
    rows: { queues: { "7001": queue("7001", { waiting: 2 }) } },
    gone: { calls: ["1"] },
  });
  const next = reduce(board, change, NOW);
  assert.equal(next.isHole, false);
  board = next.board;
  assert.equal(board.rows.queues["7001"]?.waiting, 2);
  assert.deepEqual(board.rows.calls, {});
  assert.equal(reduce(board, change, NOW).board.rows, board.rows, "twice is harmless");
});

test("a number that is missing, or another epoch, asks for a snapshot and changes nothing", () => {
  const { board } = reduce(empty(), first, NOW);
  for (const message of [told("board.changed", 7, {}), told("board.changed", 6, {}, "b")]) {
    const next = reduce(board, message, NOW);
    assert.equal(next.isHole, true);
    assert.equal(next.board.rows, board.rows);
  }
  assert.equal(reduce(empty(), told("board.changed", 1, {}), NOW).isHole, true);
});

test("a board of which nothing is heard is old", () => {
  const { board } = reduce(empty(), first, NOW);
  assert.equal(staleFor(board, NOW + 4_999), 0);
  assert.equal(staleFor(board, NOW + 5_000), 5_000);
  assert.ok(staleFor(empty(), NOW) > 0);
});

test("filters: department with those below, queue, search", () => {
  const filters = { departments: new Set([2, 3]), queue: "", search: "" };
  assert.equal(showsQueue(queue("7001"), filters), false);
  assert.equal(showsQueue(queue("7002", { department: 3 }), filters), true);
  assert.equal(showsAgent(agent("1001"), { ...everything, queue: "7002" }), false);
  assert.equal(showsAgent(agent("1001"), { ...everything, search: "agent 10" }), true);
  const rows = { ...empty().rows, queues: { "7001": queue("7001", { department: 2 }) } };
  assert.equal(showsCall(call(1), undefined, rows, filters), true);
  assert.equal(showsCall(call(1, { queue: "" }), agent("1001", { department: 3 }), rows, filters), true);
  assert.equal(showsCall(call(1, { queue: "" }), undefined, rows, filters), false);
  assert.equal(showsCall(call(1), undefined, rows, { ...everything, search: "8000" }), true);
});

test("sorting: numbers as numbers, what is unknown last whichever way, states by what matters", () => {
  const queues = [queue("10", { level_now: 0.5 }), queue("9", { level_now: null }), queue("8", { level_now: 0.9 })];
  const by = (field: string, isDown: boolean) => sorted(queues, { by: field, isDown }).map((one) => one.number);
  assert.deepEqual(by("number", false), ["8", "9", "10"]);
  assert.deepEqual(by("level_now", false), ["10", "8", "9"]);
  assert.deepEqual(by("level_now", true), ["8", "10", "9"]);
  const agents = [agent("1", { state: "signed_out" }), agent("2", { state: "talking" }), agent("3")];
  assert.deepEqual(sorted(agents, { by: "state", isDown: false }).map((one) => one.number), ["2", "3", "1"]);
  const staffed = [queue("1", { agents: { ...queue("1").agents, ready: 3 } }), queue("2")];
  assert.deepEqual(sorted(staffed, { by: "ready", isDown: false }).map((one) => one.number), ["2", "1"]);
});

test("texts: no calls give a dash, addresses get their key", () => {
  assert.equal(percent(null, "—"), "—");
  assert.equal(percent(0.856, "—"), "85.6%");
  assert.equal(known(null), "unknown");
  assert.equal(address("/live/calls/0/listen/", 12), "/live/calls/12/listen/");
  assert.equal(address("/live/agents/00/state/", "1001"), "/live/agents/1001/state/");
});
