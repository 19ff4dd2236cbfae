// What a supervisor does from the board: the same commands as on the page of live calls. The board
// changes when the server says so.
import { toast } from "../dom";
import { address, type BoardConfig } from "./texts";

export class Actions {
  // Full numbers that the person asked for, while their calls last.
  readonly revealed = new Map<number, string>();

  constructor(
    private readonly config: BoardConfig,
    private readonly csrf: string,
    private readonly changed: () => void,
  ) {}

  listen(call: number, mode: string): void {
    void this.post(address(this.config.urls.listen, call), { mode });
  }

  stop(): void {
    void this.post(this.config.urls.stop, {});
  }

  takeOver(call: number): void {
    if (!window.confirm(this.config.texts.ask.take_over)) return;
    void this.post(address(this.config.urls.take_over, call), {});
  }

  hangUp(call: number): void {
    const reason = window.prompt(this.config.texts.ask.hang_up);
    if (reason !== null) void this.post(address(this.config.urls.hang_up, call), { reason });
  }

  state(agent: string, state: string): void {
    const reason = document.querySelector<HTMLSelectElement>("#board-reason")?.value ?? "";
    void this.post(address(this.config.urls.state, agent), { state, reason });
  }

  signOut(agent: string): void {
    const reason = window.prompt(this.config.texts.ask.sign_out);
    if (reason !== null) void this.post(address(this.config.urls.sign_out, agent), { reason });
  }

  acknowledge(alarm: number): void {
    void this.post(address(this.config.urls.acknowledge, alarm), {});
  }

  async reveal(call: number): Promise<void> {
    const reason = window.prompt(this.config.texts.ask.number);
    if (reason === null) return;
    const answer = await this.post(address(this.config.urls.number, call), { reason });
    if (answer === null) return;
    this.revealed.set(call, answer);
    this.changed();
  }

  // Give what was answered, null when it was refused (and told).
  private async post(url: string, fields: Record<string, string>): Promise<string | null> {
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "X-CSRFToken": this.csrf },
        body: new URLSearchParams(fields),
      });
      const text = await answer.text();
      if (answer.ok) return text;
      toast(`${this.config.texts.failed} ${detail(text) || String(answer.status)}`);
    } catch {
      toast(this.config.texts.failed);
    }
    return null;
  }
}

function detail(text: string): string {
  try {
    return String((JSON.parse(text) as { detail?: unknown }).detail ?? "");
  } catch {
    return "";
  }
}
