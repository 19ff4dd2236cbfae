// Light, dark, or as the system is: set before the first paint, kept on this machine.
const KEY = "huawu-theme";
const CHOICES = ["auto", "light", "dark"];
const system = matchMedia("(prefers-color-scheme: dark)");

function chosen(): string {
  const kept = localStorage.getItem(KEY) ?? "auto";
  return CHOICES.includes(kept) ? kept : "auto";
}

function apply(): void {
  const choice = chosen();
  document.documentElement.dataset["bsTheme"] = choice !== "auto" ? choice : system.matches ? "dark" : "light";
  for (const button of document.querySelectorAll<HTMLElement>("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset["themeChoice"] === choice));
  }
}

system.addEventListener("change", apply);
document.addEventListener("DOMContentLoaded", apply);
// Pages are swapped in: their buttons come later than the choice.
document.addEventListener("htmx:afterSettle", apply);
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-theme-choice]") : null;
  if (!button) return;
  localStorage.setItem(KEY, button.dataset["themeChoice"] ?? "auto");
  apply();
});
apply();
