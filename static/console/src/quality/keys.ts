// Which answer a key gives, and where the focus goes then. Pure.
export interface Choice {
  key: string;
  value: string;
}

export function choiceFor(choices: Choice[], key: string): string | null {
  return choices.find((one) => one.key === key.toLowerCase())?.value ?? null;
}

export function nextItem(items: string[], current: string): string | null {
  const at = items.indexOf(current);
  return at >= 0 && at + 1 < items.length ? (items[at + 1] ?? null) : null;
}

export function clockOf(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
