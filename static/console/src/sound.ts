// The dialog of sound and notices: ring tone, volume and devices, and the test before the shift.
import { find, made, setText } from "./dom";
import { Meter } from "./meter";
import { TONES, type PreferenceStore } from "./preferences";
import type { Ringer } from "./ring";
import type { Texts } from "./texts";

const HEARD = 25;
const DEVICES = [
  ["ring-device", "ringDevice", "audiooutput"],
  ["speaker-device", "speaker", "audiooutput"],
  ["microphone-device", "microphone", "audioinput"],
] as const;

export class SoundDialog {
  private readonly dialog = find<HTMLDialogElement>("sound-dialog");
  private readonly meter = new Meter();

  constructor(
    private readonly store: PreferenceStore,
    private readonly ringer: Ringer,
    private readonly texts: Texts,
  ) {
    this.bindTone();
    for (const [name, preference] of DEVICES) {
      const select = find<HTMLSelectElement>(name);
      select.addEventListener("change", () => {
        this.store.change({ [preference]: select.value });
        if (preference === "microphone" && this.meter.isOn) void this.test();
      });
    }
    find("microphone-test").addEventListener("click", () => void this.test());
    find("allow-notices").addEventListener("click", () => void this.allowNotices());
    this.bindFlag("notices-on", "notices");
    this.bindFlag("shortcuts-on", "shortcuts");
    this.dialog.addEventListener("close", () => this.stopTest());
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.listDevices());
  }

  open(): void {
    if (!this.dialog.open) this.dialog.showModal();
    this.sayNotices();
    void this.listDevices();
  }

  private bindTone(): void {
    const tone = find<HTMLSelectElement>("ring-tone");
    const volume = find<HTMLInputElement>("ring-volume");
    tone.value = this.store.value.tone;
    volume.value = String(this.store.value.volume);
    tone.addEventListener("change", () =>
      this.store.change({ tone: TONES.find((known) => known === tone.value) ?? "classic" }),
    );
    volume.addEventListener("change", () => this.store.change({ volume: Number(volume.value) }));
    find("ring-preview").addEventListener("click", () => this.ringer.preview());
  }

  private bindFlag(name: string, preference: "notices" | "shortcuts"): void {
    const box = find<HTMLInputElement>(name);
    box.checked = this.store.value[preference];
    box.addEventListener("change", () => this.store.change({ [preference]: box.checked }));
  }

  // Names of devices are told only to who may use the microphone: the test asks for it.
  private async listDevices(): Promise<void> {
    const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? [];
    const canChoose = "setSinkId" in HTMLMediaElement.prototype;
    for (const [name, preference, kind] of DEVICES) {
      const select = find<HTMLSelectElement>(name);
      const known = devices.filter((one) => one.kind === kind && one.deviceId && one.deviceId !== "default");
      const options = [option("", this.texts.sound["system"] ?? "")];
      for (const device of known) options.push(option(device.deviceId, device.label || device.deviceId.slice(0, 8)));
      const chosen = this.store.value[preference];
      if (chosen && !known.some((one) => one.deviceId === chosen)) {
        options.push(option(chosen, this.texts.sound["gone"] ?? ""));
      }
      select.replaceChildren(...options);
      select.value = chosen;
      select.disabled = kind === "audiooutput" && !canChoose;
    }
  }

  private async test(): Promise<void> {
    const bar = find<HTMLMeterElement>("microphone-level");
    try {
      setText("microphone-result", this.texts.sound["speak"] ?? "");
      await this.meter.start(this.store.value.microphone, (level) => {
        bar.value = level;
        if (level >= HEARD) setText("microphone-result", this.texts.sound["heard"] ?? "");
      });
      await this.listDevices();
    } catch {
      bar.value = 0;
      setText("microphone-result", this.texts.microphone);
    }
  }

  private stopTest(): void {
    this.meter.stop();
    find<HTMLMeterElement>("microphone-level").value = 0;
    setText("microphone-result", "");
  }

  private async allowNotices(): Promise<void> {
    if ("Notification" in window) await Notification.requestPermission();
    this.sayNotices();
  }

  private sayNotices(): void {
    const permission = "Notification" in window ? Notification.permission : "unsupported";
    setText("notices-state", this.texts.notices[permission] ?? permission);
    find("allow-notices").hidden = permission !== "default";
  }
}

function option(value: string, text: string): HTMLOptionElement {
  const found = made("option", "", text);
  found.value = value;
  return found;
}
