// The reducer: numbers, holes, and that a snapshot plus later events is the later snapshot.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY, disconnected, reduce, shownCall, type CallCard, type Envelope } from "../src/state";

function card(id: number, state: CallCard["state"]): CallCard {
  return {
    id, linkedid: `l${id}`, uniqueid: `u${id}`, direction: "in", state,
    caller: { number: "13800138000", e164: "+8613800138000", name: "", region: "北京市", carrier: "" },
    dialled: "4008001000", customer: null, queue: null, agent: null, path: [],
    past_calls: { count: 0, last_agent: "", last_at: null },
    started_at: null, queued_at: null, answered_at: null, ended_at: null,
    wait_ms: null, talk_ms: null, outcome: "",
  };
}

function snapshot(seq: number, calls: CallCard[] = []): Envelope {
  return { v: 1, seq, kind: "snapshot", data: { agent: null, calls, voicemail_new: 2, link: { up: true } } };
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
