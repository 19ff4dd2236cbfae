// The reducer: numbers, holes, and that a snapshot plus later events is the later snapshot.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  EMPTY, agentTimer, disconnected, isDayChange, mustAsk, reduce, shownAgent, shownCall,
  type AgentState, type CallCard, type Envelope,
} from "../src/state";

function card(id: number, state: CallCard["state"]): CallCard {
  return {
    id, linkedid: `l${id}`, uniqueid: `u${id}`, direction: "in", state,
    caller: { number: "13800138000", e164: "+8613800138000", name: "", region: "北京市", carrier: "" },
    dialled: "4008001000", customer: null, queue: null, agent: null, path: [],
    past_calls: { count: 0, last_agent: "", last_at: null },
    started_at: null, queued_at: null, answered_at: null, ended_at: null,
    wait_ms: null, talk_ms: null, outcome: "", is_call_back: false,
  };
}

function snapshot(seq: number, calls: CallCard[] = []): Envelope {
  return { v: 1, seq, kind: "snapshot", data: { agent: null, calls, voicemail_new: 2, tasks_todo: 3, missed: 1, link: { up: true } } };
}

function changed(seq: number, call: CallCard): Envelope {
  return { v: 1, seq, kind: "call.changed", data: { ...call } };
}

test("a snapshot makes the page fresh and replaces what was shown", () => {
  const state = reduce(EMPTY, snapshot(7, [card(1, "ringing"), card(2, "ended")]));
  assert.equal(state.isFresh, true);
  assert.deepEqual(state.calls.map((call) => call.id), [1]);
  assert.equal(state.voicemailNew, 2);
});

test("an event older than the snapshot changes nothing", () => {
  const state = reduce(EMPTY, snapshot(7, [card(1, "talking")]));
  assert.equal(reduce(state, changed(7, card(1, "ringing"))), state);
});

test("a missed caller brings the count of whom to call back", () => {
  const state = reduce(EMPTY, snapshot(7));
  assert.equal(state.toCallBack, 0);
  const later = reduce(state, { v: 1, seq: 8, kind: "missed.changed", data: { id: 1, to_call_back: 2 } });
  assert.equal(later.toCallBack, 2);
});

test("an inspection that changed brings the count of what waits for the person", () => {
  const state = reduce(EMPTY, snapshot(7));
  assert.equal(state.inspectionsTodo, 0);
  const later = reduce(state, { v: 1, seq: 8, kind: "inspection.changed", data: { id: 1, inspections_todo: 3 } });
  assert.equal(later.inspectionsTodo, 3);
});

test("an own day changes with the end of a call, a state, or all at once", () => {
  const told = (kind: string, data: Record<string, unknown> = {}) => isDayChange({ v: 1, seq: 1, kind, data });
  assert.equal(told("call.changed", { state: "talking" }), false);
  assert.equal(told("call.changed", { state: "ended" }), true);
  assert.equal(told("agent.changed"), true);
  assert.equal(told("snapshot"), true);
  assert.equal(told("task.changed"), false);
});

test("a task that changed brings the count of what is to do", () => {
  const state = reduce(EMPTY, snapshot(7));
  assert.equal(state.tasksTodo, 3);
  const later = reduce(state, { v: 1, seq: 8, kind: "task.changed", data: { id: 1, todo_count: 4 } });
  assert.equal(later.tasksTodo, 4);
  assert.equal(later.needsSnapshot, false);
});

test("the next event is taken without asking for a snapshot", () => {
  const state = reduce(reduce(EMPTY, snapshot(7)), changed(8, card(1, "ringing")));
  assert.equal(state.needsSnapshot, false);
  assert.equal(shownCall(state)?.id, 1);
});

test("a hole asks for a snapshot, and the snapshot ends the asking", () => {
  const holed = reduce(reduce(EMPTY, snapshot(7)), changed(9, card(1, "ringing")));
  assert.equal(holed.needsSnapshot, true);
  assert.equal(reduce(holed, snapshot(9)).needsSnapshot, false);
});

test("an ended call leaves the live list but stays shown until the next one", () => {
  let state = reduce(EMPTY, snapshot(0));
  state = reduce(state, changed(1, card(1, "talking")));
  state = reduce(state, changed(2, card(1, "ended")));
  assert.deepEqual(state.calls, []);
  assert.equal(shownCall(state)?.id, 1);
  state = reduce(state, changed(3, card(2, "ringing")));
  assert.equal(shownCall(state)?.id, 2);
});

test("a talking call is shown before one that rings", () => {
  let state = reduce(EMPTY, snapshot(0));
  state = reduce(state, changed(1, card(1, "ringing")));
  state = reduce(state, changed(2, card(2, "talking")));
  assert.equal(shownCall(state)?.id, 2);
});

test("the same card twice is one call", () => {
  let state = reduce(EMPTY, snapshot(0));
  state = reduce(state, changed(1, card(1, "ringing")));
  state = reduce(state, changed(2, card(1, "talking")));
  assert.equal(state.calls.length, 1);
});

test("a lost connection is shown until the next snapshot", () => {
  const state = disconnected(reduce(EMPTY, snapshot(3)));
  assert.equal(state.isFresh, false);
  assert.equal(reduce(state, snapshot(3)).isFresh, true);
});

test("an unknown kind moves the number on and harms nothing", () => {
  const state = reduce(reduce(EMPTY, snapshot(1)), { v: 1, seq: 2, kind: "later.thing", data: {} });
  assert.equal(state.seq, 2);
  assert.equal(state.needsSnapshot, false);
});

test("a lost last event is noticed by the number in the pong", () => {
  const state = reduce(EMPTY, snapshot(3));
  const pong = (seq: number): Envelope => ({ v: 1, seq, kind: "pong", data: {} });
  assert.equal(reduce(state, pong(3)), state);
  const behind = reduce(state, pong(4));
  assert.equal(behind.needsSnapshot, true);
  assert.equal(behind.seq, 3);
});

test("a pong takes back that the exchange is not heard", () => {
  const first = reduce(EMPTY, { ...snapshot(3), data: { ...snapshot(3).data, link: { up: false } } });
  assert.equal(first.linkUp, false);
  const pong = (data: Record<string, unknown>): Envelope => ({ v: 1, seq: 3, kind: "pong", data });
  assert.equal(reduce(first, pong({ seen: true })), first);
  const again = reduce(first, pong({ seen: true, link: true }));
  assert.equal(again.linkUp, true);
  assert.equal(reduce(again, pong({ seen: true, link: false })).linkUp, false);
});

test("a hole asks once, whatever comes before the snapshot", () => {
  const before = reduce(EMPTY, snapshot(1));
  const holed = reduce(before, changed(3, card(1, "ringing")));
  assert.equal(mustAsk(before, holed), true);
  assert.equal(mustAsk(holed, reduce(holed, changed(4, card(1, "talking")))), false);
});

test("a call that nobody answered is missed once", () => {
  const gone = { ...card(1, "ended"), ended_at: "2026-11-23T08:00:00.000Z" };
  let state = reduce(reduce(EMPTY, snapshot(0)), changed(1, card(1, "ringing")));
  assert.equal(state.missed, 1);
  state = reduce(reduce(state, changed(2, gone)), changed(3, gone));
  assert.equal(state.missed, 2);
});

test("a call that a colleague takes or answered is not missed", () => {
  const ringing = reduce(reduce(EMPTY, snapshot(0)), changed(1, card(1, "ringing")));
  assert.equal(reduce(ringing, changed(2, card(1, "ended"))).missed, 1);
  const at = "2026-11-23T08:00:00.000Z";
  const answered = { ...card(1, "ended"), answered_at: at, ended_at: at };
  assert.equal(reduce(ringing, changed(2, answered)).missed, 1);
});

// Absolute values: whatever part of the stream is lost, the snapshot after it gives the same page.
test("a snapshot after any hole equals the state that saw every event", () => {
  const events = [
    changed(1, card(1, "ringing")), changed(2, card(1, "talking")), changed(3, card(2, "ringing")),
  ];
  const whole = events.reduce(reduce, reduce(EMPTY, snapshot(0)));
  for (let lost = 0; lost < events.length; lost += 1) {
    const seen = events.filter((_, place) => place !== lost);
    const healed = reduce(seen.reduce(reduce, reduce(EMPTY, snapshot(0))),
      snapshot(3, [card(1, "talking"), card(2, "ringing")]));
    assert.deepEqual({ ...healed, lastEnded: null }, { ...whole, lastEnded: null });
  }
});

function agent(fields: Partial<AgentState>): AgentState {
  return {
    number: "1001", name: "", state: "ready", pause_reason: "", since: "2026-11-29T00:00:00.000+00:00",
    phone: "web", queues: [], live_state: "", live_since: null, until: null, ...fields,
  };
}

function withAgent(seq: number, fields: Partial<AgentState>): Envelope {
  return { v: 1, seq, kind: "agent.changed", data: { ...agent(fields) } };
}

test("what the agent does is shown, not what he wishes", () => {
  const state = reduce(reduce(EMPTY, snapshot(0)), withAgent(1, {
    live_state: "talking", live_since: "2026-11-29T00:01:00.000+00:00",
  }));
  assert.equal(shownAgent(state).state, "talking");
  assert.equal(agentTimer(shownAgent(state), Date.parse("2026-11-29T00:01:05Z")), 5000);
});

test("busy pressed in a talk is announced, and shown when it begins", () => {
  const paused = { state: "paused" as const, pause_reason: "meal" };
  let state = reduce(reduce(EMPTY, snapshot(0)), withAgent(1, { ...paused, live_state: "talking" }));
  assert.deepEqual([shownAgent(state).state, shownAgent(state).next], ["talking", "paused"]);
  state = reduce(state, withAgent(2, { ...paused, live_state: "paused" }));
  assert.deepEqual([shownAgent(state).reason, shownAgent(state).next], ["meal", ""]);
});

test("a wrap-up counts down to its end and never below nothing", () => {
  const state = reduce(reduce(EMPTY, snapshot(0)), withAgent(1, {
    live_state: "wrap_up", live_since: "2026-11-29T00:00:00.000+00:00", until: "2026-11-29T00:00:30.000+00:00",
  }));
  const shown = shownAgent(state);
  assert.equal(agentTimer(shown, Date.parse("2026-11-29T00:00:10Z")), 20000);
  assert.equal(agentTimer(shown, Date.parse("2026-11-29T00:01:00Z")), 0);
});

test("while nobody sees the phones the wish is shown", () => {
  let state = reduce(reduce(EMPTY, snapshot(0)), withAgent(1, { state: "paused", pause_reason: "meal", live_state: "" }));
  assert.deepEqual([shownAgent(state).state, shownAgent(state).reason], ["paused", "meal"]);
  state = reduce(state, withAgent(2, { live_state: "talking" }));
  state = reduce(state, { v: 1, seq: 3, kind: "link.changed", data: { up: false } });
  assert.equal(shownAgent(state).state, "ready");
  assert.equal(shownAgent(disconnected(state)).state, "ready");
  state = reduce(state, { v: 1, seq: 4, kind: "link.changed", data: { up: true } });
  assert.equal(shownAgent(state).state, "talking");
  state = reduce(state, { v: 1, seq: 4, kind: "pong", data: { seen: false } });
  assert.equal(shownAgent(state).state, "ready");
  assert.equal(state.needsSnapshot, false);
  assert.equal(shownAgent(reduce(state, { v: 1, seq: 4, kind: "pong", data: { seen: true } })).state, "talking");
  assert.equal(shownAgent(EMPTY).state, "signed_out");
  assert.equal(agentTimer(shownAgent(EMPTY), 0), null);
});
