"""`agi://…/voicemail`: an agent's phone dials *98 and listens to messages after his PIN."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from apps.accounts.models import Agent
from apps.accounts.selectors import agent_by_endpoint
from apps.acd.selectors import queue_boxes_for
from apps.acd.voicemail_news import voicemail_announce
from apps.audit.services import audit_record
from apps.calls.engine.facts import endpoint_of
from apps.calls.writer import FactSink
from apps.core.tenancy import tenant_scope
from apps.ivr.engine import speak
from apps.ivr.engine.voice import LookupFailedError
from apps.telephony import dialplan_variables as hw
from apps.telephony.agi.database import Visits
from apps.telephony.agi.facts import CallFacts
from apps.telephony.agi.session import AgiSession
from apps.telephony.agi.voice import PhoneVoice
from apps.voicemail import services
from apps.voicemail.engine.menu import Box, Message, Pin, Visit
from apps.voicemail.errors import TakenError
from apps.voicemail.models import MessageState, VoicemailMessage
from apps.voicemail.pins import pin_check
from apps.voicemail.selectors import box_by_agent, voicemail_open_list

NUMBER = "*98"


@dataclass(frozen=True)
class PhoneSpeech:
    """`voicemail.engine.menu.Speech` in the system's prompts."""

    language: str

    def number(self, value: int) -> list[str]:
        """Say a whole number."""
        return speak.number(value, self.language)

    def digits(self, text: str) -> list[str]:
        """Say digits one by one."""
        return speak.digits(text)

    def moment(self, at: datetime) -> list[str]:
        """Say month, day, hour and minute: 十一月二十三日九点五分."""
        words = [
            (at.month, "huawu/voicemail-month"),
            (at.day, "huawu/voicemail-day"),
            (at.hour, "huawu/voicemail-hour"),
            (at.minute, "huawu/voicemail-minute"),
        ]
        is_chinese = self.language.startswith("zh")
        return [
            prompt
            for value, word in words
            for prompt in (
                [*self.number(value), word] if is_chinese else [word, *self.number(value)]
            )
        ]


@dataclass(frozen=True)
class AgentMailbox:
    """`voicemail.engine.menu.Mailbox` of one agent. Each method is one visit to the database.

    A visit may be repeated when its connection was an old one; every write here is harmless twice,
    but for a PIN's try, which then counts twice: on the safe side.
    """

    agent: Agent
    visits: Visits
    folder: str

    def pin_check(self, pin: str) -> Pin:
        """Count and check one try at the agent's own box."""

        def check() -> Pin:
            with tenant_scope(self.agent.tenant_id):
                box = box_by_agent(self.agent)
                return Pin(pin_check(box=box, pin=pin)) if box else Pin.UNSET

        return self.visits.visit(check)

    def boxes(self) -> Sequence[Box]:
        """Return his own box, then his queues'."""

        def read() -> list[Box]:
            with tenant_scope(self.agent.tenant_id):
                own = f"{self.agent.tenant.slug}-{self.agent.number}"
                names = [own, *(n for n in queue_boxes_for(self.agent.user) if n != own)]
                return [
                    Box(
                        name=name,
                        number=name.partition("-")[2],
                        is_own=name == own,
                        new=voicemail_open_list(name).filter(heard_at=None).count(),
                    )
                    for name in names
                ]

        return self.visits.visit(read)

    def messages(self, box: Box) -> Sequence[Message]:
        """Return the open messages, unheard first, then oldest first."""
        zone = ZoneInfo(self.agent.tenant.timezone)

        def read() -> list[Message]:
            with tenant_scope(self.agent.tenant_id):
                rows = voicemail_open_list(box.name)
                found = [
                    Message(
                        pk=row.pk,
                        sound=f"{self.folder}/{row.path.removesuffix('.wav')}",
                        left_at=row.left_at.astimezone(zone),
                        is_new=row.heard_at is None,
                    )
                    for row in rows
                ]
            return sorted(found, key=lambda message: not message.is_new)

        return self.visits.visit(read)

    def heard(self, message: Message) -> None:
        """Note that he listened, in the row and in the audit trail."""

        def write(row: VoicemailMessage) -> None:
            services.voicemail_heard(message=row)
            audit_record(
                actor=self.agent.user,
                tenant_id=self.agent.tenant_id,
                action="voicemail.listen",
                object_type="voicemail",
                object_id=row.pk,
                detail={"by": "phone"},
            )

        self._write(message, write)

    def close(self, message: Message) -> None:
        """Close it; a colleague's stays his."""

        def write(row: VoicemailMessage) -> None:
            try:
                services.voicemail_close(message=row, agent=self.agent)
            except TakenError:
                return
            voicemail_announce(row)

        self._write(message, write)

    def _write(self, message: Message, write: Callable[[VoicemailMessage], None]) -> None:
        def visit() -> None:
            with tenant_scope(self.agent.tenant_id):
                row = VoicemailMessage.objects.filter(pk=message.pk, deleted_at=None).first()
                if row is not None and row.state != MessageState.CLOSED:
                    write(row)

        self.visits.visit(visit)


class VoicemailMenu:
    """The script; one object serves every call."""

    def __init__(self, sink: FactSink, visits: Visits) -> None:
        self._sink = sink
        self._visits = visits

    def __call__(self, session: AgiSession) -> None:
        """Serve one agent. His keys are told to nobody. No HW_NEXT: the dialplan hangs up."""
        endpoint = endpoint_of(session.env.get("agi_channel", ""))
        facts = CallFacts(session, settings.HUAWU_NODE, self._sink)
        agent = self._visits.visit(lambda: agent_by_endpoint(endpoint))
        if agent is None or not (
            agent.is_active and agent.user.is_active and agent.tenant.is_active
        ):
            facts.decided(next=hw.Next.NOT_ALLOWED, reason="no agent has this phone")
            session.set(hw.NEXT, hw.Next.NOT_ALLOWED)
            return
        facts.entered(did=NUMBER, tenant=agent.tenant.slug, flow="", version=0)
        facts.decided(next=hw.Next.HANGUP, reason="listens to voicemail", direction="internal")
        voice = PhoneVoice(session)
        voice.answer()
        mailbox = AgentMailbox(agent, self._visits, session.variable(hw.VM_DIR))
        try:
            Visit(voice, mailbox, PhoneSpeech(session.variable("CHANNEL(language)"))).run()
        except LookupFailedError:
            voice.play(["huawu/apology"])
        session.set(hw.NEXT, hw.Next.HANGUP)
