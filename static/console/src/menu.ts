// The pages' menu: sections that open and close, the keyboard in it, and on a small screen a button
// that opens the whole of it. What a person closed stays closed on this machine; the section of the
// page that is open never is.
import { find } from "./dom";

const SMALL = "(max-width: 900px)";

// `keptAs` is the name under which the browser keeps what is closed.
export function bindMenu(keptAs: string): void {
  const button = find("nav-menu");
  const nav = find("nav");
  const kept = new ClosedSections(keptAs);
  const open = (isOpen: boolean) => {
    if (isOpen) arrange(nav, kept);
    nav.classList.toggle("is-open", isOpen);
    document.body.classList.toggle("is-menu-open", isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
  };
  button.addEventListener("click", () => open(!nav.classList.contains("is-open")));
  nav.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const heading = event.target.closest("summary");
    // Before the browser opens or closes it. Only a person's click counts, not what we open.
    if (heading) kept.turned(sectionOf(heading), !isSmall());
    else if (event.target.closest("a, button")) open(false);
  });
  nav.addEventListener("keydown", (event) => walk(nav, event));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !nav.classList.contains("is-open")) return;
    open(false);
    button.focus();
  });
  const here = () => {
    markPage(nav);
    arrange(nav, kept);
  };
  document.addEventListener("htmx:pushedIntoHistory", here);
  window.addEventListener("popstate", here);
  window.matchMedia(SMALL).addEventListener("change", here);
  here();
}

// Put the keyboard on the page that is open, or on the first one.
export function focusMenu(): void {
  const button = find("nav-menu");
  if (button.offsetParent !== null && button.getAttribute("aria-expanded") !== "true") button.click();
  const nav = find("nav");
  (nav.querySelector<HTMLElement>("a[aria-current]") ?? nav.querySelector<HTMLElement>("summary"))?.focus();
}

// The one of these addresses whose page is at `path`: the longest that it begins with.
export function pageAt(path: string, addresses: string[]): string {
  const fitting = addresses.filter((one) => (one === "/" ? path === "/" : path.startsWith(one)));
  return fitting.reduce((best, one) => (one.length > best.length ? one : best), "");
}

// The names that were kept; what is odd is nothing.
export function readClosed(text: string | null): string[] {
  try {
    const parsed: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(parsed) ? parsed.filter((one): one is string => typeof one === "string") : [];
  } catch {
    return [];
  }
}

class ClosedSections {
  private names: Set<string>;

  constructor(private readonly key: string) {
    this.names = new Set(readClosed(localStorage.getItem(key)));
  }

  has(name: string): boolean {
    return this.names.has(name);
  }

  // He opens or closes it; on a small screen, where all begin closed, that is not kept.
  turned(section: HTMLDetailsElement, isKept: boolean): void {
    if (!isKept) return;
    const name = section.dataset["section"] ?? "";
    if (section.open) this.names.add(name);
    else this.names.delete(name);
    localStorage.setItem(this.key, JSON.stringify([...this.names]));
  }
}

function isSmall(): boolean {
  return window.matchMedia(SMALL).matches;
}

function sectionOf(part: Element): HTMLDetailsElement {
  return part.closest("details") as HTMLDetailsElement;
}

// Open the section of the page; of the others what the person left open, on a small screen none.
function arrange(nav: HTMLElement, kept: ClosedSections): void {
  for (const section of nav.querySelectorAll("details")) {
    const isHere = section.querySelector("a[aria-current]") !== null;
    section.open = isHere || (!isSmall() && !kept.has(section.dataset["section"] ?? ""));
  }
}

// Which page is open, for eyes and screen readers.
function markPage(nav: HTMLElement): void {
  const links = [...nav.querySelectorAll<HTMLAnchorElement>("a[hx-get]")];
  const here = pageAt(location.pathname, links.map((link) => link.pathname));
  for (const link of links) {
    if (link.pathname === here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

// Arrows walk through headings and links; right opens a section, left closes it or goes to its heading.
function walk(nav: HTMLElement, event: KeyboardEvent): void {
  const at = document.activeElement;
  if (!(at instanceof HTMLElement) || event.altKey || event.ctrlKey || event.metaKey) return;
  const stops = [...nav.querySelectorAll<HTMLElement>("summary, details[open] a, .side > button, form button")];
  const place = stops.indexOf(at);
  if (place < 0) return;
  const section = at.closest("details");
  const heading = section?.querySelector("summary");
  if (event.key === "ArrowDown") stops[place + 1]?.focus();
  else if (event.key === "ArrowUp") stops[place - 1]?.focus();
  else if (event.key === "Home") stops[0]?.focus();
  else if (event.key === "End") stops[stops.length - 1]?.focus();
  else if (event.key === "ArrowRight" && heading === at) {
    if (!section?.open) at.click();
  } else if (event.key === "ArrowLeft" && heading) {
    if (heading === at && section?.open) at.click();
    heading.focus();
  } else return;
  event.preventDefault();
}
