// Players of recordings: a script of its own, loaded by the desk where a page has [data-player].
import { Player } from "./player";

const players = new Map<HTMLElement, Player>();

function mount(): void {
  for (const [root, player] of players) {
    // What was swapped away would play on unseen.
    if (!root.isConnected) {
      player.destroy();
      players.delete(root);
    } else player.drawPoints();
  }
  for (const root of document.querySelectorAll<HTMLElement>("[data-player]")) {
    if (!players.has(root)) players.set(root, new Player(root));
  }
}

// One voice at a time.
document.addEventListener("player-started", (event) => {
  for (const [root, player] of players) if (root !== event.target) player.pause();
});
document.addEventListener("htmx:afterSettle", mount);
mount();
