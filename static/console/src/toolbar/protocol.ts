// The messages between the toolbar's frame and the page around it, version 1. Pure: no DOM.
// Described for integrators in docs/integrator-guide.md, "Toolbar"; changes there are additions only.
import type { CallCard, DeskState } from "../state";
import { shownAgent } from "../state";

export const VERSION = 1;
export const COMMANDS = ["dial", "answer", "hangup", "hold", "transfer", "state"] as const;
export type CommandName = (typeof COMMANDS)[number];
export type Fields = Record<string, string | boolean>;

export interface Command {
  id: string;
  command: string;
  data: Fields;
}

export interface ToolbarEvent {
  event: "ready" | "state" | "ring" | "answer" | "hold" | "end" | "over";
  data: Record<string, unknown>;
}

export interface Reply {
  id: string;
  ok: boolean;
  error?: { code: string; message: string };
}

const MOST_CHARACTERS = 200;
const LIVE = ["ringing", "talking", "held"];

// What came in a message, or null when it is not a message of ours: other scripts of that page post
// messages too, so what is malformed is no fault and has no answer.
export function readCommand(message: unknown): Command | null {
  if (!isObject(message) || message["huawu"] !== VERSION || message["type"] !== "command") return null;
  const { id, command, data } = message;
  if (!isText(id) || id === "" || !isText(command)) return null;
  if (data !== undefined && !isObject(data)) return null;
  const fields = Object.entries(data ?? {});
  const isPlain = fields.every(([, value]) => isText(value) || typeof value === "boolean");
  return isPlain ? { id, command, data: Object.fromEntries(fields) as Fields } : null;
}

export function isKnown(command: string): command is CommandName {
  return (COMMANDS as readonly string[]).includes(command);
}

// A message of the frame, as the page around it reads it: null when it is none.
export function readFrameMessage(message: unknown): ToolbarEvent | Reply | null {
  if (!isObject(message) || message["huawu"] !== VERSION) return null;
  if (message["type"] === "event" && isText(message["event"]) && isObject(message["data"])) {
    return { event: message["event"] as ToolbarEvent["event"], data: message["data"] };
  }
  if (message["type"] === "reply" && isText(message["id"]) && typeof message["ok"] === "boolean") {
    const error = message["error"] as Reply["error"];
    return { id: message["id"], ok: message["ok"], ...(error ? { error } : {}) };
  }
  return null;
}

export function eventMessage(event: ToolbarEvent): object {
  return { huawu: VERSION, type: "event", ...event };
}

export function replyMessage(reply: Reply): object {
  return { huawu: VERSION, type: "reply", ...reply };
}

export function commandMessage(command: Command): object {
  return { huawu: VERSION, type: "command", ...command };
}

// What others are told of a call. The caller's number is as the server shows it to this person.
export function callData(call: CallCard): Record<string, unknown> {
  return {
    call: call.id,
    linkedid: call.linkedid,
    direction: call.direction,
    caller: call.caller.number,
    dialled: call.dialled,
    customer: call.customer?.id ?? null,
    queue: call.queue?.number ?? null,
  };
}

export function agentData(state: DeskState): Record<string, unknown> {
  const shown = shownAgent(state);
  return { agent: state.agent?.number ?? null, state: shown.state, reason: shown.reason };
}

// The events between two states. From the first state that is fresh come its calls too: a page that
// was loaded anew in the middle of a call knows it again.
export function eventsBetween(before: DeskState, after: DeskState): ToolbarEvent[] {
  const found: ToolbarEvent[] = [];
  if (after.agent && JSON.stringify(agentData(before)) !== JSON.stringify(agentData(after))) {
    found.push({ event: "state", data: agentData(after) });
  }
  const known = new Map(before.calls.map((call) => [call.id, call]));
  for (const call of after.calls) found.push(...callEvents(known.get(call.id), call));
  for (const call of before.calls) {
    if (after.calls.some((one) => one.id === call.id) || !LIVE.includes(call.state)) continue;
    const ended = after.lastEnded?.id === call.id ? after.lastEnded : call;
    const data = { ...callData(ended), outcome: ended.outcome, talk_ms: ended.talk_ms };
    found.push({ event: "end", data });
  }
  return found;
}

function callEvents(before: CallCard | undefined, call: CallCard): ToolbarEvent[] {
  const was = before?.state ?? "";
  if (was === call.state) return [];
  const data = callData(call);
  const wasTalked = was === "talking" || was === "held";
  if (call.state === "ringing") return [{ event: "ring", data }];
  if (call.state === "talking" && !wasTalked) return [{ event: "answer", data }];
  if (call.state === "talking") return [{ event: "hold", data: { ...data, held: false } }];
  if (call.state !== "held") return [];
  const held: ToolbarEvent = { event: "hold", data: { ...data, held: true } };
  return wasTalked ? [held] : [{ event: "answer", data }, held];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= MOST_CHARACTERS;
}
