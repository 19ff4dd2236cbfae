// What a simulated call says back, and how it is kept as a test. Pure.
import type { Json } from "./document";

export type Input = { keys: string } | { wait: true } | { hangup: true } | { result: string };
export interface Told { at_ms: number; kind: string; data: Record<string, unknown> }
export interface Story {
  error: string;
  events?: Told[];
  variables?: Record<string, string>;
  waits?: { node: string; kind: string } | null;
  decision?: { next: string; target: string; way: string; reason: string } | null;
  texts?: Record<string, Record<string, string>>;
}
export interface Call { caller: string; dialled: string; at: string; inputs: readonly Input[]; answers?: Json }

// The steps of this flow, in the caller's order; those of other flows are not on this graph.
export function visits(story: Story, flow: string): string[] {
  return (story.events ?? [])
    .filter((one) => one.kind === "node" && (one.data["flow"] === flow || one.data["flow"] === ""))
    .map((one) => String(one.data["node"]));
}

export function stepOf(input: Input): string {
  if ("keys" in input) return `press ${input.keys}`;
  if ("wait" in input) return "wait";
  return "hangup" in input ? "hang up" : input.result.replaceAll("_", " ");
}

// Keys pressed one after the other are one step to read.
function stepsOf(inputs: readonly Input[]): string[] {
  const steps: string[] = [];
  for (const input of inputs) {
    const last = steps.at(-1);
    if ("keys" in input && last?.startsWith("press ")) steps[steps.length - 1] = last + input.keys;
    else steps.push(stepOf(input));
  }
  return steps;
}

export function testOf(name: string, call: Call, story: Story): Json {
  const events = story.events ?? [];
  const expect: Record<string, Json> = {};
  if (story.decision) {
    expect["next"] = story.decision.next;
    expect["target"] = story.decision.target;
  } else if (story.waits && story.waits.kind !== "result") {
    expect["waits"] = story.waits.node;
  }
  expect["path"] = events.filter((one) => one.kind === "node").map((one) => String(one.data["node"]));
  const test: Record<string, Json> = { name };
  if (call.caller) test["as"] = call.caller;
  if (call.dialled) test["dialled"] = call.dialled;
  if (call.at) test["at"] = call.at.replace("T", " ").slice(0, 16);
  if (call.answers) test["answers"] = call.answers;
  return { ...test, steps: stepsOf(call.inputs), expect };
}
