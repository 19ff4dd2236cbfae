// The lines of the transfer dialog: whom the server found, whom one gave calls to lately, and the
// number that was typed. Pure.
export type TargetKind = "agent" | "queue" | "extension" | "external";

export interface Target {
  kind: TargetKind;
  number: string;
  name: string;
  state?: string;
  reason?: string;
  since?: string | null;
  waiting?: number;
  longest_s?: number;
  signed_in?: number;
  idle?: number;
}

export interface Line extends Target {
  isRecent: boolean;
}

const MAX_RECENT = 5;
const LONGEST_EXTENSION = 6;
const SHORTEST_OUTSIDE = 3;

export function sameTarget(a: Target, b: Target): boolean {
  return a.kind === b.kind && a.number === b.number;
}

// The number in what was typed, "" when it is no number.
export function typedNumber(query: string): string {
  const number = query.replace(/[\s\-()（）]/g, "");
  return /^\+?[0-9*#]{2,24}$/.test(number) ? number : "";
}

// With nothing typed the recent ones come first, as they are now; a typed number can always be
// rung, inside while it is short, outside from three digits on.
export function targetLines(query: string, found: Target[], recent: Target[]): Line[] {
  if (query.trim() === "") {
    const known = recent.map((one) => ({
      ...(found.find((target) => sameTarget(target, one)) ?? one),
      isRecent: true,
    }));
    const rest = found.filter((one) => !recent.some((other) => sameTarget(other, one)));
    return [...known, ...rest.map((one) => ({ ...one, isRecent: false }))];
  }
  const lines: Line[] = found.map((one) => ({ ...one, isRecent: false }));
  const number = typedNumber(query);
  const isKnown = found.some((one) => one.number === number);
  const isInside = number.length <= LONGEST_EXTENSION && !number.startsWith("+");
  if (number && isInside && !isKnown) {
    lines.push({ kind: "extension", number, name: "", isRecent: false });
  }
  if (number.length >= SHORTEST_OUTSIDE) {
    const outside: Line = { kind: "external", number, name: "", isRecent: false };
    // A long number is meant for outside: nobody inside has it.
    if (isInside) lines.push(outside);
    else lines.unshift(outside);
  }
  return lines;
}

// Those already known that fit what is typed now, until the server has answered.
export function fitting(query: string, found: Target[]): Target[] {
  const text = query.trim().toLowerCase();
  return found.filter((one) => one.number.startsWith(text) || one.name.toLowerCase().includes(text));
}

export function withRecent(recent: Target[], used: Target): Target[] {
  const { kind, number, name } = used;
  return [{ kind, number, name }, ...recent.filter((one) => !sameTarget(one, used))].slice(0, MAX_RECENT);
}

// What was kept on this machine; anything odd is forgotten.
export function readRecent(text: string | null): Target[] {
  try {
    const kept: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(kept)) return [];
    return kept.filter(isTarget).map(({ kind, number, name }) => ({ kind, number, name })).slice(0, MAX_RECENT);
  } catch {
    return [];
  }
}

function isTarget(one: unknown): one is Target {
  if (typeof one !== "object" || one === null) return false;
  const { kind, number, name } = one as Record<string, unknown>;
  return ["agent", "queue", "extension", "external"].includes(String(kind))
    && typeof number === "string" && typeof name === "string";
}

// The line that is chosen after the list changed: the same target where it is still there.
export function keptIndex(before: Line | undefined, lines: Line[]): number {
  if (before === undefined) return lines.length ? 0 : -1;
  const at = lines.findIndex((line) => sameTarget(line, before));
  return at >= 0 ? at : lines.length ? 0 : -1;
}

export function moved(index: number, step: number, count: number): number {
  return count === 0 ? -1 : (index + step + count) % count;
}
