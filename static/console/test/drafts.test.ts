// What is written after a call outlives the next call and a reload.
import assert from "node:assert/strict";
import { test } from "node:test";
import { matching, presetTime, readDrafts, withCall, withDraft } from "../src/drafts";

test("the next call takes away only what has no word", () => {
  const first = withCall([], 1, "Wang");
  assert.deepEqual(withCall(first, 2, "Li").map((one) => one.id), [2]);
  const written = withDraft(first, { ...first[0]!, note: "x", isTouched: true });
  assert.deepEqual(withCall(written, 2, "Li").map((one) => one.id), [1, 2]);
  // The same call again changes nothing of what is written.
  assert.equal(withCall(written, 1, "Other")[0]!.note, "x");
});

test("what the browser kept is read, and odd texts are left out", () => {
  const drafts = withCall([], 7, "Wang");
  assert.deepEqual(readDrafts(JSON.stringify(drafts)), drafts);
  for (const odd of [null, "", "{", "7", '[{"id": "x"}, null]']) assert.deepEqual(readDrafts(odd), []);
});

test("a choice is found by parts of its path in any order", () => {
  const choices = [
    { id: 1, path: "投诉 / 物流 / 晚到" },
    { id: 2, path: "Sales / Order" },
  ];
  assert.deepEqual(matching(choices, "晚 投诉").map((one) => one.id), [1]);
  assert.deepEqual(matching(choices, "ORD").map((one) => one.id), [2]);
  assert.equal(matching(choices, "").length, 2);
  assert.equal(matching(choices, "nothing").length, 0);
});

test("presets lie ahead", () => {
  const monday = new Date(2026, 10, 30, 11, 5);
  assert.equal(presetTime("hour", monday), "2026-11-30T12:05");
  assert.equal(presetTime("tomorrow", monday), "2026-12-01T10:00");
  assert.equal(presetTime("monday", monday), "2026-12-07T10:00");
  assert.equal(presetTime("monday", new Date(2026, 11, 6, 9, 0)), "2026-12-07T10:00");
});
