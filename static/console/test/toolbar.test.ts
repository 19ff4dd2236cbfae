// The toolbar's messages: who is heard, what is understood, what a call tells.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Door, Refusal, type Handlers } from "../src/toolbar/door";
import { eventsBetween, readCommand, readFrameMessage } from "../src/toolbar/protocol";
import { EMPTY, reduce, type CallCard, type DeskState, type Envelope } from "../src/state";

const CRM = "https://crm.example.com";
const AROUND = {};

function door() {
  const done: unknown[] = [];
  const answers: Record<string, unknown>[] = [];
  const note = (name: string) => (fields: object) => void done.push([name, fields]);
  const handlers: Handlers = {
    dial: note("dial"), answer: note("answer"), hangup: note("hangup"), transfer: note("transfer"),
    state: note("state"),
    hold: () => { throw new Refusal("no_call", "No call."); },
  };
  const made = new Door(CRM, AROUND, handlers, (message) => answers.push(message as Record<string, unknown>));
  const hear = (data: unknown, origin = CRM, source: unknown = AROUND) => made.hear({ data, origin, source });
  return { hear, done, answers };
}

function command(name: string, data?: object): object {
  return { huawu: 1, type: "command", id: "7", command: name, ...(data ? { data } : {}) };
}

test("a command of the page around is done and answered with its id", async () => {
  const { hear, done, answers } = door();
  await hear(command("dial", { number: "13512345678" }));
  assert.deepEqual(done, [["dial", { number: "13512345678" }]]);
  assert.deepEqual(answers, [{ huawu: 1, type: "reply", id: "7", ok: true }]);
});

for (const origin of ["https://evil.example.com", "http://crm.example.com", `${CRM}:8443`, "null", ""]) {
  test(`a message from ${origin || "nowhere"} is not heard and not answered`, async () => {
    const { hear, done, answers } = door();
    await hear(command("hangup"), origin);
    assert.deepEqual([done, answers], [[], []]);
  });
}

test("another window of the right site is not heard", async () => {
  const { hear, done, answers } = door();
  await hear(command("hangup"), CRM, {});
  assert.deepEqual([done, answers], [[], []]);
});

const MALFORMED: unknown[] = [
  null, 7, "answer", [], {}, { huawu: 2, type: "command", id: "1", command: "answer" },
  { huawu: "1", type: "command", id: "1", command: "answer" },
  { huawu: 1, type: "event", id: "1", command: "answer" }, { huawu: 1, type: "command", command: "answer" },
  { huawu: 1, type: "command", id: "", command: "answer" }, { huawu: 1, type: "command", id: 1, command: "answer" },
  { huawu: 1, type: "command", id: "1", command: {} }, { huawu: 1, type: "command", id: "1", command: "dial", data: [] },
  { huawu: 1, type: "command", id: "1", command: "dial", data: { number: { toString: 1 } } },
  { huawu: 1, type: "command", id: "x".repeat(201), command: "answer" },
];
MALFORMED.forEach((message, number) => {
  test(`malformed message ${number} is ignored`, async () => {
    const { hear, done, answers } = door();
    await hear(message);
    assert.equal(readCommand(message), null);
    assert.deepEqual([done, answers], [[], []]);
  });
});

for (const name of ["explode", "constructor", "__proto__", "toString"]) {
  test(`the unknown command ${name} is answered by an error`, async () => {
    const { hear, answers } = door();
    await hear(command(name));
    assert.deepEqual(answers, [
      { huawu: 1, type: "reply", id: "7", ok: false, error: { code: "unknown_command", message: name } },
    ]);
  });
}

test("a command that is refused says why", async () => {
  const { hear, answers } = door();
  await hear(command("hold"));
  assert.deepEqual(answers, [
    { huawu: 1, type: "reply", id: "7", ok: false, error: { code: "no_call", message: "No call." } },
  ]);
});

test("the page around reads events and replies, and nothing else", () => {
  const event = { huawu: 1, type: "event", event: "ring", data: { call: 1 } };
  assert.deepEqual(readFrameMessage(event), { event: "ring", data: { call: 1 } });
  assert.deepEqual(readFrameMessage({ huawu: 1, type: "reply", id: "1", ok: true }), { id: "1", ok: true });
  for (const other of [null, {}, { ...event, huawu: 2 }, { ...event, data: 1 }, { huawu: 1, type: "reply", id: 1, ok: true }]) {
    assert.equal(readFrameMessage(other), null);
  }
});

function card(state: CallCard["state"]): CallCard {
  return {
    id: 5, linkedid: "pbx1-5", uniqueid: "u5", direction: "in", state,
    caller: { number: "135****5678", e164: "", name: "", region: "", carrier: "" }, dialled: "4008001000",
    customer: { id: 9, name: "陈静", level: "", type: "", owner: "", note: "", tags: [], numbers: [] },
    queue: { number: "7001", name: "Sales" }, agent: null, path: [],
    past_calls: { count: 0, last_agent: "", last_at: null }, started_at: null, queued_at: null,
    answered_at: null, ended_at: null, wait_ms: null, talk_ms: 3000, outcome: "answered", is_call_back: false,
  };
}

function after(state: DeskState, kind: string, data: object): DeskState {
  return reduce(state, { v: 1, seq: state.seq + 1, kind, data } as Envelope);
}

test("a call tells ring, answer, hold and back, end, each once", () => {
  let state = { ...EMPTY, isFresh: true };
  const told: [string, unknown][] = [];
  for (const next of ["ringing", "ringing", "talking", "held", "talking", "ended"] as const) {
    const changed = after(state, "call.changed", card(next));
    told.push(...eventsBetween(state, changed).map(({ event, data }): [string, unknown] => [event, data["held"]]));
    state = changed;
  }
  assert.deepEqual(told, [
    ["ring", undefined], ["answer", undefined], ["hold", true], ["hold", false], ["end", undefined],
  ]);
});

test("an event names the call, the customer and the number as this person may see it", () => {
  const rung = after(EMPTY, "call.changed", card("ringing"));
  assert.deepEqual(eventsBetween(EMPTY, rung), [{ event: "ring", data: {
    call: 5, linkedid: "pbx1-5", direction: "in", caller: "135****5678", dialled: "4008001000",
    customer: 9, queue: "7001",
  } }]);
});

test("a page that was loaded anew in a talk hears of it", () => {
  const data = { agent: null, calls: [card("talking")], voicemail_new: 0, tasks_todo: 0, missed: 0, link: { up: true } };
  const found = eventsBetween(EMPTY, after(EMPTY, "snapshot", data));
  assert.deepEqual(found.map(({ event }) => event), ["answer"]);
});

test("a call that this agent never had live tells no end", () => {
  const waiting = after(EMPTY, "call.changed", card("queued"));
  assert.deepEqual(eventsBetween(waiting, after(waiting, "call.changed", card("ended"))), []);
});

test("the agent's state is told when it changes", () => {
  const agent = { number: "1001", name: "", state: "ready", pause_reason: "", since: null, phone: "web",
    queues: [], live_state: "", live_since: null, until: null };
  const ready = after(EMPTY, "agent.changed", agent);
  assert.deepEqual(eventsBetween(EMPTY, ready), [
    { event: "state", data: { agent: "1001", state: "ready", reason: "" } },
  ]);
  assert.deepEqual(eventsBetween(ready, after(ready, "agent.changed", agent)), []);
});
