// Light or dark, before the first paint: the person's choice, else the system's.
const KEY = "huawu-theme";
const chosen = localStorage.getItem(KEY);
const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
document.documentElement.dataset["bsTheme"] = chosen ?? system;

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("[data-theme-toggle]")) return;
  const next = document.documentElement.dataset["bsTheme"] === "dark" ? "light" : "dark";
  document.documentElement.dataset["bsTheme"] = next;
  localStorage.setItem(KEY, next);
});
