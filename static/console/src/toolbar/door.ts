// Who is let through: messages of the page around the frame, from the site of the frame's token only.
import { isKnown, readCommand, replyMessage, type Command, type CommandName, type Fields, type Reply } from "./protocol";

export interface Heard {
  origin: string;
  source: unknown;
  data: unknown;
}

export type Handlers = Record<CommandName, (fields: Fields) => Promise<void> | void>;

// What a command is refused with; the code is for programs, the message for people.
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message = "",
  ) {
    super(message);
  }
}

export class Door {
  constructor(
    private readonly origin: string,
    private readonly around: unknown,
    private readonly handlers: Handlers,
    private readonly answer: (message: object) => void,
  ) {}

  // Take one message; each command is answered once, with its id. Others are not heard at all.
  async hear(heard: Heard): Promise<void> {
    if (heard.source !== this.around || heard.origin !== this.origin) return;
    const command = readCommand(heard.data);
    if (command !== null) this.answer(replyMessage(await this.done(command)));
  }

  private async done({ id, command, data }: Command): Promise<Reply> {
    if (!isKnown(command)) {
      return { id, ok: false, error: { code: "unknown_command", message: command } };
    }
    try {
      await this.handlers[command](data);
      return { id, ok: true };
    } catch (error) {
      const code = error instanceof Refusal ? error.code : "failed";
      return { id, ok: false, error: { code, message: (error as Error).message } };
    }
  }
}
