// The board of work orders: a card is taken (dragged, or by its button) and put into a column.
// The page moves nothing itself: the server does what the move means and shows the board anew.

type Picked = { card: HTMLElement; source: string };

declare const htmx: {
  ajax(verb: string, path: string, context: Record<string, unknown>): Promise<void>;
};

let picked: Picked | null = null;
// Somebody changed an order while a card was taken: the board is shown anew when it is let go.
let isOld = false;

export function bindBoard(): void {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !picked) return;
    const button = picked.card.querySelector<HTMLElement>("[data-pick]");
    letGo();
    button?.focus();
  });
  document.addEventListener("dragstart", (event) => {
    const card = within(event.target, "[data-movable]");
    if (!card) return;
    event.dataTransfer?.setData("text/plain", card.dataset["order"] ?? "");
    // No buttons: Chromium ends a drag at once when the page moves under it.
    picked = { card, source: columnOf(card) };
  });
  document.addEventListener("dragend", letGo);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const detail = (event as CustomEvent<{ target: Element; shouldSwap: boolean }>).detail;
    if (!picked || detail.target.id !== "order-board") return;
    detail.shouldSwap = false;
    isOld = true;
  });
  document.addEventListener("dragover", (event) => {
    const column = target(event.target);
    if (!picked || !column) return;
    event.preventDefault();
    mark(column);
  });
  document.addEventListener("drop", (event) => {
    const column = target(event.target);
    if (!picked || !column) return;
    event.preventDefault();
    void put(picked, column);
  });
}

function onClick(event: MouseEvent): void {
  const button = within(event.target, "[data-pick]");
  const card = button && within(button, "[data-movable]");
  if (card) {
    const isTaken = picked?.card === card;
    letGo();
    if (isTaken) return;
    pick(card);
    board()?.querySelector<HTMLElement>("[data-move-here]:not([hidden])")?.focus();
    return;
  }
  const here = within(event.target, "[data-move-here]");
  const column = here && target(here);
  if (picked && column) void put(picked, column);
}

function columnOf(card: HTMLElement): string {
  return within(card, "[data-column]")?.dataset["column"] ?? "";
}

function pick(card: HTMLElement): void {
  const source = columnOf(card);
  picked = { card, source };
  card.classList.add("is-picked");
  card.querySelector("[data-pick]")?.setAttribute("aria-pressed", "true");
  for (const column of targets()) {
    const here = column.querySelector<HTMLElement>("[data-move-here]");
    if (here) here.hidden = column.dataset["column"] === source;
  }
}

function letGo(): void {
  if (!picked) return;
  picked.card.classList.remove("is-picked");
  picked.card.querySelector("[data-pick]")?.setAttribute("aria-pressed", "false");
  picked = null;
  mark(null);
  for (const here of document.querySelectorAll<HTMLElement>("[data-move-here]")) here.hidden = true;
  if (isOld) document.body.dispatchEvent(new Event("orders-changed"));
  isOld = false;
}

async function put(taken: Picked, column: HTMLElement): Promise<void> {
  const { card, source } = taken;
  const to = column.dataset["column"] ?? "";
  letGo();
  if (to === source) return;
  card.setAttribute("data-pending", "");
  const opinion = document.getElementById("board-opinion") as HTMLInputElement | null;
  await htmx.ajax("POST", card.dataset["move"] ?? "", {
    target: "#work",
    swap: "innerHTML",
    values: {
      source, to, opinion: opinion?.value ?? "", seen_revision: card.dataset["revision"] ?? "",
    },
  });
  const moved = board()?.querySelector<HTMLElement>(`[data-order="${card.dataset["order"]}"]`);
  moved?.querySelector<HTMLElement>("[data-pick], a")?.focus();
}

function mark(column: HTMLElement | null): void {
  for (const one of targets()) one.classList.toggle("is-over", one === column);
}

function target(from: unknown): HTMLElement | null {
  return within(from, "[data-column][data-target]");
}

function targets(): HTMLElement[] {
  return [...(board()?.querySelectorAll<HTMLElement>("[data-column][data-target]") ?? [])];
}

function board(): HTMLElement | null {
  return document.getElementById("order-board");
}

function within(from: unknown, selector: string): HTMLElement | null {
  return from instanceof Element ? from.closest<HTMLElement>(selector) : null;
}
