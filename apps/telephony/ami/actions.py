"""Every command to Asterisk, in one place. Each raises AmiError; each is for other threads than the
link's.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from apps.acd.engine.agent_state import GONE
from apps.acd.selectors import MemberWish
from apps.calls.engine.facts import APART
from apps.core.phones import interface_of, is_outside
from apps.telephony import dialplan_variables as hw
from apps.telephony.ami.connection import ACTION_TIMEOUT_S, AmiError, AmiLink, AmiRefusedError
from apps.telephony.ami.events import RINGING, UP, caller_text, is_internal, text

SUPERVISE_CONTEXT, TONE_CONTEXT = "huawu-supervise", "huawu-supervise-tone"


@dataclass(frozen=True)
class LiveChannel:
    """One channel that Asterisk has now."""

    uniqueid: str
    linkedid: str
    channel: str
    context: str = ""
    exten: str = ""
    caller: str = ""
    caller_name: str = ""
    is_answered: bool = False
    is_ringing: bool = False
    bridge: str = ""
    age_s: int = 0


@dataclass(frozen=True)
class Waiting:
    """One caller who waits in one of Asterisk's queues now."""

    queue: str
    uniqueid: str
    wait_s: int
    channel: str = ""


@dataclass(frozen=True)
class Membership:
    """One member that one of Asterisk's queues has now."""

    queue: str
    interface: str
    member_name: str
    penalty: int
    is_paused: bool


class AmiActions:
    """Commands over one node's link."""

    def __init__(self, link: AmiLink) -> None:
        self._link = link

    def live_channels(self) -> list[LiveChannel]:
        """Return every channel (CoreShowChannels)."""
        return [
            LiveChannel(
                uniqueid=text(item, "Uniqueid"),
                linkedid=text(item, "Linkedid"),
                channel=text(item, "Channel"),
                context=text(item, "Context", 80),
                exten=text(item, "Exten", 80),
                caller=caller_text(item, "CallerIDNum", 80),
                caller_name=caller_text(item, "CallerIDName"),
                is_answered=item.ChannelState == UP,
                is_ringing=item.ChannelState == RINGING,
                bridge=text(item, "BridgeId", 80),
                age_s=seconds(text(item, "Duration")),
            )
            for item in self._link.action_list("CoreShowChannels", timeout_s=10)
            if not is_internal(item)
        ]

    def waiting(self) -> list[Waiting]:
        """Return every queue's callers (QueueStatus)."""
        return [
            Waiting(
                queue=text(item, "Queue", 80),
                uniqueid=text(item, "Uniqueid"),
                wait_s=int(item.Wait or 0),
                channel=text(item, "Channel"),
            )
            for item in self._link.action_list("QueueStatus", timeout_s=10)
            if item.event == "QueueEntry"
        ]

    def memberships(self) -> list[Membership]:
        """Return every queue's members (QueueStatus)."""
        return [
            Membership(
                queue=item.Queue,
                interface=item.Location,
                member_name=item.Name,
                penalty=int(item.Penalty or 0),
                is_paused=item.Paused == "1",
            )
            for item in self._link.action_list("QueueStatus", timeout_s=10)
            if item.event == "QueueMember"
        ]

    def queue_add(self, wish: MemberWish) -> None:
        """Add a member as wished."""
        self._link.action(
            "QueueAdd",
            Queue=wish.queue,
            Interface=wish.interface,
            MemberName=wish.member_name,
            Penalty=str(wish.penalty),
            Paused="true" if wish.is_paused else "false",
            Reason=wish.pause_reason,
        )

    def queue_remove(self, queue: str, interface: str) -> None:
        """Take a member out; a call that he has goes on. Not there is fine."""
        try:
            self._link.action("QueueRemove", Queue=queue, Interface=interface)
        except AmiError as error:
            if "not there" not in str(error).lower():
                raise

    def queue_pause(self, wish: MemberWish) -> None:
        """Pause or unpause a member as wished."""
        self._link.action(
            "QueuePause",
            Queue=wish.queue,
            Interface=wish.interface,
            Paused="true" if wish.is_paused else "false",
            Reason=wish.pause_reason,
        )

    def queue_penalty(self, wish: MemberWish) -> None:
        """Set a member's penalty as wished."""
        self._link.action(
            "QueuePenalty",
            Queue=wish.queue,
            Interface=wish.interface,
            Penalty=str(wish.penalty),
        )

    def reload(self, module: str) -> None:
        """Reload one module's configuration, for example `app_queue.so`."""
        self._link.action("Reload", Module=module, timeout_s=15)

    def hangup(self, channel: str) -> None:
        """Hang up one channel; already gone is fine."""
        try:
            self._link.action("Hangup", Channel=channel, Cause="16")
        except AmiError as error:
            if "no such channel" not in str(error).lower():
                raise

    def set_variable(self, channel: str, name: str, value: str) -> None:
        """Set a variable of one channel; already gone is fine."""
        try:
            self._link.action("Setvar", Channel=channel, Variable=name, Value=value)
        except AmiError as error:
            if "no such channel" not in str(error).lower():
                raise

    def variable(self, channel: str, name: str) -> str:
        """Return a variable or function of one channel, '' when it has none or is gone."""
        try:
            return text(self._link.action("Getvar", Channel=channel, Variable=name), "Value")
        except AmiRefusedError:
            return ""

    def recording_mute(self, channel: str, *, is_on: bool) -> None:
        """Leave what is said out of the channel's recordings, or no more; already gone is fine."""
        try:
            self._link.action(
                "MixMonitorMute", Channel=channel, Direction="both", State="1" if is_on else "0"
            )
        except AmiError as error:
            if "no such channel" not in str(error).lower():
                raise

    def set_global(self, name: str, value: str) -> None:
        """Set one of the dialplan's global variables."""
        self._link.action("Setvar", Variable=name, Value=value)

    def device_states(self) -> list[tuple[str, str]]:
        """Return every device's name and state (DeviceStateList)."""
        return [
            (text(item, "Device", 80), text(item, "State", 20))
            for item in self._link.action_list("DeviceStateList", timeout_s=10)
        ]

    def redirect(self, channel: str, *, context: str, exten: str) -> None:
        """Send one channel elsewhere in the dialplan; already gone is fine."""
        try:
            self._link.action(
                "Redirect", Channel=channel, Context=context, Exten=exten, Priority="1"
            )
        except AmiError as error:
            if "not exist" not in str(error).lower():
                raise

    def redirect_both(self, one: tuple[str, str], other: tuple[str, str], *, context: str) -> None:
        """Send two channels on at once, each (channel, extension): neither sees the other leave."""
        self._link.action(
            "Redirect",
            Channel=one[0],
            Context=context,
            Exten=one[1],
            Priority="1",
            ExtraChannel=other[0],
            ExtraContext=context,
            ExtraExten=other[1],
            ExtraPriority="1",
        )

    def originate(self, *, endpoint: str, number: str, caller_id: str) -> None:
        """Ring the agent's endpoint; when he answers, dial the number as if he had."""
        fields = {
            "Channel": interface_of(endpoint),
            "Context": "huawu-from-agent",
            "Exten": number,
            "Priority": "1",
            "CallerID": caller_id,
            "Timeout": "30000",
            "Async": "true",
        }
        self._link.action("Originate", timeout_s=ACTION_TIMEOUT_S, **fields)

    def originate_call_back(
        self,
        *,
        phone: str,
        channel_id: str,
        context: str,
        ring_s: int,
        shown: str,
        variables: Mapping[str, str],
    ) -> None:
        """Ring an agent's phone, which shows the number; when he answers, go to the context.

        `channel_id` becomes the channel's uniqueid. No value may hold a comma.
        """
        self._link.action(
            "Originate",
            timeout_s=ACTION_TIMEOUT_S,
            Channel=interface_of(phone),
            ChannelId=channel_id,
            Context=context,
            Exten="s",
            Priority="1",
            CallerID=f'"" <{shown}>',
            Timeout=str(ring_s * 1000),
            Variable=",".join(f"{name}={value}" for name, value in variables.items()),
            Async="true",
        )

    def supervise(
        self, *, phone: str, channel_id: str, watched: str, mode: str, keys: str, shown: str
    ) -> None:
        """Ring a supervisor's phone; when he answers he hears the channel of uniqueid `watched`.

        `keys` are those with which he may change how he is heard. Raises AmiRefusedError when his
        phone is not there: an Originate that fails later tells nobody.
        """
        if not is_outside(phone) and dict(self.device_states()).get(f"PJSIP/{phone}", "") in GONE:
            raise AmiRefusedError(f"phone {phone} is not registered")
        variables = {hw.SPY: watched, hw.SPY_MODE: mode, hw.SPY_KEYS: keys}
        self.originate_call_back(
            phone=phone,
            channel_id=channel_id,
            context=SUPERVISE_CONTEXT,
            ring_s=30,
            shown=shown,
            variables=variables,
        )

    def supervision_tone(self, watched: str, *, is_to_both: bool) -> None:
        """Play the tone of a supervisor to a channel, or to whom it talks with too."""
        tone = f"{APART}tone-{uuid.uuid4().hex}"
        self._link.action(
            "Originate",
            timeout_s=ACTION_TIMEOUT_S,
            Channel=f"Local/s@{TONE_CONTEXT}/n",
            ChannelId=tone,
            OtherChannelId=f"{tone}-2",
            Context=TONE_CONTEXT,
            Exten="both" if is_to_both else "agent",
            Priority="1",
            Timeout="5000",
            Variable=f"{hw.SPY}={watched}",
            Async="true",
        )

    def version(self) -> str:
        """Return Asterisk's version (CoreSettings)."""
        return str(self._link.action("CoreSettings").AsteriskVersion)


def seconds(duration: str) -> int:
    """Return `HH:MM:SS` in seconds, 0 for anything else."""
    parts = duration.split(":")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return 0
    hours, minutes, rest = (int(part) for part in parts)
    return hours * 3600 + minutes * 60 + rest
