import assert from "node:assert/strict";
import { test } from "node:test";
import { choiceFor, clockOf, nextItem } from "../src/quality/keys";

const YES_NO = [{ key: "1", value: "1" }, { key: "2", value: "0" }, { key: "n", value: "na" }];

test("a key gives the answer that stands beside it, and no other key does", () => {
  assert.equal(choiceFor(YES_NO, "1"), "1");
  assert.equal(choiceFor(YES_NO, "2"), "0");
  assert.equal(choiceFor(YES_NO, "N"), "na");
  assert.equal(choiceFor(YES_NO, "3"), null);
  assert.equal(choiceFor(YES_NO.slice(0, 2), "n"), null);
});

test("after the last item there is none", () => {
  assert.equal(nextItem(["a", "b"], "a"), "b");
  assert.equal(nextItem(["a", "b"], "b"), null);
  assert.equal(nextItem(["a"], "x"), null);
});

test("a moment is minutes and seconds", () => {
  assert.equal(clockOf(0.4), "0:00");
  assert.equal(clockOf(61.9), "1:01");
  assert.equal(clockOf(3600), "60:00");
});
