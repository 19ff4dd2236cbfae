// The pages' menu on a small screen: a button opens it, a choice or Escape closes it.
import { find } from "./dom";

export function bindMenu(): void {
  const button = find("nav-menu");
  const nav = find("nav");
  const open = (isOpen: boolean) => {
    nav.classList.toggle("is-open", isOpen);
    document.body.classList.toggle("is-menu-open", isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
  };
  button.addEventListener("click", () => open(!nav.classList.contains("is-open")));
  nav.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("a, button")) open(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !nav.classList.contains("is-open")) return;
    open(false);
    button.focus();
  });
  document.addEventListener("htmx:pushedIntoHistory", () => markPage(nav));
  window.addEventListener("popstate", () => markPage(nav));
  markPage(nav);
}

// Which page is open, for eyes and screen readers.
function markPage(nav: HTMLElement): void {
  for (const link of nav.querySelectorAll<HTMLAnchorElement>("a[href]")) {
    const path = link.pathname;
    const isHere = path === "/" ? location.pathname === "/" : location.pathname.startsWith(path);
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}
