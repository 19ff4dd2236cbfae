// What a screen reader is told: a call's steps, once each. Not the timers, which change each second.
import { setText } from "./dom";
import type { Page } from "./parts/page";
import { shownCall, type CallCard } from "./state";
import type { Texts } from "./texts";

export function announceCall({ state, texts }: Page): void {
  setText("announce", announcement(shownCall(state), texts));
}

// One sentence for a call as it is now; the same call in the same state gives the same sentence.
export function announcement(call: CallCard | null, texts: Texts): string {
  if (call === null) return "";
  const who = call.customer?.name || call.caller.name || call.caller.number || texts.unknown;
  const others = (call.control?.parties ?? [])
    .filter((party) => party.kind !== "customer")
    .map((party) => `${party.name || party.number} ${texts.party[party.state] ?? party.state}`);
  return [`${texts.call[call.state] ?? call.state}: ${who}`, ...others].join(", ");
}
