// Dialling from anywhere: the dial box, numbers on pages, `tel:` links. The server decides whether the
// number may be called, and tells what this page's phone dials: a token, so that a number which the
// person may not see is never here. Without a browser phone the server has the agent's phone rung.

const BETWEEN = /[\s\-‐‑‒–—―－.·/()[\]（）]+/g;

// The number in a text as people write it, "" when it is not one. As apps/switchboard/dial_text.py.
export function dialText(text: string): string {
  let plain = text.slice(0, 80).normalize("NFKC").trim();
  const link = /^(tel|callto|sips?):(\/\/)?/i.exec(plain);
  if (link) plain = plain.slice(link[0].length).split(/[;?@]/)[0] ?? "";
  if (plain.startsWith("+")) plain = plain.replace("(0)", "");
  const found = plain.replace(BETWEEN, "");
  return /[^0-9+*#]/.test(found) || found.slice(1).includes("+") ? "" : found;
}

// A code for the phone system itself (*98 for messages); `**` is none.
export function isCode(number: string): boolean {
  return /^[*#]/.test(number);
}

export interface Wish {
  number?: string;
  reference?: string;
}

// What a clicked element wants to be dialled, null for nothing.
export function wishOf(target: Element | null): Wish | null {
  const button = target?.closest<HTMLElement>("[data-dial], [data-dial-ref]");
  if (button) {
    const { dial: number, dialRef: reference } = button.dataset;
    return { ...(number ? { number } : {}), ...(reference ? { reference } : {}) };
  }
  const link = target?.closest<HTMLAnchorElement>("a[href]")?.getAttribute("href") ?? "";
  if (!/^(tel|callto):/i.test(link)) return null;
  const number = dialText(safeDecode(link));
  return number ? { number } : null;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export interface Ways {
  send(fields: Record<string, string>): Promise<Response>;
  dial(number: string): void;
  hasPhone(): boolean;
  refused(detail: string): void;
  ringing(): void;
}

export class Dialling {
  private isAsking = false;

  constructor(private readonly ways: Ways) {}

  // One at a time: a double click is one call.
  async order(wish: Wish): Promise<void> {
    if (this.isAsking) return;
    if (!wish.reference && wish.number && isCode(wish.number) && this.ways.hasPhone()) {
      this.ways.dial(wish.number);
      return;
    }
    this.isAsking = true;
    try {
      await this.ask(wish);
    } finally {
      this.isAsking = false;
    }
  }

  private async ask(wish: Wish): Promise<void> {
    let answer: Response | null = null;
    try {
      answer = await this.ways.send(
        wish.reference ? { reference: wish.reference } : { number: wish.number ?? "" },
      );
    } catch {
      // The server is away: see below.
    }
    if (answer?.ok) {
      const { dial } = (await answer.json()) as { dial: string };
      if (dial) this.ways.dial(dial);
      else this.ways.ringing();
      return;
    }
    // Without the server the phone can still dial what is seen; the dialplan asks the same rules.
    if ((answer === null || answer.status >= 502) && wish.number && this.ways.hasPhone()) {
      this.ways.dial(wish.number);
      return;
    }
    const error = ((await answer?.json().catch(() => ({}))) ?? {}) as { detail?: string };
    this.ways.refused(error.detail ?? String(answer?.status ?? ""));
  }
}
