// Texts of the person's language, rendered by the server into #desk-texts.
export interface Texts {
  agent: Record<string, string>;
  phone: Record<string, string>;
  connection: Record<string, string>;
  call: Record<string, string>;
  reason: Record<string, string>;
  then: string;
  // Why a call may be declined, and how it is told to who gave it.
  decline: Record<string, string>;
  declined: string;
  unknown: string;
  mute: string;
  unmute: string;
  hold: string;
  unhold: string;
  recording_pause: string;
  recording_resume: string;
  incoming: string;
  task_due: string;
  inspection_news: string;
  failed: string;
  microphone: string;
  party: Record<string, string>;
  drop: string;
  wrap_up: Record<string, string>;
  no_answer: string;
  target: Record<string, string>;
  sound: Record<string, string>;
  // What the browser says of notifications: granted, denied, default, unsupported.
  notices: Record<string, string>;
  leave: string;
  rings_you: string;
  not_a_number: string;
}

export interface DeskConfig {
  csrf: string;
  user: number;
  shortcuts: Record<string, string>;
  sip: null | {
    ws_url: string;
    uri: string;
    authorization_user: string;
    ha1: string;
    realm: string;
  };
}

export function readJson<T>(id: string): T {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null") as T;
}
