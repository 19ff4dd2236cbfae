// Figures of real calls on the graph: how often a step was entered, and where callers hung up.
import type { Canvas } from "./canvas";
import { at, config, t, toast } from "./page";

interface Figure {
  entered: number; timeouts: number; invalid: number; hung_up: number; mean_ms: number; keys: Record<string, number>;
}

export class Figures {
  private readonly choice = at<HTMLSelectElement>("figures");
  private asked = 0;

  constructor(private readonly canvas: Canvas) {
    this.choice.addEventListener("change", () => void this.load());
  }

  private async load(): Promise<void> {
    const mine = ++this.asked;
    const figures = this.choice.value ? await this.ask() : {};
    // A later choice has been made meanwhile.
    if (mine !== this.asked) return;
    this.canvas.badges.clear();
    this.canvas.figures.clear();
    for (const [id, figure] of Object.entries(figures)) {
      this.canvas.badges.set(id, `${figure.entered}${figure.hung_up ? ` ✕${figure.hung_up}` : ""}`);
      const keys = Object.entries(figure.keys).map(([key, count]) => `${key}×${count}`).join(" ") || "–";
      const mean = (figure.mean_ms / 1000).toFixed(1);
      this.canvas.figures.set(id, t("figure_told", figure.entered, keys, figure.timeouts, figure.invalid, figure.hung_up, mean));
    }
    this.canvas.draw();
  }

  private async ask(): Promise<Record<string, Figure>> {
    try {
      const answer = await fetch(`${config.urls["figures"] ?? ""}?days=${this.choice.value}`);
      if (answer.ok) return ((await answer.json()) as { nodes: Record<string, Figure> }).nodes;
    } catch {
      // Told below, as any other failure is.
    }
    this.choice.value = "";
    toast(t("failed"), "danger");
    return {};
  }
}
