// What may be done with a call and what waits for its event: the contract of call operations.
import assert from "node:assert/strict";
import { test } from "node:test";
import { allowed, asked, controlledCall, isAnswered, isLate, PENDING_MS } from "../src/control";
import { Operations } from "../src/operations";
import { EMPTY, type CallCard, type Control, type DeskState, type Party } from "../src/state";

const CUSTOMER: Party = { uniqueid: "c", kind: "customer", number: "13800138000", name: "王芳", state: "held" };

function colleague(state: Party["state"]): Party {
  return { uniqueid: "k", kind: "agent", number: "1002", name: "陈强", state };
}

function call(mode: Control["mode"] | null, parties: Party[] = [CUSTOMER], id = 1): CallCard {
  return {
    id, linkedid: `l${id}`, uniqueid: `u${id}`, direction: "in", state: "talking",
    caller: { number: "13800138000", e164: "+8613800138000", name: "", region: "", carrier: "" },
    dialled: "", customer: null, queue: null, agent: null, path: [],
    past_calls: { count: 0, last_agent: "", last_at: null },
    started_at: null, queued_at: null, answered_at: null, ended_at: null,
    wait_ms: null, talk_ms: null, outcome: "", is_call_back: false,
    control: mode === null ? null : { mode, parties },
  };
}

function desk(...calls: CallCard[]): DeskState {
  return { ...EMPTY, isFresh: true, calls };
}

test("nothing is possible with a call that is not the agent's, or that still rings", () => {
  assert.deepEqual([...allowed(call(null))], []);
  assert.deepEqual([...allowed({ ...call("plain"), state: "ringing" })], []);
  assert.deepEqual([...allowed(null)], []);
});

test("each mode has its own buttons", () => {
  const can = (mode: Control["mode"], parties?: Party[]) => [...allowed(call(mode, parties))].sort();
  assert.deepEqual(can("plain"), ["consult", "hold", "park", "transfer"]);
  assert.deepEqual(can("held"), ["consult", "park", "transfer", "unhold"]);
  assert.deepEqual(can("transferring"), ["take-back"]);
  assert.deepEqual(can("conference"), ["drop", "leave"]);
  assert.deepEqual(can("consulting", [CUSTOMER, colleague("ringing")]), ["cancel"]);
  assert.deepEqual(
    can("consulting", [CUSTOMER, colleague("talking")]), ["cancel", "complete", "conference", "swap"],
  );
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
  assert.equal(operations.ask(state, "park"), false);
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
