"""What the domain asks of the phone system. The adapter is `apps.telephony.phone_system`.

A command is accepted or refused at once only for its form; whether it worked, an event says.
A failure is published as `command.failed` to `user_stream` (empty: nobody is told).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from apps.calls.engine.control_order import ControlOrder


class PhoneSystem(Protocol):
    """Commands to Asterisk, by what they mean."""

    def agent_sync(self, *, agent_id: int, user_stream: str = "") -> None:
        """Bring Asterisk's queues in line with the agent's session, see `member_wishes`."""

    def call_hangup(self, *, node: str, uniqueid: str, user_stream: str = "") -> None:
        """Hang up one channel."""

    def call_originate(
        self, *, node: str, endpoint: str, number: str, caller_id: str, user_stream: str = ""
    ) -> None:
        """Ring the agent's endpoint, then dial the number for him."""

    def call_to_survey(self, *, node: str, uniqueid: str, user_stream: str = "") -> None:
        """Send the caller's channel to his queue's survey; whoever talks with him is released."""

    def call_to_answer(
        self, *, node: str, uniqueid: str, sound: str, back: str, user_stream: str = ""
    ) -> None:
        """Play a sound to the caller, then ring `back` for him ('' ends the call)."""

    def call_take_over(
        self,
        *,
        node: str,
        uniqueid: str,
        phone: str,
        back: str,
        released: str,
        user_stream: str = "",
    ) -> None:
        """Send this channel to `phone`, or when nobody answers there to `back`, then his queue.

        `released` is hung up: the agent's channel.
        """

    def call_pick_up(
        self,
        *,
        node: str,
        uniqueid: str,
        agent: str,
        phone: str = "",
        back: str = "",
        after: str = "",
        user_stream: str = "",
    ) -> None:
        """Let the distributor offer a ringing caller to this agent (SIP user) instead.

        With a `phone` (dial string) it is no queue's call: it rings there, then again at `back`.
        `after` is the uniqueid of a channel of the same phone, which must have ended first.
        """

    def supervision_start(
        self,
        *,
        node: str,
        channel: str,
        phone: str,
        watched: str,
        mode: str,
        keys: str,
        shown: str,
        user_stream: str = "",
    ) -> None:
        """Ring `phone`; who answers hears the channel `watched`. `channel`: its own uniqueid."""

    def supervision_switch(
        self, *, node: str, channel: str, mode: str, user_stream: str = ""
    ) -> None:
        """Change who hears a supervisor who listens."""

    def supervision_tone(self, *, node: str, watched: str, is_to_both: bool) -> None:
        """Play the tone that says that somebody listens to this channel."""

    def call_control(self, *, node: str, order: ControlOrder, user_stream: str = "") -> None:
        """Hold, consult, transfer, confer: move the call's channels as ordered."""

    def recording_pause(
        self, *, node: str, uniqueids: list[str], is_on: bool, user_stream: str = ""
    ) -> None:
        """Leave what is said out of these channels' recordings (`is_on`), or no more."""

    def configuration_changed(self) -> None:
        """Tell every node that rows which Asterisk reads have changed; only a nudge."""


@lru_cache(maxsize=1)
def phone_system() -> PhoneSystem:
    """Return the configured phone system (`settings.HUAWU_PHONE_SYSTEM`)."""
    made: PhoneSystem = import_string(settings.HUAWU_PHONE_SYSTEM)()
    return made


@dataclass(frozen=True)
class QueueEntry:
    """What the ledger needs of a queue; `name` is the people's name, not Asterisk's."""

    number: str
    name: str
    tenant_id: int
    department_id: int | None


class QueueDirectory(Protocol):
    """Know queues by their Asterisk name. Queues belong to `apps.acd`, which is above calls."""

    def find(self, asterisk_name: str) -> QueueEntry | None:
        """Return the queue, None when nobody has one of that name."""


@lru_cache(maxsize=1)
def queue_directory() -> QueueDirectory:
    """Return the configured directory (`settings.HUAWU_QUEUE_DIRECTORY`)."""
    made: QueueDirectory = import_string(settings.HUAWU_QUEUE_DIRECTORY)()
    return made
