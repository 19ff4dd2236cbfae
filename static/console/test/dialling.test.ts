// Numbers as people write them, and who dials: the page's phone, or the server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dialling, dialText, type Wish } from "../src/dialling";

test("pasted numbers are dialled as numbers", () => {
  const cases: [string, string][] = [
    ["139 0013-9000", "13900139000"],
    ["+86 (0)10 6234.5678", "+861062345678"],
    ["（010）62345678", "01062345678"],
    ["１３９００１３９０００", "13900139000"],
    ["tel:+86-139-0013-9000;ext=5", "+8613900139000"],
    ["sip:1002@example.com", "1002"],
    ["*98", "*98"],
    ["call me", ""],
    ["1390013+9000", ""],
    ["", ""],
  ];
  for (const [text, number] of cases) assert.equal(dialText(text), number, text);
});

function desk(answer: () => Promise<Response>, hasPhone = true) {
  const seen: string[] = [];
  const dialling = new Dialling({
    send: (fields) => {
      seen.push(`asks ${JSON.stringify(fields)}`);
      return answer();
    },
    dial: (number) => seen.push(`dials ${number}`),
    hasPhone: () => hasPhone,
    refused: (detail) => seen.push(`refused ${detail}`),
    ringing: () => seen.push("rings"),
  });
  return { seen, order: (wish: Wish) => dialling.order(wish) };
}

const json = (status: number, body: unknown) => () =>
  Promise.resolve(new Response(JSON.stringify(body), { status }));

test("the phone dials the token, not the number", async () => {
  const { seen, order } = desk(json(200, { dial: "*550123456789" }));
  await order({ number: "13900139000", reference: "call:7" });
  assert.deepEqual(seen, ['asks {"reference":"call:7"}', "dials *550123456789"]);
});

test("another phone is rung by the server", async () => {
  const { seen, order } = desk(json(200, { dial: "" }), false);
  await order({ number: "13900139000" });
  assert.deepEqual(seen, ['asks {"number":"13900139000"}', "rings"]);
});

test("a refusal is told and nothing is dialled", async () => {
  const { seen, order } = desk(json(403, { detail: "barred" }));
  await order({ number: "13900139000" });
  assert.deepEqual(seen.slice(1), ["refused barred"]);
});

test("while the server is away the phone dials what is seen, and not what is hidden", async () => {
  const away = desk(() => Promise.reject(new TypeError("network")));
  await away.order({ number: "13900139000", reference: "call:7" });
  assert.deepEqual(away.seen.slice(1), ["dials 13900139000"]);
  const hidden = desk(() => Promise.reject(new TypeError("network")));
  await hidden.order({ reference: "call:7" });
  assert.deepEqual(hidden.seen.slice(1), ["refused "]);
});

test("a double click is one call", async () => {
  const { seen, order } = desk(json(200, { dial: "*550123456789" }));
  await Promise.all([order({ number: "1" }), order({ number: "1" })]);
  assert.equal(seen.length, 2);
});

test("codes go to the phone system as they are", async () => {
  const { seen, order } = desk(json(200, { dial: "*55" }));
  await order({ number: "*98" });
  assert.deepEqual(seen, ["dials *98"]);
});
