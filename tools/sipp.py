"""Run SIPp 3.8 from the private root with scenarios described in Python: for demo-call and tests.

A scenario is a list of steps: `Invite`, `Keys`, `Pause`, `Play`, `WaitBye`, `HangUp`, … made into
SIPp's XML. Source of the shapes: SIPp 3.8; RFC 3261; RFC 4733 (payload type 96: with 101 SIPp's
digits are not heard).
"""

import dataclasses
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from tools.lab import enter_root

SDP = """v=0
o=carrier 53655765 2353687637 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio {port} RTP/AVP 0 96
a=rtpmap:0 PCMU/8000
a=rtpmap:96 telephone-event/8000
a=fmtp:96 0-15
a=sendrecv
"""
MEDIA_FIRST, MEDIA_LAST = 33000, 60000
HEAD = '<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="{name}">\n'


@dataclass(frozen=True)
class Pause:
    """Wait; the call goes on."""

    ms: int


@dataclass(frozen=True)
class Keys:
    """Press keys, one after another (RFC 4733), then wait until they are sent."""

    digits: str


@dataclass(frozen=True)
class Play:
    """Send the RTP of a capture (audio.write_pcap) and wait for its end."""

    pcap: Path
    seconds: float


@dataclass(frozen=True)
class WaitBye:
    """Wait until the other side hangs up."""

    timeout_ms: int = 60000


@dataclass(frozen=True)
class SpeakUntilBye:
    """Send the RTP of a capture until the other side hangs up (a last step).

    At its end it begins again with the same RTP numbers, which a strict receiver drops: make it
    long enough.
    """

    pcap: Path
    seconds: float


@dataclass(frozen=True)
class HangUp:
    """Send BYE."""


@dataclass(frozen=True)
class Hold:
    """Put the other side on hold, or take it back (only who was called)."""

    is_on: bool = True


@dataclass(frozen=True)
class Cancel:
    """Give up before the answer (a first step only)."""

    after_ms: int


@dataclass(frozen=True)
class Note:
    """Write a line to SIPp's log (start with options=["-trace_logs"]), to show progress."""

    text: str


Step = Note | Pause | Keys | Play | SpeakUntilBye | WaitBye | HangUp | Hold | Cancel


def _media(step: Note | Pause | Keys | Play) -> str:
    if isinstance(step, Note):
        return f"<nop><action><log message={quoteattr(step.text)}/></action></nop>\n"
    if isinstance(step, Pause):
        return f'<pause milliseconds="{step.ms}"/>\n'
    if isinstance(step, Keys):
        # SIPp 3.8 sends 400 ms of filler (payload type 97), then 260 ms a digit; audio that begins
        # earlier cuts the digits off.
        wait = 500 + 300 * len(step.digits)
        exec_ = f"<exec play_dtmf={quoteattr(step.digits)}/>"
        return f'<nop><action>{exec_}</action></nop>\n<pause milliseconds="{wait}"/>\n'
    exec_ = f"<exec play_pcap_audio={quoteattr(str(step.pcap))}/>"
    wait = int(step.seconds * 1000)
    return f'<nop><action>{exec_}</action></nop>\n<pause milliseconds="{wait}"/>\n'


def _speak_until_bye(step: SpeakUntilBye) -> str:
    exec_ = f"<exec play_pcap_audio={quoteattr(str(step.pcap))}/>"
    return (
        f'<label id="speak"/>\n<nop><action>{exec_}</action></nop>\n'
        f'<recv request="BYE" timeout="{int(step.seconds * 1000)}" ontimeout="speak"/>\n{OK_TO_BYE}'
    )


REQUEST = """{method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: {caller_from};tag=[call_number]c[pid]
To: <sip:[service]@[remote_ip]:[remote_port]>{to_tag}
Call-ID: [call_id]
CSeq: {cseq} {cseq_method}
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
"""


def _send(text: str, body: str = "", extra: str = "", **attributes: str) -> str:
    attribute_text = "".join(f" {k}={quoteattr(v)}" for k, v in attributes.items())
    end = (
        f"Content-Type: application/sdp\nContent-Length: [len]\n\n{body}"
        if body
        else "Content-Length: 0\n\n"
    )
    return f"<send{attribute_text}><![CDATA[\n{text}{extra}{end}]]></send>\n"


OK_TO_BYE = """<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
"""


def caller_scenario(
    steps: Sequence[Step],
    *,
    caller: str = "13800138000",
    name: str = "",
    rtp_port: int | None = None,
    answer_timeout_ms: int = 20000,
    from_header: str = "",
    headers: str = "",
    credentials: tuple[str, str] | None = None,
    expect_refusal: int | None = None,
) -> str:
    """Describe a caller. `caller` and `name` may hold SIPp keywords such as [field0].

    `rtp_port` is an Ear's port: Asterisk sends its audio there. The default waits for nothing but
    the steps; put WaitBye or HangUp last. `from_header` replaces the whole From value (to send what
    no phone would). `credentials` (user, password) are an agent's: Asterisk challenges the first
    INVITE. `expect_refusal` is the final response instead of an answer; the steps are then not
    done.
    """
    display = f'"{name}" ' if name else ""
    caller_from = from_header or f"{display}<sip:{caller}@[local_ip]:[local_port]>"
    sdp = SDP.format(port=rtp_port or "[auto_media_port]")

    def request(method: str, cseq: int, to_tag: str = "", cseq_method: str = "") -> str:
        values = {"method": method, "cseq": cseq, "to_tag": to_tag, "caller_from": caller_from}
        return REQUEST.format(cseq_method=cseq_method or method, **values)

    tag, cseq = "[peer_tag_param]", 1
    out = [HEAD.format(name="caller"), _send(request("INVITE", cseq), sdp, headers, retrans="500")]
    if credentials:
        proof = "[authentication username={} password={}]\n".format(*credentials)
        out += ['<recv response="401" auth="true"/>\n', _send(request("ACK", cseq, tag))]
        cseq += 1
        invite = request("INVITE", cseq)
        out.append(_send(invite, sdp, headers + proof, retrans="500"))
    provisional = [f'<recv response="{c}" optional="true"/>\n' for c in (100, 180, 181, 183)]
    out += provisional
    if steps and isinstance(steps[0], Cancel):
        out.append(f'<pause milliseconds="{steps[0].after_ms}"/>\n')
        out.append(_send(request("CANCEL", cseq), retrans="500"))
        out += ['<recv response="200"/>\n', '<recv response="487"/>\n']
        out += [_send(request("ACK", cseq, tag)), "</scenario>\n"]
        return "".join(out)
    if expect_refusal:
        out.append(f'<recv response="{expect_refusal}" timeout="{answer_timeout_ms}"/>\n')
        out += [_send(request("ACK", cseq, tag)), "</scenario>\n"]
        return "".join(out)
    out.append(f'<recv response="200" rtd="true" timeout="{answer_timeout_ms}"/>\n')
    out.append(_send(request("ACK", cseq, tag)))
    for step in steps:
        if isinstance(step, WaitBye):
            out += [f'<recv request="BYE" timeout="{step.timeout_ms}"/>\n', OK_TO_BYE]
        elif isinstance(step, SpeakUntilBye):
            out.append(_speak_until_bye(step))
        elif isinstance(step, HangUp):
            cseq += 1
            out += [_send(request("BYE", cseq, tag), retrans="500"), '<recv response="200"/>\n']
        elif isinstance(step, Note | Pause | Keys | Play):
            out.append(_media(step))
        else:
            raise TypeError(f"{step} can only be the first step")
    out.append("</scenario>\n")
    return "".join(out)


ANSWER_HEAD = """[last_Via:]
[last_From:]
[last_To:];tag=[pid]a[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:answerer@[local_ip]:[local_port]>
"""


# The called side's own BYE: its From is the INVITE's To with our tag, its To the INVITE's From.
RECV_INVITE = """<recv request="INVITE" rrs="true">
<action><ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>
<ereg regexp=".*" search_in="hdr" header="To:" assign_to="to"/></action>
</recv>
<Reference variables="from,to"/>
"""
CALLED_REQUEST = """{method} [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From:[$to];tag=[pid]a[call_number]
To:[$from]
Call-ID: [call_id]
CSeq: {cseq} {method}
Contact: <sip:answerer@[local_ip]:[local_port]>
Max-Forwards: 70
"""


def _hold(step: Hold, sdp: str, cseq: int) -> str:
    """Return a re-INVITE. Source: RFC 3264 §8.4: `sendonly` holds, `sendrecv` takes back."""
    body = sdp.replace("a=sendrecv", "a=sendonly") if step.is_on else sdp
    return (
        _send(CALLED_REQUEST.format(method="INVITE", cseq=cseq), body, retrans="500")
        + '<recv response="100" optional="true"/>\n<recv response="200"/>\n'
        + _send(CALLED_REQUEST.format(method="ACK", cseq=cseq))
    )


def answerer_scenario(
    steps: Sequence[Step], *, ring_ms: int = 200, status: int = 200, rtp_port: int | None = None
) -> str:
    """Describe who is called (a carrier's far end, a desk phone).

    Ring, answer with `status`, then the steps.
    """
    sdp = SDP.format(port=rtp_port or "[auto_media_port]")
    out = [HEAD.format(name="answerer"), RECV_INVITE]
    if ring_ms:
        out.append(_send("SIP/2.0 180 Ringing\n" + ANSWER_HEAD))
        out.append(f'<pause milliseconds="{ring_ms}"/>\n')
    if status != 200:
        out.append(_send(f"SIP/2.0 {status} No\n" + ANSWER_HEAD, retrans="500"))
        out.append('<recv request="ACK"/>\n</scenario>\n')
        return "".join(out)
    out.append(_send("SIP/2.0 200 OK\n" + ANSWER_HEAD, sdp, retrans="500"))
    out.append('<recv request="ACK" rtd="true" rrs="true"/>\n')
    cseq = 0
    for step in steps:
        cseq += isinstance(step, Hold | HangUp)
        if isinstance(step, WaitBye):
            out += [f'<recv request="BYE" timeout="{step.timeout_ms}"/>\n', OK_TO_BYE]
        elif isinstance(step, SpeakUntilBye):
            out.append(_speak_until_bye(step))
        elif isinstance(step, HangUp):
            bye = CALLED_REQUEST.format(method="BYE", cseq=cseq)
            out += [_send(bye, retrans="500"), '<recv response="200"/>\n']
        elif isinstance(step, Hold):
            out.append(_hold(step, sdp, cseq))
        elif isinstance(step, Note | Pause | Keys | Play):
            out.append(_media(step))
        else:
            raise TypeError(f"{step} makes no sense for who is called")
    out.append("</scenario>\n")
    return "".join(out)


CANCELLED_INVITE = ANSWER_HEAD.replace("[last_CSeq:]", "CSeq: [$number] INVITE")
RECV_NUMBERED_INVITE = """<recv request="INVITE">
<action><ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="number"/></action>
</recv>
"""


def ringing_scenario(timeout_ms: int = 30000) -> str:
    """Describe a phone that rings, and fails unless the caller's side gives up in time.

    Source: RFC 3261 §9.2: 200 to the CANCEL, 487 to the INVITE.
    """
    return (
        HEAD.format(name="ringing")
        + RECV_NUMBERED_INVITE
        + _send("SIP/2.0 180 Ringing\n" + ANSWER_HEAD)
        + f'<recv request="CANCEL" timeout="{timeout_ms}"/>\n'
        + _send("SIP/2.0 200 OK\n" + ANSWER_HEAD)
        + _send("SIP/2.0 487 Request Terminated\n" + CANCELLED_INVITE, retrans="500")
        + '<recv request="ACK"/>\n</scenario>\n'
    )


def register_scenario(
    user: str, password: str, endpoint: str, *, expires: int = 300, final_status: int = 200
) -> str:
    """Describe a desk phone's REGISTER with the digest challenge.

    `expires` in seconds; 0 forgets every phone of the endpoint (RFC 3261, 10.2.2).
    """
    contact = f"<sip:{endpoint}@[local_ip]:[local_port]>" if expires else "*"
    register = f"""REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:{endpoint}@[remote_ip]:[remote_port]>;tag=[call_number]r[pid]
To: <sip:{endpoint}@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: {{cseq}} REGISTER
Contact: {contact}
Max-Forwards: 70
Expires: {expires}
"""
    credentials = f"[authentication username={user} password={password}]\n"
    return (
        HEAD.format(name="register")
        + _send(register.format(cseq=1), retrans="500")
        + '<recv response="401" auth="true"/>\n'
        + _send(register.format(cseq=2), "", credentials, retrans="500")
        + f'<recv response="{final_status}"/>\n</scenario>\n'
    )


@dataclass
class Run:
    """Be one SIPp process."""

    process: subprocess.Popen[bytes]
    folder: Path
    _log: Path

    def wait(self, timeout: float = 60.0) -> None:
        """Wait for the end; fail with SIPp's own words unless every call was good."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.stop()
            raise AssertionError(f"SIPp still ran after {timeout} s\n{self.errors()}") from None
        if code != 0:
            raise AssertionError(f"SIPp ended with {code}\n{self.errors()}")

    def is_running(self) -> bool:
        """Say whether SIPp still has something to do."""
        return self.process.poll() is None

    def errors(self) -> str:
        """Give what SIPp complained about."""
        files = [*sorted(self.folder.glob("*_errors.log")), self._log]
        return "\n".join(f.read_text("utf-8", "replace")[-3000:] for f in files if f.exists())

    def hang_up(self) -> None:
        """Ask SIPp to end its calls with a BYE and to go; one signal only stops new calls."""
        for _ in range(2):
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGUSR1)
                time.sleep(0.3)

    def stop(self) -> None:
        """End it at once; the other side is not told."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


@dataclass
class Sipp:
    """Start SIPp processes against one Asterisk.

    `folder` is theirs for files; stop_all at the end.
    """

    folder: Path
    target: str
    runs: list[Run] = dataclasses.field(default_factory=list)
    _media_used: int = 0

    def start(
        self,
        scenario: str,
        *,
        service: str = "4008001000",
        ip: str = "127.0.0.2",
        port: int | None = None,
        calls: int = 1,
        rate: float = 10.0,
        at_once: int | None = None,
        options: Sequence[str] = (),
        media: tuple[int, int] | None = None,
    ) -> Run:
        """Start a scenario `calls` times; `service` is the number dialled."""
        place = self.folder / f"run{len(self.runs)}"
        place.mkdir(parents=True)
        (place / "scenario.xml").write_text(scenario, "utf-8")
        if media is None:
            # SIPp takes four ports a call, going round: with too few, two calls share one.
            width = max(40, 4 * (at_once or calls) + 4)
            low = MEDIA_FIRST + self._media_used % (MEDIA_LAST - MEDIA_FIRST - width)
            self._media_used += width
            media = (low, low + width - 1)
        low, high = media
        values = {
            "-sf": place / "scenario.xml",
            "-s": service,
            "-i": ip,
            "-mi": ip,
            "-m": calls,
            "-r": rate,
            "-l": at_once or max(calls, 1),
            "-min_rtp_port": low,
            "-max_rtp_port": high,
        }
        command = ["/usr/bin/sipp", self.target, "-nostdin", "-trace_err"]
        command += [str(part) for pair in values.items() for part in pair]
        command += ["-p", str(port)] if port else []
        log = place / "sipp.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                enter_root([*command, *options], keep=self.folder),
                cwd=place,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for whoever started it, who then hangs up
                env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "TERM": "dumb", "LANG": "C.UTF-8"},
            )
        run = Run(process, place, log)
        self.runs.append(run)
        return run

    def stop_all(self) -> None:
        """End every SIPp that still runs."""
        for run in self.runs:
            run.stop()
