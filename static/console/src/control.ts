// What may be done with a call, and what was asked for and has not come back yet. Pure.
// Contract: POST /calls/<id>/<operation>/ is taken or refused at once; that it happened, an event
// with the call's new card says.
import { isSent, type CallCard, type DeskState, type Party } from "./state";

export type Operation =
  | "hold" | "unhold" | "transfer" | "consult" | "swap" | "complete" | "cancel" | "conference"
  | "drop" | "leave" | "take-back" | "park" | "unpark";

export const OPERATIONS: readonly Operation[] = [
  "hold", "unhold", "transfer", "consult", "swap", "complete", "cancel", "conference", "drop",
  "leave", "take-back", "park", "unpark",
];

const LIVE = ["ringing", "talking", "held"];
// How long the phone system may take before the page stops waiting for its event.
export const PENDING_MS = 12_000;

// The call that the buttons are for: one in the middle of something before a plain one. What was
// sent on has buttons of its own.
export function controlledCall(state: DeskState): CallCard | null {
  const mine = state.calls.filter((call) => call.control && LIVE.includes(call.state) && !isSent(call));
  return mine.find((call) => call.control?.mode !== "plain") ?? mine[0] ?? null;
}

// The calls that were given away or parked and can be had back, oldest first.
export function sentCalls(state: DeskState): CallCard[] {
  return state.calls.filter(isSent).sort((a, b) => a.id - b.id);
}

// What is possible now: the server says it with the card.
export function allowed(call: CallCard | null): ReadonlySet<Operation> {
  return new Set((call?.control?.operations ?? []) as Operation[]);
}

// Whether one may be put out of a conference: never the customer, the call is his.
export function canDrop(call: CallCard | null, party: Party): boolean {
  return party.kind !== "customer" && allowed(call).has("drop");
}

export interface Pending {
  operation: string;
  call: number;
  // What the call was when it was asked for.
  before: string;
  at: number;
}

function looks(call: CallCard | undefined): string {
  return call ? JSON.stringify([call.state, call.control ?? null]) : "gone";
}

export function asked(state: DeskState, call: number, operation: string, now: number): Pending {
  return { operation, call, before: looks(state.calls.find((one) => one.id === call)), at: now };
}

// Whether the event that the operation was waiting for has come: the call is no longer as it was.
export function isAnswered(pending: Pending, state: DeskState): boolean {
  return looks(state.calls.find((one) => one.id === pending.call)) !== pending.before;
}

export function isLate(pending: Pending, now: number): boolean {
  return now - pending.at > PENDING_MS;
}
