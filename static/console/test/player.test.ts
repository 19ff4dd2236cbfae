import assert from "node:assert/strict";
import { test } from "node:test";
import { clockOf, nextSpeed, peaksOf, pointsOf, speedOf, wishOf, type Press } from "../src/player/model";

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key, altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, isComposing: false, ...more,
});

test("points come in the order of time, and what is none is left out", () => {
  const json = JSON.stringify([
    { at_ms: 900, kind: "mark", text: "b" }, { at_ms: 10, kind: "key", text: "1" },
    { at_ms: -1, kind: "key", text: "x" }, { at_ms: 1, kind: "other", text: "x" }, null, 7,
  ]);
  assert.deepEqual(pointsOf(json).map((one) => one.text), ["1", "b"]);
  assert.deepEqual(pointsOf("{"), []);
  assert.deepEqual(pointsOf("{}"), []);
});

test("speed goes step by step and stops at both ends", () => {
  assert.equal(nextSpeed(1, 1), 1.25);
  assert.equal(nextSpeed(2, 1), 2);
  assert.equal(nextSpeed(0.5, -1), 0.5);
  assert.equal(speedOf("1.5"), 1.5);
  assert.equal(speedOf("3"), 1);
  assert.equal(speedOf(null), 1);
});

test("keys move and play, but not where somebody types or chooses", () => {
  assert.deepEqual(wishOf(press(" "), ""), { do: "toggle" });
  assert.equal(wishOf(press(" "), "button"), null);
  assert.equal(wishOf(press(" "), "text"), null);
  assert.equal(wishOf(press("ArrowLeft"), "select"), null);
  assert.deepEqual(wishOf(press("ArrowLeft"), "range"), { do: "move", by_s: -5 });
  assert.deepEqual(wishOf(press("ArrowRight", { shiftKey: true }), ""), { do: "move", by_s: 30 });
  assert.deepEqual(wishOf(press("]"), "button"), { do: "speed", way: 1 });
  assert.equal(wishOf(press("m", { ctrlKey: true }), ""), null);
  assert.equal(wishOf(press("m", { isComposing: true }), ""), null);
});

test("times have hours only when there are some", () => {
  assert.equal(clockOf(75.9), "1:15");
  assert.equal(clockOf(3600), "1:00:00");
  assert.equal(clockOf(-1), "0:00");
});

test("an outline is 0 to 1 for both sides, and none when a side lacks", () => {
  const wave = { duration_ms: 1000, agent: btoa("\u0000\u00ff"), other: btoa("\u0033\u0000") };
  const found = peaksOf(wave);
  assert.deepEqual(found?.map((side) => [...side].map((one) => Math.round(one * 10))), [[0, 10], [2, 0]]);
  assert.equal(peaksOf({ ...wave, other: "" }), null);
});
