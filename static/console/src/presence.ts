// A page that shows who does what is told when that changes: it says so itself, since most pages do
// not show it. The list then asks for itself anew (HTMX hears presence-changed).
const AGAIN_MS = 40_000;

interface Socket {
  watchPresence(): void;
}

// Ask to be told, if such a list is shown; say whether it is.
export function watchPresence(socket: Socket): boolean {
  const isShown = document.querySelector("[data-presence]") !== null;
  if (isShown) socket.watchPresence();
  return isShown;
}

export function watchPresenceWhileShown(socket: Socket): void {
  document.addEventListener("htmx:afterSettle", (event) => {
    // The list's own answers are no new page.
    const part = event.target instanceof Element ? event.target : null;
    if (part?.id === "work") watchPresence(socket);
  });
  window.setInterval(() => watchPresence(socket), AGAIN_MS);
}
