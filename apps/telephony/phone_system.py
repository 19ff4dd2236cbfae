"""`calls.ports.PhoneSystem` over commands to the node's process."""

from dataclasses import asdict

from django.conf import settings

from apps.calls.engine.control_order import ControlOrder
from apps.core.node_status import node_status
from apps.telephony.commands import (
    AGENT_SYNC,
    CALL_CONTROL,
    CALL_HANGUP,
    CALL_ORIGINATE,
    CALL_PICK_UP,
    CALL_TAKE_OVER,
    CALL_TO_ANSWER,
    CALL_TO_SURVEY,
    CONFIGURATION_CHANGED,
    RECORDING_PAUSE,
    SUPERVISION_START,
    SUPERVISION_SWITCH,
    SUPERVISION_TONE,
    Command,
    PhoneSystemDownError,
    command_send,
)


class ChannelLayerPhoneSystem:
    """Sends each command to the process that holds the node's link."""

    def agent_sync(self, *, agent_id: int, user_stream: str = "") -> None:
        """Bring Asterisk's queues in line with the agent's session; healed at the next log-in."""
        command = Command(AGENT_SYNC, {"agent_id": agent_id}, user_stream)
        command_send(settings.HUAWU_NODE, command)

    def call_hangup(self, *, node: str, uniqueid: str, user_stream: str = "") -> None:
        """Hang up one channel. Raises PhoneSystemDownError without a link."""
        self._need_link(node)
        command_send(node, Command(CALL_HANGUP, {"uniqueid": uniqueid}, user_stream))

    def call_originate(
        self, *, node: str, endpoint: str, number: str, caller_id: str, user_stream: str = ""
    ) -> None:
        """Ring the agent, then dial. Raises PhoneSystemDownError without a link."""
        self._need_link(node)
        args = {"endpoint": endpoint, "number": number, "caller_id": caller_id}
        command_send(node, Command(CALL_ORIGINATE, args, user_stream))

    def call_to_survey(self, *, node: str, uniqueid: str, user_stream: str = "") -> None:
        """Redirect the caller to the survey. Raises PhoneSystemDownError without a link."""
        self._need_link(node)
        command_send(node, Command(CALL_TO_SURVEY, {"uniqueid": uniqueid}, user_stream))

    def call_to_answer(
        self, *, node: str, uniqueid: str, sound: str, back: str, user_stream: str = ""
    ) -> None:
        """Redirect the caller to an explanation. Raises PhoneSystemDownError without a link."""
        self._need_link(node)
        args = {"uniqueid": uniqueid, "sound": sound, "back": back}
        command_send(node, Command(CALL_TO_ANSWER, args, user_stream))

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
        """Redirect a channel to another phone. Raises PhoneSystemDownError without a link."""
        self._need_link(node)
        args = {"uniqueid": uniqueid, "phone": phone, "back": back, "released": released}
        command_send(node, Command(CALL_TAKE_OVER, args, user_stream))

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
        """Ask the node's distributor, or move it. Raises PhoneSystemDownError without a link."""
        self._need_link(node)
        args = {"uniqueid": uniqueid, "agent": agent, "phone": phone, "back": back, "after": after}
        command_send(node, Command(CALL_PICK_UP, args, user_stream))

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
        """Ring the supervisor's phone. Raises PhoneSystemDownError without a link."""
        self._need_link(node)
        args = {
            "channel": channel,
            "phone": phone,
            "watched": watched,
            "mode": mode,
            "keys": keys,
            "shown": shown,
        }
        command_send(node, Command(SUPERVISION_START, args, user_stream))

    def supervision_switch(
        self, *, node: str, channel: str, mode: str, user_stream: str = ""
    ) -> None:
        """Redirect the supervisor's channel. Raises PhoneSystemDownError without a link."""
        self._need_link(node)
        args = {"channel": channel, "mode": mode}
        command_send(node, Command(SUPERVISION_SWITCH, args, user_stream))

    def supervision_tone(self, *, node: str, watched: str, is_to_both: bool) -> None:
        """Play the tone; without a link nobody is there to listen."""
        command_send(
            node, Command(SUPERVISION_TONE, {"watched": watched, "is_to_both": is_to_both})
        )

    def call_control(self, *, node: str, order: ControlOrder, user_stream: str = "") -> None:
        """Carry out a call operation. Raises PhoneSystemDownError without a link."""
        self._need_link(node)
        command_send(node, Command(CALL_CONTROL, asdict(order), user_stream))

    def recording_pause(
        self, *, node: str, uniqueids: list[str], is_on: bool, user_stream: str = ""
    ) -> None:
        """Pause or resume recordings. Raises PhoneSystemDownError without a link."""
        self._need_link(node)
        args = {"uniqueids": uniqueids, "is_on": is_on}
        command_send(node, Command(RECORDING_PAUSE, args, user_stream))

    def configuration_changed(self) -> None:
        """Nudge the node's configuration loop."""
        command_send(settings.HUAWU_NODE, Command(CONFIGURATION_CHANGED, {}))

    def _need_link(self, node: str) -> None:
        if not node_status(node).is_up:
            raise PhoneSystemDownError(node)
