// A description of the phone is sent once it names an address that can be heard.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isAddress } from "../src/media_address";

test("an address over UDP will do", () => {
  assert.ok(isAddress("candidate:1 1 udp 2122260223 192.0.2.7 53210 typ host generation 0"));
  assert.ok(isAddress("candidate:1 1 UDP 2122260223 2001:db8::7 53210 typ host"));
});

test("neither TCP, which says 0.0.0.0, nor a name that hides the address", () => {
  assert.ok(!isAddress("candidate:2 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active"));
  assert.ok(!isAddress("candidate:3 1 udp 2122260223 f2c1.local 53210 typ host"));
  assert.ok(!isAddress(""));
});
