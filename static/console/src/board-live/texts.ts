// What the server says of the page: texts in the person's language, addresses, and what he may do.
export interface BoardTexts {
  state: Record<string, string>;
  call: Record<string, string>;
  reason: Record<string, string>;
  metric: Record<string, string>;
  mode: Record<string, string>;
  phone: Record<"yes" | "no" | "unknown", string>;
  trunk: Record<"yes" | "no" | "unknown", string>;
  link: Record<"up" | "down", string>;
  empty: Record<string, string>;
  ask: Record<"hang_up" | "take_over" | "sign_out" | "number", string>;
  live: string;
  stale: string;
  signed_out: string;
  full: string;
  revoked: string;
  none: string;
  seconds: string;
  unbalanced: string;
  acknowledge: string;
  acknowledged: string;
  threshold: string;
  sound_on: string;
  sound_off: string;
  ready: string;
  busy: string;
  sign_out: string;
  take_over: string;
  hang_up: string;
  stop: string;
  show_number: string;
  failed: string;
  waiting: string;
  longest: string;
  expected: string;
  level_now: string;
  level_today: string;
  abandoned: string;
  agents_ready: string;
  agents_talking: string;
  agents_wrap_up: string;
  agents_paused: string;
}

export interface BoardConfig {
  texts: BoardTexts;
  me: string;
  modes: { mode: string; key: string }[];
  may_take_over: boolean;
  may_hang_up: boolean;
  may_force: boolean;
  may_reveal: boolean;
  may_acknowledge: boolean;
  urls: Record<
    | "listen"
    | "stop"
    | "take_over"
    | "hang_up"
    | "number"
    | "call"
    | "state"
    | "sign_out"
    | "day"
    | "visits"
    | "acknowledge",
    string
  >;
}

export function percent(share: number | null, none: string): string {
  return share === null ? none : `${(100 * share).toFixed(1)}%`;
}

export function known(value: boolean | null): "yes" | "no" | "unknown" {
  return value === null ? "unknown" : value ? "yes" : "no";
}

// A call's key or an agent's number in the place that the server left for it.
export function address(url: string, key: number | string): string {
  const place = typeof key === "number" ? "/0/" : "/00/";
  return url.replace(place, `/${encodeURIComponent(key)}/`);
}
