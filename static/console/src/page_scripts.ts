// Scripts that only some pages need: loaded once, when the first such page is shown. They listen
// themselves to what is swapped in later.
const loaded = new Set<string>();

function load(): void {
  for (const part of document.querySelectorAll<HTMLElement>("[data-page-script]")) {
    const src = part.dataset["pageScript"] ?? "";
    if (!src || loaded.has(src)) continue;
    loaded.add(src);
    const script = document.createElement("script");
    script.src = src;
    document.head.append(script);
  }
}

export function bindPageScripts(): void {
  document.addEventListener("htmx:afterSettle", load);
  load();
}
