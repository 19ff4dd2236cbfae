// Small things that every part of the page does with its elements. Elements are the server's
// templates, found by `data-testid`; scripts change only text, visibility and enabling.
export function find<T extends HTMLElement = HTMLElement>(name: string): T {
  const found = document.querySelector<T>(`[data-testid="${name}"]`);
  if (found === null) throw new Error(`no element ${name}`);
  return found;
}

export function setText(name: string, text: string): void {
  const element = find(name);
  if (element.textContent !== text) element.textContent = text;
}

export function show(name: string, isShown: boolean): void {
  find(name).hidden = !isShown;
}

export function enable(name: string, isEnabled: boolean): void {
  find<HTMLButtonElement>(name).disabled = !isEnabled;
}

export function mark(name: string, mood: "good" | "bad"): void {
  find(name).dataset["mood"] = mood;
}

// Make an element with a class and a text.
export function made<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  text = "",
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

const TOAST_MS = 8000;
let toastTimer: number | undefined;

// Say something for a while; what comes after it gets its whole time.
export function toast(text: string): void {
  const box = find("toast");
  box.textContent = text;
  box.hidden = false;
  window.clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => {
    box.hidden = true;
  }, TOAST_MS);
}
