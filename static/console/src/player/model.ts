// What the player knows without a page: points on the time line, speeds, keys and times. Pure.
export type PointKind = "key" | "hold" | "transfer" | "mark" | "comment";

// A moment (or, with `end_ms`, a stretch) that one can jump to. `id` is the giver's own.
export interface Point {
  at_ms: number;
  end_ms?: number | null;
  kind: PointKind;
  text: string;
  id?: number | string;
}

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
export const STEP_S = 5;
const KINDS: readonly string[] = ["key", "hold", "transfer", "mark", "comment"];

// Read points from JSON; what is none is left out. In the order of time.
export function pointsOf(json: string): Point[] {
  let found: unknown;
  try {
    found = JSON.parse(json || "[]");
  } catch {
    return [];
  }
  return Array.isArray(found) ? sorted(found.filter(isPoint)) : [];
}

export function sorted(points: Point[]): Point[] {
  return [...points].sort((one, other) => one.at_ms - other.at_ms);
}

function isPoint(value: unknown): value is Point {
  if (typeof value !== "object" || value === null) return false;
  const { at_ms, kind, text } = value as Record<string, unknown>;
  return typeof at_ms === "number" && at_ms >= 0 && typeof text === "string" &&
    KINDS.includes(kind as string);
}

// The next faster (1) or slower (-1) speed; the last one stays.
export function nextSpeed(now: number, way: 1 | -1): number {
  const others = way > 0 ? SPEEDS.filter((one) => one > now) : SPEEDS.filter((one) => one < now).reverse();
  return others[0] ?? now;
}

// A speed that was kept; anything else is the ordinary one.
export function speedOf(text: string | null): number {
  const found = Number(text);
  return SPEEDS.includes(found) ? found : 1;
}

export type Wish = { do: "toggle" } | { do: "move"; by_s: number } | { do: "speed"; way: 1 | -1 } | { do: "mark" };

export interface Press {
  key: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  isComposing: boolean;
}

// What a key asks of the player, null for nothing. `on` is the tag that has the focus: who types
// or chooses there is left alone, and a button is pressed by Space itself.
export function wishOf(press: Press, on: string): Wish | null {
  if (press.altKey || press.ctrlKey || press.metaKey || press.isComposing) return null;
  if (on === "text" || on === "select") return null;
  switch (press.key) {
    case " ":
      return on === "button" ? null : { do: "toggle" };
    case "ArrowLeft":
      return { do: "move", by_s: press.shiftKey ? -STEP_S * 6 : -STEP_S };
    case "ArrowRight":
      return { do: "move", by_s: press.shiftKey ? STEP_S * 6 : STEP_S };
    case "[":
      return { do: "speed", way: -1 };
    case "]":
      return { do: "speed", way: 1 };
    case "m":
    case "M":
      return { do: "mark" };
    default:
      return null;
  }
}

// 75.4 s as 1:15, an hour as 1:00:00.
export function clockOf(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${Math.floor(whole / 60) % 60}`;
  return hours ? `${hours}:${two(Number(rest))}:${two(whole % 60)}` : `${rest}:${two(whole % 60)}`;
}

export interface Wave {
  duration_ms: number;
  // Base64 of one byte a piece, 0 to 255.
  agent: string;
  other: string;
}

// Both sides' outlines as wavesurfer wants them: 0 to 1. null when there is nothing to draw.
export function peaksOf(wave: Wave): [Float32Array, Float32Array] | null {
  const [agent, other] = [side(wave.agent), side(wave.other)];
  return agent.length && agent.length === other.length ? [agent, other] : null;
}

function side(text: string): Float32Array {
  return Float32Array.from(atob(text), (letter) => letter.charCodeAt(0) / 255);
}
