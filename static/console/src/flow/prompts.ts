// The ordered list of prompts of a step: add, order, hear, take away.
import type { Field } from "./controls";
import { button, config, el, t, type Choice } from "./page";

export function promptPicker(field: Field, inputId: string): HTMLElement {
  const names = Array.isArray(field.value) ? field.value.map(String) : [];
  const known = config.pickers["prompts"] ?? [];
  const language = field.store.doc.language ?? "zh";
  const save = (next: string[]): void => field.set(next.length ? next : undefined);
  const rows = el("ol", { class: "flow-prompts" });
  names.forEach((name, place) => {
    const prompt = known.find((one) => one.value === name);
    const swap = (by: number): void => {
      const next = [...names];
      [next[place], next[place + by]] = [next[place + by] ?? "", name];
      save(next);
    };
    rows.append(el("li", {},
      el("span", { class: "flow-prompt" }, el("strong", {}, name), el("br"), el("small", {}, says(prompt))),
      el("span", { class: "text-nowrap" },
        listenButton(name, language),
        button("↑", () => swap(-1), { "aria-label": `${t("up")} ${name}`, disabled: place === 0, "data-focus": `prompt up ${place}` }),
        button("↓", () => swap(1), { "aria-label": `${t("down")} ${name}`, disabled: place === names.length - 1, "data-focus": `prompt down ${place}` }),
        button("✕", () => save(names.filter((_, other) => other !== place)), { "aria-label": `${t("remove")} ${name}`, "data-focus": `prompt drop ${place}` }))));
  });
  const add = el("select", { class: "form-select form-select-sm", id: inputId, "data-path": field.path.join(".") },
    el("option", { value: "" }, t("add_prompt")),
    ...known.map((one) => el("option", { value: one.value }, `${one.value} – ${says(one)}`.slice(0, 90))));
  add.addEventListener("change", () => {
    if (add.value) save([...names, add.value]);
  });
  return el("div", {}, names.length ? rows : el("p", { class: "text-body-secondary small mb-1" }, t("no_prompts")), add);
}

function says(prompt: Choice | undefined): string {
  if (!prompt) return t("unknown_value", "");
  const missing = ["zh", "en"].filter((code) => !prompt.languages?.includes(code));
  const lack = missing.length ? ` (${t("missing_sound", missing.join(", "))})` : "";
  return prompt.label + lack;
}

let playing: HTMLAudioElement | null = null;

export function play(name: string, language: string): void {
  playing?.pause();
  playing = new Audio(audioUrl(name, language));
  // A tone or a prompt without sound: nothing is heard, as in the call.
  playing.play().catch(() => undefined);
}

export function audioUrl(name: string, language: string): string {
  return config.audio.replace("LANGUAGE", encodeURIComponent(language)).replace("NAME", encodeURIComponent(name));
}

export function listenButton(name: string, language: string): HTMLButtonElement {
  return button("♪", () => play(name, language), { "aria-label": `${t("listen")} ${name}`, title: t("listen"), "data-focus": `listen ${name}` });
}
