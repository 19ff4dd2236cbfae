// What an agent has written after his calls and not saved yet, by call. Pure.
export interface Draft {
  id: number;
  label: string;
  disposition: number | null;
  // The note as it is in the field, and as it was when the agent began.
  note: string;
  noteSeen: string;
  isFollowUp: boolean;
  // As `datetime-local` has it, in the browser's zone.
  due: string;
  followUp: string;
  // Whether he has written or chosen anything.
  isTouched: boolean;
}

export interface Choice {
  id: number;
  path: string;
}

const MAX_DRAFTS = 20;

export function emptyDraft(id: number, label: string): Draft {
  return { id, label, disposition: null, note: "", noteSeen: "", isFollowUp: false, due: "", followUp: "", isTouched: false };
}

// Begin with a call: what is written for others stays, others without a word go.
export function withCall(drafts: Draft[], id: number, label: string): Draft[] {
  if (drafts.some((one) => one.id === id)) return drafts;
  const written = drafts.filter((one) => one.isTouched);
  return [...written.slice(-(MAX_DRAFTS - 1)), emptyDraft(id, label)];
}

export function withDraft(drafts: Draft[], changed: Draft): Draft[] {
  return drafts.map((one) => (one.id === changed.id ? changed : one));
}

export function without(drafts: Draft[], id: number): Draft[] {
  return drafts.filter((one) => one.id !== id);
}

// The drafts in a text that the browser kept; anything odd in it is left out.
export function readDrafts(text: string | null): Draft[] {
  let found: unknown;
  try {
    found = JSON.parse(text ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(found)) return [];
  return found
    .filter((one): one is Draft => typeof one === "object" && one !== null && Number.isInteger((one as Draft).id))
    .map((one) => ({ ...emptyDraft(one.id, ""), ...one }));
}

// The choices that have every word of what was typed, in their order.
export function matching(choices: Choice[], query: string): Choice[] {
  const words = query.toLowerCase().split(/[\s/]+/).filter(Boolean);
  return choices.filter((one) => words.every((word) => one.path.toLowerCase().includes(word)));
}

// A time for "call back": in an hour, tomorrow or next Monday at ten, as `datetime-local` has it.
export function presetTime(preset: string, now: Date): string {
  const at = new Date(now);
  if (preset === "hour") at.setHours(at.getHours() + 1);
  else {
    const days = preset === "monday" ? ((8 - at.getDay()) % 7 || 7) : 1;
    at.setDate(at.getDate() + days);
    at.setHours(10, 0);
  }
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
