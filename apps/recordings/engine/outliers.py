"""Which recordings stand out by their sound, and why: proposals for inspection. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from apps.recordings.engine.sound import Sound

# Shares of a short call say little: a wrong number is half silence.
SHORTEST_FOR_SHARES_MS = 30_000


@dataclass(frozen=True)
class Limits:
    """Beyond which a recording stands out. Shares 0 to 1, times in ms, levels in dB full scale."""

    silence_share: float = 0.5
    longest_silence_ms: int = 30_000
    crosstalk_share: float = 0.1
    agent_share_most: float = 0.85
    agent_share_least: float = 0.15
    monologue_ms: int = 120_000
    clipped_share: float = 0.01
    quietest_db: float = -42.0


def _is_long(sound: Sound) -> bool:
    return sound.duration_ms >= SHORTEST_FOR_SHARES_MS


def _share(part_ms: int, sound: Sound) -> float:
    return part_ms / sound.duration_ms if _is_long(sound) else 0.0


def _agent_share(sound: Sound, otherwise: float) -> float:
    share = sound.agent_share
    return share if _is_long(sound) and share is not None else otherwise


REASONS: dict[str, Callable[[Sound, Limits], bool]] = {
    "much_silence": lambda one, at: _share(one.silence_ms, one) > at.silence_share,
    "long_silence": lambda one, at: one.longest_silence_ms > at.longest_silence_ms,
    "crosstalk": lambda one, at: _share(one.crosstalk_ms, one) > at.crosstalk_share,
    "agent_talks_much": lambda one, at: _agent_share(one, 0.0) > at.agent_share_most,
    "agent_hardly_talks": lambda one, at: _agent_share(one, 1.0) < at.agent_share_least,
    "monologue": lambda one, at: one.agent.longest_talk_ms > at.monologue_ms,
    "clipped": lambda one, at: (
        max(one.agent.clipped_share, one.other.clipped_share) > at.clipped_share
    ),
    "agent_quiet": lambda one, at: (
        one.agent.level_db is not None and one.agent.level_db < at.quietest_db
    ),
    "one_sided": lambda one, at: (
        _is_long(one) and (one.agent.talk_ms == 0) != (one.other.talk_ms == 0)
    ),
}


def reasons(sound: Sound, limits: Limits = Limits()) -> list[str]:
    """Return why a recording stands out, in the order of REASONS; nothing when it does not."""
    return [name for name, holds in REASONS.items() if holds(sound, limits)]
