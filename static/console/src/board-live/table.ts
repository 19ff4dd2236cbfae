// Tables whose rows stay the same elements while their values change, so that neither the focus nor a
// button under the mouse is lost. Cells with `data-since` count by themselves.
import { clock, made } from "../dom";

export type Cell = string | { since: string | null };
declare const htmx: { process(element: Element): void } | undefined;

export function setCell(cell: HTMLElement, value: Cell): void {
  if (typeof value === "string") {
    delete cell.dataset["since"];
    if (cell.textContent !== value) cell.textContent = value;
    return;
  }
  cell.classList.add("timer");
  if (value.since) cell.dataset["since"] = value.since;
  else {
    delete cell.dataset["since"];
    cell.textContent = "";
  }
}

// Write every counting cell; `now` is the server's time.
export function count(root: ParentNode, now: number): void {
  for (const cell of root.querySelectorAll<HTMLElement>("[data-since]")) {
    const text = clock(now - Date.parse(cell.dataset["since"] ?? ""));
    if (cell.textContent !== text) cell.textContent = text;
  }
}

// Bring the children of a list in line with keys in their order; `make` builds a new one, `fill`
// writes its values.
export function sync<R>(
  list: Element,
  rows: [string, R][],
  make: (key: string, row: R) => HTMLElement,
  fill: (element: HTMLElement, row: R) => void,
): void {
  const old = new Map<string, HTMLElement>();
  for (const child of [...list.children] as HTMLElement[]) {
    const key = child.dataset["key"];
    if (key === undefined) child.remove();
    else old.set(key, child);
  }
  const focused = document.activeElement;
  let place: Element | null = list.firstElementChild;
  for (const [key, row] of rows) {
    let element = old.get(key);
    const isNew = element === undefined;
    if (element === undefined) {
      element = make(key, row);
      element.dataset["key"] = key;
    }
    old.delete(key);
    fill(element, row);
    if (place === element) place = place.nextElementSibling;
    else list.insertBefore(element, place);
    if (isNew && typeof htmx !== "undefined") htmx.process(element);
  }
  for (const gone of old.values()) gone.remove();
  // Moving an element takes its focus.
  if (focused instanceof HTMLElement && focused.isConnected && list.contains(focused)) focused.focus();
}

export function sayEmpty(list: HTMLElement, columns: number, text: string): void {
  if (list.childElementCount > 0) return;
  const row = made("tr");
  const cell = made("td", "text-body-secondary", text);
  cell.colSpan = columns;
  row.append(cell);
  list.append(row);
}
