"""SIPp for tests: the same scenarios that `make demo-call` plays."""

from tools.sipp import (
    Cancel,
    HangUp,
    Keys,
    Note,
    Pause,
    Play,
    Run,
    Sipp,
    SpeakUntilBye,
    Step,
    WaitBye,
    answerer_scenario,
    caller_scenario,
    register_scenario,
)

__all__ = [
    "Cancel",
    "HangUp",
    "Keys",
    "Note",
    "Pause",
    "Play",
    "Run",
    "Sipp",
    "SpeakUntilBye",
    "Step",
    "WaitBye",
    "answerer_scenario",
    "caller_scenario",
    "register_scenario",
]
