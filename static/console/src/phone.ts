// The browser phone: JsSIP over Asterisk's WebSocket. Knows nothing of the page.
import JsSIP from "jssip";
import type { IncomingRTCSessionEvent, OutgoingRTCSessionEvent } from "jssip/lib/UA";
import type { RTCSession } from "jssip/lib/RTCSession";
import { isAddress } from "./media_address";

export interface SipConfig {
  ws_url: string;
  uri: string;
  authorization_user: string;
  ha1: string;
  realm: string;
}

export type PhoneStatus = "off" | "connecting" | "registered" | "failed";
// "resuming": the talk that this phone had before the page was loaded anew comes back by itself.
export type CallStatus = "none" | "incoming" | "outgoing" | "resuming" | "talking";

export interface PhoneView {
  status: PhoneStatus;
  call: CallStatus;
  isMuted: boolean;
  isHeld: boolean;
}

// The desk sets which microphone.
export const AUDIO_ONLY: { audio: boolean | MediaTrackConstraints; video: boolean } = { audio: true, video: false };
const ANSWER = { mediaConstraints: AUDIO_ONLY, pcConfig: { iceServers: [] } };
const CHECK_MS = 3000;
const RETRY_MS = 5000;
// Our dialplan sets it (huawu-rejoin-mark); what a caller sends in his own INVITE never gets here.
const RESUME_HEADER = "X-Huawu-Resume";
const NO_MICROPHONE: string = JsSIP.C.causes.USER_DENIED_MEDIA_ACCESS;

export class Phone {
  private ua: JsSIP.UA | null = null;
  private session: RTCSession | null = null;
  private config: SipConfig | null = null;
  view: PhoneView = { status: "off", call: "none", isMuted: false, isHeld: false };

  constructor(
    private readonly speaker: HTMLMediaElement,
    private readonly onChange: (view: PhoneView) => void,
    private readonly onNoMicrophone: () => void,
  ) {}

  start(config: SipConfig): void {
    this.config = config;
    const ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(config.ws_url)],
      uri: config.uri,
      authorization_user: config.authorization_user,
      ha1: config.ha1,
      realm: config.realm,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 5,
      user_agent: "Huawu desk",
    });
    this.ua = ua;
    this.change({ status: "connecting" });
    ua.on("registered", () => this.change({ status: "registered" }));
    ua.on("unregistered", () => this.change({ status: "connecting" }));
    ua.on("registrationFailed", () => {
      this.change({ status: "failed" });
      // JsSIP tries again after a lost connection only; a refusal (the phone's row is not rendered
      // yet, Asterisk is loading) passes too.
      window.setTimeout(() => {
        if (this.ua === ua && ua.isConnected() && !ua.isRegistered()) ua.register();
      }, RETRY_MS);
    });
    ua.on("disconnected", () => this.change({ status: "connecting" }));
    ua.on("newRTCSession", (event: IncomingRTCSessionEvent | OutgoingRTCSessionEvent) =>
      this.took(event.session, event.request),
    );
    ua.start();
  }

  stop(): void {
    this.ua?.stop();
    this.ua = null;
    this.change({ status: "off" });
  }

  // Leave the phone to another page. A talk gets no goodbye: Asterisk keeps the caller and rings the
  // other page, which answers by itself. What only rings is refused, so that it rings there soon.
  leave(): void {
    if (this.view.call === "incoming") this.session?.terminate({ status_code: 480 });
    const isInCall = this.view.call !== "none";
    if (isInCall) this.vanish();
    this.stop();
  }

  // See whether the registration still lives: a machine that slept has a socket that is dead.
  check(): void {
    const ua = this.ua;
    if (ua === null || this.config === null || this.view.status === "off") return;
    let isAnswered = false;
    // "registered" is told of the first time only; a transaction that ends soon was answered.
    const events = ua as unknown as { once(name: string, listener: () => void): void };
    events.once("transactionDestroyed", () => (isAnswered = true));
    if (ua.isConnected()) ua.register();
    window.setTimeout(() => {
      if (this.ua === ua && !isAnswered && this.view.call === "none") this.restart();
    }, CHECK_MS);
  }

  // A new phone in place of the one whose network is gone; a talk goes on as after a reload.
  private restart(): void {
    const config = this.config;
    if (config === null) return;
    this.vanish();
    this.ua?.stop();
    this.start(config);
  }

  // Close the line without a word, as a page does that is loaded anew.
  private vanish(): void {
    const ua = this.ua as unknown as { _transport?: { disconnect(): void } } | null;
    ua?._transport?.disconnect();
    this.session?.connection?.close();
    if (this.session !== null) this.over(this.session);
  }

  answer(): void {
    if (this.view.call === "incoming") {
      this.session?.answer(ANSWER);
    }
  }

  hangUp(): void {
    this.session?.terminate();
  }

  dial(number: string): void {
    if (this.ua === null || this.session !== null) return;
    this.ua.call(number, { mediaConstraints: AUDIO_ONLY, pcConfig: { iceServers: [] } });
  }

  toggleMute(): void {
    if (this.session === null) return;
    if (this.view.isMuted) this.session.unmute({ audio: true });
    else this.session.mute({ audio: true });
    this.change({ isMuted: !this.view.isMuted });
  }

  toggleHold(): void {
    if (this.session === null || this.view.call !== "talking") return;
    if (this.view.isHeld) this.session.unhold();
    else this.session.hold();
  }

  key(tone: string): void {
    if (this.view.call === "talking") this.session?.sendDTMF(tone, { transportType: "RFC2833" as never });
  }

  // Bytes of RTP in and out so far, for the page's own check of the line and for tests.
  async traffic(): Promise<{ sent: number; received: number }> {
    const total = { sent: 0, received: 0 };
    const report = await this.session?.connection?.getStats();
    report?.forEach((row: { type: string; packetsSent?: number; packetsReceived?: number }) => {
      if (row.type === "outbound-rtp") total.sent += row.packetsSent ?? 0;
      if (row.type === "inbound-rtp") total.received += row.packetsReceived ?? 0;
    });
    return total;
  }

  private took(session: RTCSession, request: { getHeader(name: string): string }): void {
    if (this.session !== null) {
      // One call at a time; Asterisk's queue does not ring a busy phone, a colleague may.
      session.terminate({ status_code: 486 });
      return;
    }
    this.session = session;
    this.keepFromGoodbye(session);
    const isIncoming = session.direction === "incoming";
    const isResuming = isIncoming && request.getHeader(RESUME_HEADER) === "1";
    const call = isResuming ? "resuming" : isIncoming ? "incoming" : "outgoing";
    this.change({ call, isMuted: false, isHeld: false });
    session.on("peerconnection", () => this.listen(session));
    if (session.connection) this.listen(session);
    // The first address will do: Asterisk learns the others from the browser's checks (RFC 8445).
    session.on("icecandidate", (event) => {
      if (isAddress(event.candidate.candidate)) event.ready();
    });
    session.on("confirmed", () => this.change({ call: "talking" }));
    session.on("hold", () => this.change({ isHeld: true }));
    session.on("unhold", () => this.change({ isHeld: false }));
    session.on("ended", () => this.over(session));
    session.on("failed", (event: { cause?: string }) => {
      this.over(session);
      if (event.cause === NO_MICROPHONE) this.onNoMicrophone();
    });
    if (isResuming) session.answer(ANSWER);
  }

  // JsSIP hangs up when the media path has failed. The caller is still there: come back to him.
  private keepFromGoodbye(session: RTCSession): void {
    const terminate = session.terminate.bind(session);
    session.terminate = (options) => {
      const isLost = options?.cause === JsSIP.C.causes.RTP_TIMEOUT;
      if (isLost && this.session === session && this.view.call === "talking") this.restart();
      else terminate(options);
    };
  }

  private listen(session: RTCSession): void {
    session.connection.addEventListener("track", (event: RTCTrackEvent) => {
      this.speaker.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      void this.speaker.play().catch(() => undefined); // the browser wants a click first
    });
  }

  private over(session: RTCSession): void {
    if (this.session !== session) return;
    this.session = null;
    this.speaker.srcObject = null;
    this.change({ call: "none", isMuted: false, isHeld: false });
  }

  private change(part: Partial<PhoneView>): void {
    this.view = { ...this.view, ...part };
    this.onChange(this.view);
  }
}
