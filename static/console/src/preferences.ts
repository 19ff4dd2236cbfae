// What a person chose on this machine: devices differ from machine to machine, so it is kept here
// and not on the server; by user, because several share a machine.
export const TONES = ["classic", "soft", "bell", "low"] as const;
export type Tone = (typeof TONES)[number];

export interface Preferences {
  tone: Tone;
  // 0 to 100.
  volume: number;
  // Device ids of the browser, "" for the system's choice.
  ringDevice: string;
  speaker: string;
  microphone: string;
  shortcuts: boolean;
  notices: boolean;
}

export const DEFAULTS: Preferences = {
  tone: "classic",
  volume: 60,
  ringDevice: "",
  speaker: "",
  microphone: "",
  shortcuts: true,
  notices: true,
};

// Read what was kept; what is missing or odd is as in the beginning.
export function readPreferences(text: string | null): Preferences {
  let kept: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? "{}");
    if (typeof parsed === "object" && parsed !== null) kept = parsed as Record<string, unknown>;
  } catch {
    // Not ours: forgotten.
  }
  const word = (name: keyof Preferences) => (typeof kept[name] === "string" ? kept[name] : "");
  const flag = (name: "shortcuts" | "notices") => (kept[name] === undefined ? DEFAULTS[name] : kept[name] === true);
  const volume = kept["volume"];
  const isVolume = typeof volume === "number" && volume >= 0 && volume <= 100;
  return {
    tone: TONES.find((tone) => tone === kept["tone"]) ?? DEFAULTS.tone,
    volume: isVolume ? volume : DEFAULTS.volume,
    ringDevice: word("ringDevice"),
    speaker: word("speaker"),
    microphone: word("microphone"),
    shortcuts: flag("shortcuts"),
    notices: flag("notices"),
  };
}

export class PreferenceStore {
  value: Preferences;

  constructor(
    private readonly key: string,
    private readonly onChange: (value: Preferences) => void = () => undefined,
  ) {
    this.value = readPreferences(localStorage.getItem(key));
  }

  change(part: Partial<Preferences>): void {
    this.value = { ...this.value, ...part };
    localStorage.setItem(this.key, JSON.stringify(this.value));
    this.onChange(this.value);
  }
}
