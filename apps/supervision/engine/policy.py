"""Which role may do what with a live call, and who is told of it. Pure.

A company's own rows say otherwise; without one a role has what `DEFAULTS` gives.
"""

from dataclasses import dataclass

LISTEN, WHISPER, BARGE = "listen", "whisper", "barge"
MODES = (LISTEN, WHISPER, BARGE)
TAKE_OVER, HANG_UP, FORCE = "take_over", "hang_up", "force"
ACTIONS = frozenset({*MODES, TAKE_OVER, HANG_UP, FORCE})

SILENT, TO_AGENT, TO_BOTH = "silent", "agent", "both"

# The key on the supervisor's phone that changes to a mode (those of ChanSpy's option d).
KEY_OF = {LISTEN: "4", WHISPER: "5", BARGE: "6"}


@dataclass(frozen=True)
class Policy:
    """What one role may do; `announce`: who hears a tone when somebody begins to listen."""

    allowed: frozenset[str] = frozenset()
    announce: str = TO_AGENT

    def may(self, action: str) -> bool:
        """Say whether the action is allowed."""
        return action in self.allowed

    @property
    def is_told(self) -> bool:
        """Say whether the agent learns that he is listened to."""
        return self.announce != SILENT

    @property
    def may_anything(self) -> bool:
        """Say whether there is any action at all."""
        return bool(self.allowed)

    @property
    def keys(self) -> str:
        """Return the keys with which the phone may change its mode."""
        return "".join(KEY_OF[mode] for mode in MODES if mode in self.allowed)


NOTHING = Policy()
DEFAULTS = {
    "team_lead": Policy(ACTIONS),
    "admin": Policy(ACTIONS),
    "inspector": Policy(frozenset({LISTEN})),
}


def default_policy(role: str) -> Policy:
    """Return what a role may do in a company that has decided nothing."""
    return DEFAULTS.get(role, NOTHING)
