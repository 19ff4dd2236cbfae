"""Render phones, trunks, queues and numbers into Asterisk's configuration. Pure.

The text is deterministic, so that "nothing changed" is "the same text". Every value passes
`conf_value`, which no newline, `;` or `${` survives. Source: Asterisk 22 pjsip.conf.sample,
queues.conf.sample, extensions.conf.sample.
"""

import re
from dataclasses import dataclass

from apps.core.phones import OUTSIDE_SUFFIX

HEADER = "; Rendered by Huawu from its database. Changes here are overwritten.\n"


@dataclass(frozen=True)
class PhoneRow:
    """An agent's two phones."""

    sip_username: str
    number: str
    name: str
    ha1: str
    realm: str
    tenant: str


@dataclass(frozen=True)
class TrunkRow:
    """A line to a carrier; `match` holds the addresses that it calls from."""

    endpoint: str
    host: str
    port: int
    match: tuple[str, ...]
    codecs: str
    max_channels: int


@dataclass(frozen=True)
class QueueRow:
    """A queue; `name` is its name in Asterisk. Times in seconds.

    `periodic_sound` is said to who waits every `periodic_s`, '' nothing. `announce`: who hears the
    agent's number before the talk: caller, agent, both or '' nobody. `call_back_s`: after which
    wait callers are offered to be called back, None never. `music`: the file of its own music as
    Asterisk sees it, without ending, '' the default.
    """

    name: str
    strategy: str
    ring_timeout_s: int
    retry_s: int
    wrap_up_s: int
    service_level_s: int
    announce: str = ""
    periodic_sound: str = "huawu/queue-still-waiting"
    periodic_s: int = 30
    call_back_s: int | None = None
    music: str = ""

    @property
    def music_class(self) -> str:
        """Return the class of music on hold; a queue's own has the queue's name."""
        return conf_value(self.name) if self.music else "default"


@dataclass(frozen=True)
class DidRow:
    """A number dialled and what takes over when no decision comes."""

    number: str
    tenant: str
    fallback_queue: str
    fallback_box: str
    max_wait_s: int


@dataclass(frozen=True)
class BoxRow:
    """A voicemail box; `greeting` is a sound as Asterisk plays it, '' the system's."""

    name: str
    greeting: str
    max_s: int


@dataclass(frozen=True)
class SurveyRow:
    """A queue whose callers are asked a survey, and how long that takes at most."""

    queue: str
    limit_s: int


@dataclass(frozen=True)
class OutsideRow:
    """An agent's outside phone: its name (`1001-pstn`), how it is dialled, what it is shown."""

    name: str
    dial: str
    shown: str
    asks: bool


@dataclass(frozen=True)
class ConfRows:
    """Everything that one node's files are made of."""

    phones: tuple[PhoneRow, ...]
    trunks: tuple[TrunkRow, ...]
    queues: tuple[QueueRow, ...]
    dids: tuple[DidRow, ...]
    boxes: tuple[BoxRow, ...] = ()
    surveys: tuple[SurveyRow, ...] = ()
    outside: tuple[OutsideRow, ...] = ()


def conf_value(value: str) -> str:
    """Return the value safe for one line of a configuration file.

    Control characters, `;` (comment), `#` at the start (include), quotes, backslashes, angle
    brackets and `$` (variables) are dropped.
    """
    text = re.sub(r"[\x00-\x1f\x7f;\"\\<>$\[\]]", "", value).strip()
    return text.lstrip("#")[:200]


PJSIP_TEMPLATES = """
[huawu-phone](!)
type = endpoint
; Transfers are ours (docs/call-control.md): after a REFER the other party would dial as himself.
allow_transfer = no
context = huawu-from-agent
language = zh
disallow = all
allow = alaw,ulaw
direct_media = no
rtp_symmetric = yes
force_rport = yes
rewrite_contact = yes
dtmf_mode = rfc4733
media_address = {media_address}
bind_rtp_to_media_address = yes
rtp_timeout = 120
rtp_timeout_hold = 3600
device_state_busy_at = 1
trust_id_inbound = no
send_pai = no

[huawu-phone-web](!,huawu-phone)
webrtc = yes
dtls_auto_generate_cert = yes
disallow = all
; Not Opus: MixMonitor's two-channel files are 8 kHz, its 48 kHz frames are cut in them (seen
; with Asterisk 22.10: a 440 Hz tone was recorded as 90 Hz).
allow = ulaw,alaw

[huawu-aor](!)
type = aor
; A desk phone that comes back from another address takes the place of its old one at once: of
; several contacts only the first is rung, and a phone that is gone stays registered for minutes.
max_contacts = 1
remove_existing = yes
remove_unavailable = yes

; A browser that went to sleep keeps its socket half-open: only an unanswered OPTIONS tells, and
; until then whoever talked with it hears nothing. Desk phones are trusted until their registration
; expires; not all of them answer OPTIONS.
; Two, because a reloaded page registers before its old socket is known to be dead.
[huawu-aor-web](!,huawu-aor)
max_contacts = 2
qualify_frequency = 5
qualify_timeout = 3

[huawu-trunk](!)
type = endpoint
allow_transfer = no
context = huawu-from-trunk
language = zh
disallow = all
direct_media = no
rtp_symmetric = yes
force_rport = yes
dtmf_mode = rfc4733
media_address = {media_address}
bind_rtp_to_media_address = yes
; A line that died without a BYE is ended; a silent caller may be silent for long.
rtp_timeout = 300
trust_id_inbound = yes
"""


def pjsip_conf(rows: ConfRows, *, media_address: str, trunk_qualify_s: int = 0) -> str:
    """Return `pjsip_huawu.conf`: trunks, and for each agent a desk and a browser endpoint.

    `trunk_qualify_s`: how often carriers are asked whether they are there; one that does not answer
    is not dialled. 0: never.
    """
    parts = [HEADER, PJSIP_TEMPLATES.format(media_address=conf_value(media_address))]
    parts += [_trunk(trunk, trunk_qualify_s) for trunk in rows.trunks]
    parts += [_phone(phone) for phone in rows.phones]
    return "".join(parts)


def _trunk(trunk: TrunkRow, qualify_s: int) -> str:
    name = conf_value(trunk.endpoint)
    matches = "".join(f"match = {conf_value(address)}\n" for address in trunk.match)
    asked = f"qualify_frequency = {qualify_s}\n" if qualify_s else ""
    return (
        f"\n[{name}](huawu-trunk)\nallow = {conf_value(trunk.codecs)}\naors = {name}\n"
        f"\n[{name}]\ntype = aor\ncontact = sip:{conf_value(trunk.host)}:{trunk.port}\n{asked}"
        f"\n[{name}]\ntype = identify\nendpoint = {name}\n{matches}"
    )


def _phone(phone: PhoneRow) -> str:
    user = conf_value(phone.sip_username)
    caller_id = f'"{conf_value(phone.name)}" <{conf_value(phone.number)}>'
    tenant = f"set_var = __HW_TENANT={conf_value(phone.tenant)}\n"
    return (
        f"\n[{user}](huawu-phone)\nauth = {user}\naors = {user}\ncallerid = {caller_id}\n{tenant}"
        f"\n[{user}-web](huawu-phone-web)\nauth = {user}\naors = {user}-web\n"
        f"callerid = {caller_id}\n{tenant}"
        f"\n[{user}]\ntype = auth\nauth_type = md5\nusername = {user}\n"
        f"md5_cred = {conf_value(phone.ha1)}\nrealm = {conf_value(phone.realm)}\n"
        f"\n[{user}](huawu-aor)\n\n[{user}-web](huawu-aor-web)\n"
    )


def queues_conf(rows: ConfRows) -> str:
    """Return `queues_huawu.conf`; members are not here, they come and go by AMI."""
    parts = [HEADER]
    for queue in rows.queues:
        parts.append(
            f"\n[{conf_value(queue.name)}]\n"
            f"musicclass = {queue.music_class}\n"
            f"strategy = {conf_value(queue.strategy)}\ntimeout = {queue.ring_timeout_s}\n"
            f"retry = {max(queue.retry_s, 1)}\nwrapuptime = {queue.wrap_up_s}\n"
            f"servicelevel = {queue.service_level_s}\nautofill = yes\nringinuse = no\n"
            "joinempty = yes\nleavewhenempty = no\ntimeoutrestart = no\nreportholdtime = no\n"
            f"{_periodic(queue)}"
            # Tells `huawu-announce-caller` who answered.
            "setinterfacevar = yes\n"
            "announce-position = no\nannounce-holdtime = no\nmemberdelay = 0\n"
        )
    return "".join(parts)


def _call_back(queue: QueueRow) -> str:
    after_s = queue.call_back_s
    return "" if after_s is None else f" same => n,Set(HW_CALL_BACK_S={after_s})\n"


def music_conf(rows: ConfRows) -> str:
    """Return `musiconhold_huawu.conf`: the queues that have music of their own."""
    parts = [HEADER]
    parts += [
        f"\n[{queue.music_class}]\nmode = playlist\nentry = {conf_value(queue.music)}\n"
        for queue in rows.queues
        if queue.music
    ]
    return "".join(parts)


def _periodic(queue: QueueRow) -> str:
    sound = conf_value(queue.periodic_sound)
    if not sound:
        return ""
    return f"periodic-announce = {sound}\nperiodic-announce-frequency = {queue.periodic_s}\n"


def _announcements(rows: ConfRows) -> list[str]:
    parts = ["\n[huawu-announcements]\n"]
    parts += [
        f"exten => {conf_value(queue.name)},1,Set(__HW_ANNOUNCE={conf_value(queue.announce)})\n"
        " same => n,Return()\n"
        for queue in rows.queues
        if queue.announce
    ]
    parts.append("\n[huawu-agent-numbers]\n")
    for phone in rows.phones:
        words = ["agent-number", *(f"digit-{digit}" for digit in phone.number), "agent-serves"]
        says = "&".join(f"huawu/{word}" for word in words)
        user = conf_value(phone.sip_username)
        parts += [
            f"exten => {name},1,Set(HW_ANNOUNCE_SAYS={says})\n same => n,Return()\n"
            for name in (user, f"{user}-web", f"{user}{OUTSIDE_SUFFIX}")
        ]
    return parts


def _outside_phones(rows: ConfRows) -> list[str]:
    parts = ["\n[huawu-outside-phones]\n"]
    parts += [
        f"exten => {conf_value(row.name)},1,Set(HW_OUTSIDE_DIAL={conf_value(row.dial)})\n"
        f" same => n,Set(HW_OUTSIDE_SHOWN={conf_value(row.shown)})\n"
        f" same => n,Set(HW_OUTSIDE_ASKS={'1' if row.asks else ''})\n"
        " same => n,Return()\n"
        for row in rows.outside
    ]
    return parts


def dids_conf(rows: ConfRows) -> str:
    """Return `extensions_dids.conf`: for each number what takes over without Python, and boxes.

    Also how queues ring and speak while one waits, which have a survey, which announce the agent's
    number, how that is said, and agents' outside phones.
    """
    parts = [HEADER, "\n[huawu-dids]\n"]
    for did in rows.dids:
        parts.append(
            f"exten => {conf_value(did.number)},1,Set(HW_TENANT={conf_value(did.tenant)})\n"
            f" same => n,Set(HW_FALLBACK_QUEUE={conf_value(did.fallback_queue)})\n"
            f" same => n,Set(HW_FALLBACK_BOX={conf_value(did.fallback_box)})\n"
            f" same => n,Set(HW_FALLBACK_WAIT_S={did.max_wait_s})\n"
            " same => n,Return()\n"
        )
    parts.append("\n[huawu-boxes]\n")
    for box in rows.boxes:
        parts.append(
            f"exten => {conf_value(box.name)},1,Set(HW_VM_GREETING={conf_value(box.greeting)})\n"
            f" same => n,Set(HW_VM_MAX_S={box.max_s})\n"
            " same => n,Return()\n"
        )
    parts += _announcements(rows)
    parts += _outside_phones(rows)
    parts.append("\n[huawu-queues]\n")
    for queue in rows.queues:
        parts.append(
            f"exten => {conf_value(queue.name)},1,Set(HW_RING_S={queue.ring_timeout_s})\n"
            f" same => n,Set(HW_PERIODIC={conf_value(queue.periodic_sound)})\n"
            f" same => n,Set(HW_PERIODIC_S={queue.periodic_s})\n"
            f" same => n,Set(HW_MUSIC={queue.music_class})\n"
            f"{_call_back(queue)}"
            " same => n,Return()\n"
        )
    parts.append("\n[huawu-surveys]\n")
    for survey in rows.surveys:
        parts.append(
            f"exten => {conf_value(survey.queue)},1,Set(HW_SURVEY_S={survey.limit_s})\n"
            " same => n,Return()\n"
        )
    return "".join(parts)
