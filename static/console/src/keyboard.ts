// Keyboard shortcuts: Alt with a letter, so that typing in a field is never taken for a command.
// Which key does what is declared once, in apps/console/shortcuts.py; the help dialog lists it.
export interface KeyPress {
  key: string;
  code: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  isComposing: boolean;
}

// The letter or sign of a press with Alt. A Chinese input method says "Process" and a Mac gives
// another sign with Alt: then the place of the key tells the letter.
export function letterOf(event: KeyPress): string {
  if (/^[a-z0-9/]$/i.test(event.key)) return event.key.toLowerCase();
  if (event.code === "Slash") return "/";
  return /^(?:Key|Digit)([A-Z0-9])$/.exec(event.code)?.[1]?.toLowerCase() ?? "";
}

// What a press asks for, "" for nothing. While an input method is composing it has the keyboard.
export function commandOf(event: KeyPress, shortcuts: Record<string, string>): string {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return "";
  return shortcuts[letterOf(event)] ?? "";
}

export function listenToKeys(
  shortcuts: Record<string, string>,
  isOn: () => boolean,
  press: (name: string) => void,
): void {
  document.addEventListener("keydown", (event) => {
    if (!isOn()) return;
    const name = commandOf(event, shortcuts);
    if (name === "") return;
    event.preventDefault();
    if (!event.repeat) press(name);
  });
}
