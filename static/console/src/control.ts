// What may be done with a call, and what was asked for and has not come back yet. Pure.
// Contract: POST /calls/<id>/<operation>/ is taken or refused at once; that it happened, an event
// with the call's new card says.
import type { CallCard, DeskState, Party } from "./state";

export type Operation =
  | "hold" | "unhold" | "transfer" | "consult" | "swap" | "complete" | "cancel" | "conference"
  | "drop" | "leave" | "take-back" | "park" | "unpark";

export const OPERATIONS: readonly Operation[] = [
  "hold", "unhold", "transfer", "consult", "swap", "complete", "cancel", "conference", "drop",
  "leave", "take-back", "park",
];

const LIVE = ["ringing", "talking", "held"];
// How long the phone system may take before the page stops waiting for its event.
export const PENDING_MS = 12_000;

// The call that the buttons are for: one in the middle of something before a plain one.
export function controlledCall(state: DeskState): CallCard | null {
  const mine = state.calls.filter((call) => call.control && LIVE.includes(call.state));
  return mine.find((call) => call.control?.mode !== "plain") ?? mine[0] ?? null;
}

// Whom the agent talks with or may, besides the customer.
export function colleagues(call: CallCard): Party[] {
  return (call.control?.parties ?? []).filter((party) => party.kind !== "customer");
}

// What is possible now. A party who still rings can be waited for, cancelled or left to the
// customer, but not be brought together with him.
export function allowed(call: CallCard | null): ReadonlySet<Operation> {
  const control = call?.control;
  if (!call || !control || call.state === "ringing") return new Set();
  const isThere = colleagues(call).some((party) => party.state !== "ringing");
  switch (control.mode) {
    case "plain":
      return new Set<Operation>(["hold", "transfer", "consult", "park"]);
    case "held":
      return new Set<Operation>(["unhold", "transfer", "consult", "park"]);
    case "consulting":
      return new Set<Operation>(isThere ? ["swap", "complete", "cancel", "conference"] : ["cancel"]);
    case "conference":
      return new Set<Operation>(["drop", "leave"]);
    case "transferring":
      return new Set<Operation>(["take-back"]);
  }
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
