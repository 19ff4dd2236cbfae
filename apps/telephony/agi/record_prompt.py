"""`agi://…/record-prompt`: an admin dials *77, language digit and number, and speaks a prompt.

Keys after the recording: 1 keeps it, 2 plays it, 3 begins again.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from apps.accounts.models import User
from apps.accounts.selectors import agent_by_endpoint
from apps.calls.engine.facts import clean, endpoint_of
from apps.calls.writer import FactSink
from apps.core.tenancy import tenant_scope
from apps.prompts.errors import SoundError
from apps.prompts.models import AudioSource, Prompt
from apps.prompts.selectors import (
    RECORD_CODE,
    RECORD_LANGUAGES,
    can_prompts_change,
    prompt_by_number,
)
from apps.prompts.services import audio_upload
from apps.prompts.tasks import audio_make_later
from apps.telephony import dialplan_variables as hw
from apps.telephony.agi.database import Visits
from apps.telephony.agi.facts import CallFacts
from apps.telephony.agi.session import AgiSession
from apps.telephony.agi.voice import PhoneVoice
from apps.telephony.quoting import agi_quote

CODE = re.compile(re.escape(RECORD_CODE) + r"(?P<language>[0-9])(?P<number>[0-9]{1,9})\Z")
LONGEST_MS = 600_000
SILENCE_S = 10
TRIES = 10
KEY_TIMEOUT_S = 8.0
KEEP, HEAR, AGAIN = "1", "2", "3"


@dataclass(frozen=True)
class RecordPlan:
    """Who records which prompt in which language."""

    user: User
    tenant_slug: str
    prompt: Prompt
    language: str


def record_plan(endpoint: str, code: str) -> RecordPlan | None:
    """Return what a code means to the phone; None for who may not, or no such prompt. 3 queries."""
    match = CODE.match(code)
    agent = agent_by_endpoint(endpoint)
    if match is None or agent is None or match["language"] not in RECORD_LANGUAGES:
        return None
    is_active = agent.is_active and agent.user.is_active and agent.tenant.is_active
    if not is_active or not can_prompts_change(agent.user):
        return None
    with tenant_scope(agent.tenant_id):
        prompt = prompt_by_number(int(match["number"]))
    if prompt is None:
        return None
    language = RECORD_LANGUAGES[match["language"]]
    return RecordPlan(agent.user, agent.tenant.slug, prompt, language)


class RecordPrompt:
    """The script; one object serves every call."""

    def __init__(self, sink: FactSink, visits: Visits) -> None:
        self._sink = sink
        self._visits = visits

    def __call__(self, session: AgiSession) -> None:
        """Serve one person who dialled a code."""
        code = session.argument(1)
        endpoint = endpoint_of(session.env.get("agi_channel", ""))
        plan = self._visits.visit(lambda: record_plan(endpoint, code))
        facts = CallFacts(session, settings.HUAWU_NODE, self._sink)
        slug = plan.tenant_slug if plan else ""
        facts.entered(did=clean(code, 80), tenant=slug, flow="", version=0)
        if plan is None:
            following, reason = hw.Next.NOT_ALLOWED, "no prompt that this phone may record"
        else:
            session.set(hw.TENANT, slug)
            is_kept = self._record(session, plan)
            following = hw.Next.GOODBYE
            reason = "prompt recorded" if is_kept else "no prompt recorded"
        facts.decided(next=following, reason=reason, direction="internal")
        session.set(hw.NEXT, following)

    def _record(self, session: AgiSession, plan: RecordPlan) -> bool:
        # Asterisk and we may see the folder under different names; the file's name is one.
        name = "prompt-" + re.sub(r"[^A-Za-z0-9.-]", "", session.uniqueid)
        theirs = f"{session.variable(hw.REC_DIR)}/{name}"
        ours = Path(settings.HUAWU_ASTERISK_DIR) / "recordings" / f"{name}.wav"
        voice = PhoneVoice(session)
        voice.answer()
        try:
            for _ in range(TRIES):
                voice.play(["huawu/record-prompt", "huawu/beep"])
                session.execute(
                    *("RECORD FILE", agi_quote(theirs), "wav", agi_quote("#")),
                    *(LONGEST_MS, 0, f"s={SILENCE_S}"),
                )
                key = self._choice(session, voice, theirs)
                if not key:
                    return False
                if key == KEEP:
                    if self._keep(plan, ours):
                        voice.play(["huawu/record-prompt-kept"])
                        return True
                    voice.play(["huawu/record-prompt-failed"])
            return False
        finally:
            ours.unlink(missing_ok=True)

    @staticmethod
    def _choice(session: AgiSession, voice: PhoneVoice, theirs: str) -> str:
        """Return KEEP or AGAIN, '' when no key came that means anything."""
        for _ in range(TRIES):
            key = voice.ask(["huawu/record-prompt-choose"], KEY_TIMEOUT_S)
            if key in (KEEP, AGAIN):
                return key
            if not key:
                return ""
            if key == HEAR:
                session.execute("STREAM FILE", agi_quote(theirs), agi_quote(""))
        return ""

    def _keep(self, plan: RecordPlan, ours: Path) -> bool:
        def keep() -> bool:
            with tenant_scope(plan.prompt.tenant_id):
                try:
                    audio = audio_upload(
                        prompt=plan.prompt,
                        language=plan.language,
                        pieces=[ours.read_bytes()],
                        actor=plan.user,
                        source=AudioSource.PHONE,
                    )
                except (SoundError, OSError):
                    return False
                audio_make_later(audio)
            return True

        return self._visits.visit(keep)
