// What the board's page knows: `reduce` applies a message, pure. Rows are whole values, so twice is
// harmless; a number that is missing means that the page asks for a snapshot.
export const PARTS = ["queues", "agents", "calls", "trunks", "alarms", "link"] as const;
export type Part = (typeof PARTS)[number];
export type Share = number | null;

export interface QueueRow {
  number: string;
  name: string;
  department: number | null;
  level_s: number;
  definition: string;
  waiting: number;
  longest_since: string | null;
  expected_s: number | null;
  offered: number;
  answered: number;
  abandoned: number;
  flowed_out: number;
  is_balanced: boolean;
  level_today: Share;
  abandon_today: Share;
  level_now: Share;
  abandon_now: Share;
  offered_now: number;
  agents: Record<"ready" | "talking" | "wrap_up" | "paused" | "signed_out", number>;
}

export interface AgentRow {
  number: string;
  name: string;
  department: number | null;
  queues: string[];
  state: string;
  reason: string;
  since: string | null;
  until: string | null;
  queue: string;
  is_seen: boolean;
  call: number | null;
  phone: boolean | null;
}

export interface CallRow {
  id: number;
  state: string;
  direction: string;
  number: string;
  is_masked: boolean;
  customer: string;
  queue: string;
  talks: boolean;
  since: string | null;
  started: string;
}

export interface TrunkRow {
  name: string;
  busy: number;
  limit: number;
  is_up: boolean | null;
}

export interface AlarmRow {
  id: number;
  name: string;
  metric: string;
  queue: string;
  severity: string;
  has_sound: boolean;
  raised: string;
  value: number | null;
  worst: number | null;
  limit: number;
  acknowledged: string;
}

export interface LinkRow {
  is_up: boolean;
  node: string;
  since: string | null;
}

export interface Rows {
  queues: Record<string, QueueRow>;
  agents: Record<string, AgentRow>;
  calls: Record<string, CallRow>;
  trunks: Record<string, TrunkRow>;
  alarms: Record<string, AlarmRow>;
  link: Record<string, LinkRow>;
}

export interface Message {
  kind: string;
  seq: number;
  at: string;
  data: { epoch: string; rows: Partial<Rows>; gone?: Partial<Record<Part, string[]>> };
}

export interface Board {
  epoch: string;
  seq: number;
  rows: Rows;
  // How far this machine's clock is ahead of the server's, in ms.
  skew: number;
  heardAt: number;
  hasSnapshot: boolean;
}

const none = (): Rows => ({ queues: {}, agents: {}, calls: {}, trunks: {}, alarms: {}, link: {} });

export function empty(): Board {
  return { epoch: "", seq: 0, rows: none(), skew: 0, heardAt: 0, hasSnapshot: false };
}

// Return the board after a message, and whether something before it is missing.
export function reduce(board: Board, message: Message, now: number): { board: Board; isHole: boolean } {
  const heard = { ...board, heardAt: now, skew: now - Date.parse(message.at) };
  const { epoch, rows } = message.data;
  if (message.kind === "snapshot") {
    const whole = { ...heard, epoch, seq: message.seq, rows: { ...none(), ...rows }, hasSnapshot: true };
    return { board: whole, isHole: false };
  }
  if (!board.hasSnapshot) return { board: heard, isHole: true };
  if (epoch === board.epoch && message.seq <= board.seq) return { board: heard, isHole: false };
  if (epoch !== board.epoch || message.seq !== board.seq + 1) return { board: heard, isHole: true };
  const next = { ...board.rows } as Record<Part, Record<string, unknown>>;
  for (const part of PARTS) {
    const gone = message.data.gone?.[part];
    const changed = rows[part];
    if (!gone && !changed) continue;
    const kept = { ...next[part] };
    for (const key of gone ?? []) delete kept[key];
    next[part] = { ...kept, ...changed };
  }
  return { board: { ...heard, seq: message.seq, rows: next as unknown as Rows }, isHole: false };
}

export const STALE_MS = 5_000;

// For how long nothing was heard, when that is too long; 0 while the board is live. Rounds come each
// second; the server makes them rarer when it is slow.
export function staleFor(board: Board, now: number): number {
  const silent = now - board.heardAt;
  return board.hasSnapshot && silent < STALE_MS ? 0 : silent;
}
