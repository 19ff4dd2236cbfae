// Scoring while playing: a script of its own, loaded by the desk only where somebody scores.
import { choiceFor, clockOf, nextItem, type Choice } from "./keys";
import { ScoreSaver, type Saved } from "./saver";

const mounted = new WeakSet<Element>();

function player(): HTMLMediaElement | null {
  const place = document.querySelector<HTMLElement>("[data-quality-player]");
  if (place instanceof HTMLMediaElement) return place;
  return place?.querySelector<HTMLMediaElement>("audio") ?? null;
}

function mountForm(form: HTMLFormElement): void {
  const saver = new ScoreSaver(form, paint);
  form.addEventListener("keydown", (event) => answerBy(event, form));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    saver.changed();
    void saver.save();
  }, true);
  const publish = document.querySelector<HTMLFormElement>("[data-quality-publish]");
  publish?.addEventListener("submit", (event) => {
    if (!saver.isWaiting) return;
    // What was not saved yet is saved first, then the number is right.
    event.preventDefault();
    event.stopImmediatePropagation();
    void saver.save().then((isSaved) => {
      if (isSaved) publish.requestSubmit();
    });
  }, true);
  window.addEventListener("beforeunload", (event) => {
    if (form.isConnected && saver.isWaiting) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", () => {
    if (form.isConnected && saver.isWaiting) void saver.save();
  });
}

// A digit or n answers the item that has the focus and goes to the next.
function answerBy(event: KeyboardEvent, form: HTMLFormElement): void {
  const item = (event.target as HTMLElement).closest<HTMLElement>("[data-item]");
  if (!item || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const inputs = [...item.querySelectorAll<HTMLInputElement>("input[type=radio]")];
  const choices: Choice[] = inputs.map((one) => ({ key: one.dataset["key"] ?? "", value: one.value }));
  const value = choiceFor(choices, event.key);
  const input = inputs.find((one) => one.value === value);
  if (!input) return;
  event.preventDefault();
  input.checked = true;
  input.focus();
  input.dispatchEvent(new Event("change", { bubbles: true }));
  const items = [...form.querySelectorAll<HTMLElement>("[data-item]")].map((one) => one.dataset["item"] ?? "");
  const next = nextItem(items, item.dataset["item"] ?? "");
  if (next === null) return;
  const place = form.querySelector<HTMLElement>(`[data-item="${CSS.escape(next)}"]`);
  (place?.querySelector<HTMLInputElement>("input:checked") ?? place?.querySelector("input"))?.focus();
}

function paint(saved: Saved): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("[data-number]")) input.value = String(saved.number);
  for (const place of document.querySelectorAll("[data-score]")) place.textContent = saved.score;
  for (const place of document.querySelectorAll("[data-open]")) place.textContent = String(saved.open);
  for (const place of document.querySelectorAll<HTMLElement>("[data-open-count]")) place.hidden = saved.open === 0;
  for (const [id, score] of Object.entries(saved.sections)) {
    const place = document.querySelector(`[data-quality-form] [data-section="${CSS.escape(id)}"] [data-section-score]`);
    if (place) place.textContent = score;
  }
  for (const item of document.querySelectorAll<HTMLElement>("[data-quality-form] [data-item]"))
    if (saved.fatal.includes(item.dataset["item"] ?? "")) item.dataset["failed"] = "1";
    else delete item.dataset["failed"];
}

// The moment of a comment is the one at which it was begun: he who writes listens on.
function mountComment(form: HTMLFormElement): void {
  const text = form.querySelector<HTMLTextAreaElement>("[name=text]");
  text?.addEventListener("input", () => {
    if (text.value.length === 1) take(form);
  });
  text?.addEventListener("focus", () => {
    if (!text.value) take(form);
  });
}

function take(form: HTMLFormElement): void {
  const seconds = player()?.currentTime ?? 0;
  const input = form.querySelector<HTMLInputElement>("[name=at_ms]");
  if (input) input.value = String(Math.round(seconds * 1000));
  const place = form.querySelector("[data-at]");
  if (place) place.textContent = clockOf(seconds);
}

document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-jump]");
  const sound = player();
  if (!button || !sound) return;
  sound.currentTime = Number(button.dataset["jump"]) / 1000;
  // Who may not play by himself (a policy of the browser) hears it by the player's own button.
  void sound.play().catch(() => undefined);
});

function mount(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("[data-quality-form]")) {
    if (mounted.has(form)) continue;
    mounted.add(form);
    mountForm(form);
  }
  for (const form of document.querySelectorAll<HTMLFormElement>("[data-comment-form]")) {
    if (mounted.has(form)) continue;
    mounted.add(form);
    mountComment(form);
  }
}

document.addEventListener("htmx:afterSettle", mount);
mount();
