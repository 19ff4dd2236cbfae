"""What is recorded of a call, and when that is paused. Pure; a part of the fold."""

from apps.calls.engine.facts import Fact
from apps.calls.engine.state import CallState, LegState

ON, PAUSED = "on", "paused"


def recording_began(state: CallState, fact: Fact) -> None:
    """Note a file; a channel's next one is not paused."""
    path = str(fact.data.get("path", ""))
    if path and path not in state.recordings:
        state.recordings.append(path)
    leg = state.legs.get(fact.uniqueid)
    if leg is not None:
        leg.is_recorded, leg.recording_paused_at = True, None


def recording_ended(state: CallState, fact: Fact) -> None:
    """Note that the channel is recorded no more."""
    leg = state.legs.get(fact.uniqueid)
    if leg is not None:
        leg.is_recorded, leg.recording_paused_at = False, None


def recording_paused(state: CallState, fact: Fact) -> None:
    """Note since when what is said is left out."""
    leg = state.legs.get(fact.uniqueid)
    if leg is not None:
        leg.recording_paused_at = leg.recording_paused_at or fact.at


def recording_resumed(state: CallState, fact: Fact) -> None:
    """Note that it is recorded again."""
    leg = state.legs.get(fact.uniqueid)
    if leg is not None:
        leg.recording_paused_at = None


def recorded_legs(state: CallState) -> list[LegState]:
    """Return the live channels that are recorded."""
    return [leg for leg in state.legs.values() if leg.is_live and leg.is_recorded]


def recording_of(state: CallState) -> str:
    """Return `on`, `paused` (whoever is recorded) or '' (nobody is)."""
    legs = recorded_legs(state)
    if not legs:
        return ""
    return PAUSED if all(leg.recording_paused_at for leg in legs) else ON
