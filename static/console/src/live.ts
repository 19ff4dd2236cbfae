// Lists that are drawn anew every two seconds would take a button from under the mouse that presses
// it, and with it the click: the next turn draws it.
export function keepPressed(): void {
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event as CustomEvent<{ shouldSwap: boolean; target: Element }>;
    if (detail.target.matches("#live-list:active, #colleague-list:active")) detail.shouldSwap = false;
  });
}

// Keys of the pages "Live calls" and "Live board": in a row of its list a letter presses the row's button, arrows
// change the row. The buttons' letters are on them (data-press).
export function listenToLiveKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const target = event.target instanceof Element ? event.target : null;
    const row = target?.closest<HTMLElement>("#live-list tr[data-call], #board tr[data-call]");
    if (!row) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
      if (next instanceof HTMLElement && next.dataset["call"]) {
        event.preventDefault();
        next.focus();
      }
      return;
    }
    const letter = event.key.toLowerCase();
    if (!/^[a-z]$/.test(letter)) return;
    const button = row.querySelector<HTMLButtonElement>(`[data-press="${letter}"]`);
    if (button && !button.disabled && !button.hidden) {
      event.preventDefault();
      button.click();
    }
  });
}
