// Keyboard shortcuts: Alt with a letter, so that typing in a field is never taken for a command.
// The help dialog on the page lists the same keys.
export const SHORTCUTS: Record<string, string> = {
  a: "answer",
  h: "hangup",
  m: "mute",
  o: "hold",
  r: "ready",
  p: "pause",
  i: "sign-in",
  d: "dial-input",
  w: "wrap-up-more",
};

export function listenToKeys(press: (name: string) => void): void {
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const name = SHORTCUTS[event.key.toLowerCase()];
    if (name === undefined) return;
    event.preventDefault();
    press(name);
  });
}
