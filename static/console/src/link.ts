// When a socket is believed, doubted and given up. Pure: no DOM, no network, no clock.

export const PING_MS = 5_000;
// An unanswered question makes the page stale, then a new socket is tried.
export const DOUBT_MS = 3_000;
export const DEAD_MS = 6_000;
// After sleep, or when the person looks at the page again, nobody wants to wait so long.
export const PROBE_MS = 1_500;
export const CONNECT_MS = 4_000;
// A clock that jumped so far stood still: the lid was closed, or the browser froze the page.
export const JUMP_MS = 4_000;
// A server that is away is asked often: its first second is what counts. One that answers and
// then closes has trouble of its own and is left alone for longer.
const FIRST_MS = 150;
const LONGEST_REFUSED_MS = 600;
const LONGEST_CLOSED_MS = 5_000;

export type Verdict = "wait" | "ping" | "doubt" | "renew";

export interface Link {
  isOpen: boolean;
  // When the connecting began, something was heard last, and a question has been open since (0: none).
  since: number;
  heardAt: number;
  askedAt: number;
  // How long an answer may take; shorter after a sleep.
  patience: number;
}

export function verdict(link: Link, now: number): Verdict {
  if (!link.isOpen) return now - link.since > CONNECT_MS ? "renew" : "wait";
  if (link.askedAt === 0) return now - link.heardAt >= PING_MS ? "ping" : "wait";
  const open = now - link.askedAt;
  if (open >= Math.min(DEAD_MS, 2 * link.patience)) return "renew";
  return open >= link.patience ? "doubt" : "wait";
}

// Milliseconds until the next try after so many that failed; `random` is in [0, 1).
export function nextWait(failures: number, wasOpened: boolean, random: number): number {
  const longest = wasOpened ? LONGEST_CLOSED_MS : LONGEST_REFUSED_MS;
  return Math.min(longest, FIRST_MS * 1.6 ** failures) * (0.7 + random * 0.6);
}

export function hasSlept(lastTick: number, now: number): boolean {
  return now - lastTick > JUMP_MS;
}
