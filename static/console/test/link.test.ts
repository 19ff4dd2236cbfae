// When a socket is believed, doubted and given up, and how soon it is tried again.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CONNECT_MS, DEAD_MS, DOUBT_MS, hasSlept, nextWait, PING_MS, PROBE_MS, verdict, type Link,
} from "../src/link";

const T = 1_000_000;

function link(part: Partial<Link> = {}): Link {
  return { isOpen: true, since: T, heardAt: T, askedAt: 0, patience: DOUBT_MS, ...part };
}

test("a quiet socket is asked, one that was heard is left alone", () => {
  assert.equal(verdict(link(), T + PING_MS - 1), "wait");
  assert.equal(verdict(link(), T + PING_MS), "ping");
});

test("an unanswered question makes the page stale, then a new socket is tried", () => {
  const asked = link({ askedAt: T });
  assert.equal(verdict(asked, T + DOUBT_MS - 1), "wait");
  assert.equal(verdict(asked, T + DOUBT_MS), "doubt");
  assert.equal(verdict(asked, T + DEAD_MS), "renew");
});

test("after a sleep a socket has little time to answer", () => {
  const asked = link({ askedAt: T, patience: PROBE_MS });
  assert.equal(verdict(asked, T + PROBE_MS), "doubt");
  assert.equal(verdict(asked, T + 2 * PROBE_MS), "renew");
});

test("a socket that never opens is given up", () => {
  const opening = link({ isOpen: false });
  assert.equal(verdict(opening, T + CONNECT_MS), "wait");
  assert.equal(verdict(opening, T + CONNECT_MS + 1), "renew");
});

test("a server that is away is asked so often that its return is noticed within a second", () => {
  for (let failures = 0; failures < 100; failures += 1) {
    assert.ok(nextWait(failures, false, 0.999) < 800, String(failures));
    assert.ok(nextWait(failures, false, 0) > 100);
  }
});

test("a server that answers and closes is left alone for longer and longer", () => {
  assert.ok(nextWait(0, true, 0.5) < 300);
  assert.ok(nextWait(20, true, 0) >= 3_500);
  assert.ok(nextWait(20, true, 0.999) <= 6_500);
});

test("a clock that jumped stood still", () => {
  assert.equal(hasSlept(T, T + 1_100), false);
  assert.equal(hasSlept(T, T + 60_000), true);
});
