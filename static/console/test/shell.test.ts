// The pure parts of the shell: keys, targets, what is kept on the machine, the meter, the spoken line.
import assert from "node:assert/strict";
import { test } from "node:test";
import { announcement } from "../src/announce";
import { pageAt, readClosed } from "../src/menu";
import { commandOf, type KeyPress } from "../src/keyboard";
import { levelOf } from "../src/meter";
import { DEFAULTS, readPreferences } from "../src/preferences";
import type { CallCard } from "../src/state";
import { fitting, keptIndex, moved, readRecent, targetLines, typedNumber, withRecent, type Target } from "../src/targets";
import type { Texts } from "../src/texts";

const KEYS = { a: "answer", "/": "shortcuts-open", "1": "work-focus" };

function press(part: Partial<KeyPress>): string {
  const none = { key: "", code: "", altKey: true, ctrlKey: false, metaKey: false, isComposing: false };
  return commandOf({ ...none, ...part }, KEYS);
}

test("only Alt with a key that is declared does anything", () => {
  assert.equal(press({ key: "a", code: "KeyA" }), "answer");
  assert.equal(press({ key: "A", code: "KeyA" }), "answer");
  assert.equal(press({ key: "a", code: "KeyA", altKey: false }), "");
  assert.equal(press({ key: "a", code: "KeyA", ctrlKey: true }), "");
  assert.equal(press({ key: "b", code: "KeyB" }), "");
  assert.equal(press({ key: "/", code: "Slash" }), "shortcuts-open");
  assert.equal(press({ key: "1", code: "Digit1" }), "work-focus");
});

test("a Chinese input method changes nothing, and keeps the keyboard while it composes", () => {
  assert.equal(press({ key: "Process", code: "KeyA" }), "answer");
  assert.equal(press({ key: "å", code: "KeyA" }), "answer");
  assert.equal(press({ key: "a", code: "KeyA", isComposing: true }), "");
});

test("a letter counts where the person's keyboard has it", () => {
  assert.equal(press({ key: "a", code: "KeyQ" }), "answer");
});

const AGENT: Target = { kind: "agent", number: "1002", name: "陈强", state: "ready" };
const QUEUE: Target = { kind: "queue", number: "7001", name: "销售", waiting: 2 };

test("with nothing typed the recent ones come first, as they are now", () => {
  const lines = targetLines("", [AGENT, QUEUE], [{ kind: "agent", number: "1002", name: "陈" }]);
  assert.deepEqual(lines.map((line) => [line.number, line.isRecent, line.state]), [
    ["1002", true, "ready"], ["7001", false, undefined],
  ]);
});

test("a typed number can be rung inside while it is short, outside from three digits on", () => {
  const kinds = (text: string, found: Target[] = []) => targetLines(text, found, []).map((line) => line.kind);
  assert.deepEqual(kinds("8"), []);
  assert.deepEqual(kinds("80"), ["extension"]);
  assert.deepEqual(kinds("8001"), ["extension", "external"]);
  assert.deepEqual(kinds("1002", [AGENT]), ["agent", "external"]);
  assert.deepEqual(kinds("138 0013-8000", []), ["external"]);
  assert.deepEqual(kinds("+8613800138000"), ["external"]);
  assert.deepEqual(kinds("陈", [AGENT]), ["agent"]);
});

test("until the server has answered only known lines that fit are shown", () => {
  assert.deepEqual(fitting("10", [AGENT, QUEUE]), [AGENT]);
  assert.deepEqual(fitting(" 销", [AGENT, QUEUE]), [QUEUE]);
  assert.deepEqual(fitting("x", [AGENT, QUEUE]), []);
});

test("what is no number is never rung", () => {
  for (const text of ["", "abc", "12a", "1;rm", "+", "1".repeat(40)]) assert.equal(typedNumber(text), "");
  assert.equal(typedNumber("（021）8888 6666"), "02188886666");
});

test("the recent ones are five, each once, and odd storage is forgotten", () => {
  let recent: Target[] = [];
  for (const number of ["1", "2", "3", "4", "5", "6", "3"]) {
    recent = withRecent(recent, { kind: "agent", number, name: "x", state: "ready" });
  }
  assert.deepEqual(recent.map((one) => one.number), ["3", "6", "5", "4", "2"]);
  assert.equal("state" in (recent[0] ?? {}), false);
  assert.deepEqual(readRecent(JSON.stringify(recent)), recent);
  for (const odd of [null, "", "{", "3", '{"a":1}', '[null,{"kind":"x"},{"kind":"agent","number":3}]']) {
    assert.deepEqual(readRecent(odd), []);
  }
});

test("the chosen line stays chosen while the list changes around it", () => {
  const lines = targetLines("", [QUEUE, AGENT], []);
  assert.equal(keptIndex({ ...AGENT, isRecent: false }, lines), 1);
  assert.equal(keptIndex(undefined, lines), 0);
  assert.equal(keptIndex({ ...AGENT, number: "9", isRecent: false }, lines), 0);
  assert.equal(keptIndex(undefined, []), -1);
  assert.deepEqual([moved(1, 1, 2), moved(0, -1, 2), moved(-1, 1, 2), moved(0, 1, 0)], [0, 1, 0, -1]);
});

test("odd preferences are as in the beginning, good ones are kept", () => {
  for (const odd of [null, "", "{", "null", "[]", '{"tone":"x","volume":900,"speaker":3}']) {
    assert.deepEqual(readPreferences(odd), DEFAULTS);
  }
  const own = { ...DEFAULTS, tone: "bell" as const, volume: 0, speaker: "abc", shortcuts: false };
  assert.deepEqual(readPreferences(JSON.stringify(own)), own);
});

test("silence is nothing, a full tone nearly everything", () => {
  assert.equal(levelOf(new Float32Array(512)), 0);
  const tone = Float32Array.from({ length: 512 }, (_, at) => Math.sin(at / 5));
  assert.ok(levelOf(tone) > 90);
});

test("the spoken line changes with the call, not with the clock", () => {
  const texts = { call: { talking: "Talking" }, party: { ringing: "Ringing" }, unknown: "?" } as unknown as Texts;
  const call = {
    state: "talking", caller: { number: "138", name: "" }, customer: { name: "Wang" },
    control: { mode: "consulting", parties: [
      { uniqueid: "c", kind: "customer", number: "138", name: "Wang", state: "held" },
      { uniqueid: "k", kind: "agent", number: "1002", name: "Chen", state: "ringing" },
    ] },
  } as unknown as CallCard;
  assert.equal(announcement(call, texts), "Talking: Wang, Chen Ringing");
  assert.equal(announcement(null, texts), "");
});

test("the menu marks the page whose address goes furthest", () => {
  const addresses = ["/", "/reports/", "/reports/promises/", "/live/"];
  assert.equal(pageAt("/", addresses), "/");
  assert.equal(pageAt("/reports/promises/3/", addresses), "/reports/promises/");
  assert.equal(pageAt("/reports/agents/", addresses), "/reports/");
  assert.equal(pageAt("/calls/3/", addresses), "");
});

test("closed sections that were kept oddly are nothing", () => {
  assert.deepEqual(readClosed(null), []);
  assert.deepEqual(readClosed('["live", 3]'), ["live"]);
  assert.deepEqual(readClosed("{"), []);
  assert.deepEqual(readClosed('{"a": 1}'), []);
});
