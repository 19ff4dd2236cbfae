// What may be done with a call and what waits for its event: the contract of call operations.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allowed, asked, canDrop, controlledCall, isAnswered, isLate, PENDING_MS, sentCalls,
} from "../src/control";
import { Operations } from "../src/operations";
import { EMPTY, shownCall, type CallCard, type Control, type DeskState, type Party } from "../src/state";

const CUSTOMER: Party = { uniqueid: "c", kind: "customer", number: "13800138000", name: "王芳", state: "held" };

function colleague(state: Party["state"]): Party {
  return { uniqueid: "k", kind: "agent", number: "1002", name: "陈强", state };
}

// As the server gives them (apps/calls/engine/control.py).
const OPERATIONS: Record<Control["mode"], string[]> = {
  plain: ["hold", "transfer", "consult", "park"],
  held: ["unhold", "transfer", "consult", "park"],
  consulting: ["swap", "complete", "cancel", "conference"],
  conference: ["consult", "drop", "leave"],
  transferring: ["take-back"],
};

function call(mode: Control["mode"] | null, parties: Party[] = [CUSTOMER], id = 1): CallCard {
  return {
    id, linkedid: `l${id}`, uniqueid: `u${id}`, direction: "in", state: "talking",
    caller: { number: "13800138000", e164: "+8613800138000", name: "", region: "", carrier: "" },
    dialled: "", customer: null, queue: null, agent: null, path: [],
    past_calls: { count: 0, last_agent: "", last_at: null },
    started_at: null, queued_at: null, answered_at: null, ended_at: null,
    wait_ms: null, talk_ms: null, outcome: "", is_call_back: false,
    control: mode === null ? null : { mode, parties, operations: OPERATIONS[mode] },
  };
}

function desk(...calls: CallCard[]): DeskState {
  return { ...EMPTY, isFresh: true, calls };
}

test("nothing is possible with a call that is not the agent's", () => {
  assert.deepEqual([...allowed(call(null))], []);
  assert.deepEqual([...allowed(null)], []);
});

test("what the server allows is possible, and the customer is never put out", () => {
  assert.deepEqual([...allowed(call("transferring"))], ["take-back"]);
  const conference = call("conference", [CUSTOMER, colleague("talking")]);
  assert.equal(canDrop(conference, CUSTOMER), false);
  assert.equal(canDrop(conference, colleague("talking")), true);
  assert.equal(canDrop(call("consulting"), colleague("talking")), false);
});

test("what was sent on leaves the hands free for the next call, and can be had back", () => {
  const parked = { ...call("transferring", [], 1), state: "held" as const };
  parked.control = { mode: "transferring", parties: [], operations: ["take-back", "unpark"] };
  const next = call("plain", [], 2);
  const state = desk(parked, next);
  assert.equal(controlledCall(state)?.id, 2);
  assert.equal(shownCall(state)?.id, 2);
  assert.deepEqual(sentCalls(state).map((one) => one.id), [1]);
  assert.equal(shownCall(desk(parked, { ...call(null, [], 3), state: "ringing" }))?.id, 3);
  const sent: string[] = [];
  const operations = new Operations(
    async (path) => { sent.push(path); return true; }, () => undefined, () => undefined,
  );
  assert.equal(operations.getBack(state, 2), false);
  assert.equal(operations.getBack(state), true);
  assert.deepEqual(sent, ["/calls/1/unpark/"]);
});

test("a call in the middle of something comes before a plain one", () => {
  const state = desk(call("plain", [], 1), call("consulting", [], 2), call(null, [], 3));
  assert.equal(controlledCall(state)?.id, 2);
  assert.equal(controlledCall(desk(call(null)))?.id, undefined);
});

test("an operation waits until its call looks different, and no longer than its limit", () => {
  const before = desk(call("plain"));
  const pending = asked(before, 1, "hold", 1000);
  assert.equal(isAnswered(pending, before), false);
  assert.equal(isAnswered(pending, desk(call("plain"), call("plain", [], 2))), false);
  assert.equal(isAnswered(pending, desk(call("held"))), true);
  assert.equal(isAnswered(pending, desk()), true);
  assert.equal(isLate(pending, 1000 + PENDING_MS), false);
  assert.equal(isLate(pending, 1001 + PENDING_MS), true);
});

test("one operation at a time, and only one that is possible, is sent", async () => {
  const sent: string[] = [];
  const operations = new Operations(
    async (path) => { sent.push(path); return true; }, () => undefined, () => undefined,
  );
  const state = desk(call("plain"));
  assert.equal(operations.ask(state, "swap"), false);
  assert.equal(operations.ask(state, "hold"), true);
  assert.equal(operations.ask(state, "park"), false); // one is under way
  await Promise.resolve();
  operations.look(desk(call("held")));
  assert.equal(operations.toggleHold(desk(call("held"))), true);
  assert.deepEqual(sent, ["/calls/1/hold/", "/calls/1/unhold/"]);
});

test("what was refused does not block what comes after it", async () => {
  const operations = new Operations(async () => false, () => undefined, () => undefined);
  const state = desk(call("plain"));
  operations.ask(state, "hold");
  await new Promise((done) => setTimeout(done));
  assert.equal(operations.pending, null);
});

test("the page says it when no event comes, and is free again", () => {
  let now = 0;
  let isLateTold = false;
  const operations = new Operations(
    () => new Promise(() => undefined), () => undefined, () => { isLateTold = true; }, () => now,
  );
  const state = desk(call("plain"));
  operations.ask(state, "hold");
  now = PENDING_MS + 1;
  operations.look(state);
  assert.equal(isLateTold, true);
  assert.equal(operations.pending, null);
});
