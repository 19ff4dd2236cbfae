"""The FastAGI part of a process: the server, its scripts and its own fact writer."""

from django.conf import settings

from apps.calls.spool import Spool
from apps.calls.writer import FactWriter
from apps.promises.engine.service import FASTAGI
from apps.promises.heartbeat import HeartbeatThread
from apps.telephony.after_facts import after_facts
from apps.telephony.agi.call_back import CallBackCall
from apps.telephony.agi.camp_on import CampOnCall
from apps.telephony.agi.database import DatabaseVisits
from apps.telephony.agi.dial import Dial
from apps.telephony.agi.enter import Enter
from apps.telephony.agi.forward import Forward
from apps.telephony.agi.record_prompt import RecordPrompt
from apps.telephony.agi.server import FastAgiServer
from apps.telephony.agi.survey import SurveyCall
from apps.telephony.agi.voicemail_menu import VoicemailMenu


class AgiService:
    """Server and writer together, so that what callers did is written before the process ends."""

    def __init__(self) -> None:
        self.writer = FactWriter(Spool(settings.HUAWU_DATA_DIR / "spool", "agi"), after=after_facts)
        self.visits = DatabaseVisits()
        agi = settings.HUAWU_AGI
        enter = Enter(self.writer, self.visits)
        forward = Forward(self.writer, self.visits)
        self.server = FastAgiServer(
            str(agi["host"]),
            int(str(agi["port"])),
            {
                "enter": enter,
                "resume": enter.go_on,
                "dial": Dial(self.writer, self.visits),
                "called": forward.called,
                "forward": forward.go_on,
                "record-prompt": RecordPrompt(self.writer, self.visits),
                "voicemail": VoicemailMenu(self.writer, self.visits),
                "survey": SurveyCall(self.writer, self.visits),
                "call-back": CallBackCall(self.visits),
                "camp-on": CampOnCall(self.visits),
            },
            max_calls=int(str(agi["max_calls"])),
        )
        # Callers are served from memory while the database is away.
        self.heartbeat = HeartbeatThread(
            FASTAGI, is_well=lambda: self.server.is_serving, has_memory=True
        )

    def start(self) -> None:
        """Start writing, then accepting."""
        self.writer.start()
        self.server.start()
        self.heartbeat.start()

    def stop(self, grace_s: float = 30.0) -> None:
        """Let callers finish their menus, then write what is left."""
        self.heartbeat.stop()
        self.server.stop(grace_s)
        self.visits.close()
        self.writer.stop(5)


def make_agi_service() -> AgiService:
    """Return the service configured from settings; the port is bound already."""
    return AgiService()
