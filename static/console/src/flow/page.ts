// What the server gave the page, the person's words, and small pieces of DOM. User text is only
// ever set as text, never as markup.
import { readJson } from "../texts";
import type { FlowDoc } from "./document";
import type { Schema } from "./schema";

export interface Choice { value: string; label: string; languages?: string[] }
export interface Problem { level: string; node: string; field: string; code: string; text: string }
export interface InForce { number: number; document: FlowDoc }
export interface Config {
  id: number;
  name: string;
  document: unknown;
  token: string;
  in_force: InForce | null;
  schema: Schema;
  pickers: Record<string, Choice[]>;
  audio: string;
  csrf: string;
  urls: Record<string, string>;
}
interface Texts {
  kinds: Record<string, [string, string]>;
  fields: Record<string, [string, string]>;
  values: Record<string, string>;
  ui: Record<string, string>;
}

export const config = readJson<Config>("flow-config");
const texts = readJson<Texts>("flow-texts");

function own<T>(all: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(all, name) ? all[name] : undefined;
}

export function t(name: string, ...values: (string | number)[]): string {
  let text = own(texts.ui, name) ?? name;
  for (const value of values) text = text.replace("%s", () => String(value));
  return text;
}

export const kindName = (kind: string): string => own(texts.kinds, kind)?.[0] ?? kind;
export const kindHelp = (kind: string): string => own(texts.kinds, kind)?.[1] ?? "";
export const fieldName = (name: string): string => own(texts.fields, name)?.[0] ?? name;
export const fieldHelp = (name: string): string => own(texts.fields, name)?.[1] ?? "";
export const valueName = (value: string): string => own(texts.values, value) ?? value;

export function exitLabel(name: string): string {
  const [what, which] = name.split(":");
  if (which !== undefined) return t(what ?? "", which);
  return fieldName(name);
}

type Attributes = Record<string, string | number | boolean | null>;
type Child = Node | string | null;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  dress(made, attributes);
  made.append(...children.filter((child) => child !== null));
  return made;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  dress(made, attributes);
  made.append(...children.filter((child) => child !== null));
  return made;
}

function dress(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, String(value));
  }
}

export function button(text: string, act: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = el("button", { type: "button", class: "btn btn-sm btn-outline-secondary", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}

export function at<T extends Element = HTMLElement>(testid: string): T {
  const found = document.querySelector<T>(`[data-testid="${testid}"]`);
  if (!found) throw new Error(`the page lacks ${testid}`);
  return found;
}

let toastTimer = 0;

export function toast(text: string, mood: "success" | "danger" | "info" = "info"): void {
  const line = at("toast");
  line.textContent = text;
  line.className = `alert alert-${mood} toast-line`;
  line.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => { line.hidden = true; }, mood === "danger" ? 12_000 : 4_000);
}

export interface Answer { status: number; body: Record<string, unknown> }

// status 0: nobody answered.
export async function ask(url: string, body: unknown): Promise<Answer> {
  try {
    const answer = await fetch(config.urls[url] ?? "", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": config.csrf },
      body: JSON.stringify(body),
    });
    const given: unknown = await answer.json().catch(() => ({}));
    return { status: answer.status, body: (given ?? {}) as Record<string, unknown> };
  } catch {
    return { status: 0, body: {} };
  }
}

export function sayFailed(answer: Answer): void {
  const detail = answer.body["detail"];
  if (answer.status === 403 && answer.body["code"] !== "ivr.flow_refused") toast(t("signed_out"), "danger");
  else toast(typeof detail === "string" && detail ? detail : t("failed"), "danger");
}
