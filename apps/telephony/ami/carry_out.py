"""Carry out one command on the node; tell its sender when it failed."""

import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent
from apps.calls.engine.control_order import ControlOrder, Destination
from apps.core.events import StreamEvent, publish_on_commit
from apps.core.tenancy import all_tenants
from apps.supervision.services import supervision_failed
from apps.telephony import dialplan_variables as hw
from apps.telephony.ami.actions import SUPERVISE_CONTEXT, AmiActions, LiveChannel
from apps.telephony.ami.connection import AmiError, AmiRefusedError
from apps.telephony.ami.control_moves import (
    CONTEXT,
    HangUp,
    MissingPartyError,
    SetVariable,
    control_moves,
)
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
)

ANSWER_CONTEXT = "huawu-answer"
SURVEY_CONTEXT = "huawu-survey"
TAKE_OVER_CONTEXT = "huawu-take-over"
PICKED_CONTEXT = "huawu-picked"
CODE_ENDS_S = 2.0
TRANSFERRED = "transferred"

logger = logging.getLogger(__name__)


class Node(Protocol):
    """What commands need of the node's process."""

    actions: AmiActions

    def members_sync(self, agent_user: str | None = None) -> None:
        """Bring Asterisk's queue members in line with the sessions."""

    def pick_up(self, call: str, agent: str) -> None:
        """Offer a ringing caller to this agent instead; raises AmiError when he rings no more."""

    def recording_pause(self, uniqueids: list[str], *, is_on: bool) -> None:
        """Pause or resume channels' recordings; raises AmiError."""

    def nudge_configuration(self) -> None:
        """Compare rows and files now."""


def carry_out(service: "Node", command: Command) -> None:
    """Do it, unless it is expired or unknown; never raises for a command's own fault."""
    do = DO.get(command.action)
    if do is None:
        logger.error("unknown command %r", command.action)
        return
    if command.is_expired:
        _failed(command, "telephony.too_late", str(_("The command came too late.")))
        return
    try:
        do(service, command.args)
    except AmiError as error:
        logger.warning("command %s failed: %s", command.action, error)
        _failed(command, "telephony.refused", str(error))


def _agent_sync(service: "Node", args: dict[str, Any]) -> None:
    with all_tenants("a node serves every company"):
        agent = Agent.objects.get(pk=args["agent_id"])
    service.members_sync(agent.sip_username)


def _call_hangup(service: "Node", args: dict[str, Any]) -> None:
    for channel in service.actions.live_channels():
        if channel.uniqueid == args["uniqueid"]:
            service.actions.hangup(channel.channel)


def _call_originate(service: "Node", args: dict[str, Any]) -> None:
    service.actions.originate(
        endpoint=args["endpoint"], number=args["number"], caller_id=args["caller_id"]
    )


def _call_to_survey(service: "Node", args: dict[str, Any]) -> None:
    for channel in service.actions.live_channels():
        if channel.uniqueid == args["uniqueid"]:
            service.actions.redirect(channel.channel, context=SURVEY_CONTEXT, exten=TRANSFERRED)


def _call_to_answer(service: "Node", args: dict[str, Any]) -> None:
    for channel in service.actions.live_channels():
        if channel.uniqueid == args["uniqueid"]:
            service.actions.set_variable(channel.channel, hw.ANSWER, args["sound"])
            service.actions.set_variable(channel.channel, hw.ANSWER_BACK, args["back"])
            service.actions.redirect(channel.channel, context=ANSWER_CONTEXT, exten="s")


def _call_take_over(service: "Node", args: dict[str, Any]) -> None:
    live = {channel.uniqueid: channel.channel for channel in service.actions.live_channels()}
    caller, agent = live.get(args["uniqueid"]), live.get(args["released"])
    if caller is None:
        return
    service.actions.set_variable(caller, hw.TAKE_OVER, args["phone"])
    service.actions.set_variable(caller, hw.TAKE_OVER_BACK, args["back"])
    service.actions.redirect(caller, context=TAKE_OVER_CONTEXT, exten="s")
    if agent is not None:
        # Alone he hangs up by himself; who holds the caller or confers with him does not.
        service.actions.hangup(agent)


def _call_pick_up(service: "Node", args: dict[str, Any]) -> None:
    live = _live_without(service, args["after"])
    if not args["phone"]:
        service.pick_up(args["uniqueid"], args["agent"])
        return
    caller = live.get(args["uniqueid"])
    # Somebody may have answered just now: that talk is not to be torn apart.
    if caller is None or caller.bridge:
        raise AmiRefusedError(str(_("This call does not ring any more.")))
    service.actions.set_variable(caller.channel, hw.TAKE_OVER, args["phone"])
    service.actions.set_variable(caller.channel, hw.TAKE_OVER_BACK, args["back"])
    service.actions.redirect(caller.channel, context=PICKED_CONTEXT, exten="s")


def _live_without(service: "Node", uniqueid: str) -> dict[str, LiveChannel]:
    """Return the live channels, once this one has ended (within two seconds, or not).

    A phone from which a code was dialled takes no call before it has hung up.
    """
    until = time.monotonic() + CODE_ENDS_S
    while True:
        live = {one.uniqueid: one for one in service.actions.live_channels()}
        if not uniqueid or uniqueid not in live or time.monotonic() >= until:
            return live
        time.sleep(0.05)


def _supervision_start(service: "Node", args: dict[str, Any]) -> None:
    try:
        service.actions.supervise(
            phone=args["phone"],
            channel_id=args["channel"],
            watched=args["watched"],
            mode=args["mode"],
            keys=args["keys"],
            shown=args["shown"],
        )
    except AmiError:
        with all_tenants("the channel says which company"):
            supervision_failed(args["channel"])
        raise


def _supervision_switch(service: "Node", args: dict[str, Any]) -> None:
    for channel in service.actions.live_channels():
        if channel.uniqueid == args["channel"]:
            service.actions.redirect(channel.channel, context=SUPERVISE_CONTEXT, exten=args["mode"])


def _supervision_tone(service: "Node", args: dict[str, Any]) -> None:
    service.actions.supervision_tone(args["watched"], is_to_both=args["is_to_both"])


def _call_control(service: "Node", args: dict[str, Any]) -> None:
    to = args.pop("destination", None)
    destination = Destination(**{**to, "phones": tuple(to["phones"])}) if to else None
    order = ControlOrder(**{**args, "back": tuple(args["back"])}, destination=destination)
    actions = service.actions
    names = {channel.uniqueid: channel.channel for channel in actions.live_channels()}
    try:
        moves = control_moves(order, names)
    except MissingPartyError as error:
        raise AmiError(str(_("Somebody in this call has hung up meanwhile."))) from error
    for move in moves:
        if isinstance(move, SetVariable):
            actions.set_variable(move.channel, move.name, move.value)
        elif isinstance(move, HangUp):
            actions.hangup(move.channel)
        elif move.other:
            actions.redirect_both(
                (move.channel, move.exten), (move.other, move.other_exten), context=CONTEXT
            )
        else:
            actions.redirect(move.channel, context=CONTEXT, exten=move.exten)


def _recording_pause(service: "Node", args: dict[str, Any]) -> None:
    service.recording_pause(list(args["uniqueids"]), is_on=args["is_on"])


def _configuration_changed(service: "Node", args: dict[str, Any]) -> None:
    service.nudge_configuration()


DO: dict[str, Callable[["Node", dict[str, Any]], None]] = {
    AGENT_SYNC: _agent_sync,
    CALL_CONTROL: _call_control,
    CALL_HANGUP: _call_hangup,
    CALL_ORIGINATE: _call_originate,
    CALL_PICK_UP: _call_pick_up,
    CALL_TAKE_OVER: _call_take_over,
    CALL_TO_ANSWER: _call_to_answer,
    CALL_TO_SURVEY: _call_to_survey,
    CONFIGURATION_CHANGED: _configuration_changed,
    RECORDING_PAUSE: _recording_pause,
    SUPERVISION_START: _supervision_start,
    SUPERVISION_SWITCH: _supervision_switch,
    SUPERVISION_TONE: _supervision_tone,
}


def _failed(command: Command, code: str, message: str) -> None:
    if not command.user_stream:
        return
    with transaction.atomic():
        publish_on_commit(
            [
                StreamEvent(
                    stream=command.user_stream,
                    kind="command.failed",
                    tenant_id=None,
                    data={
                        "command_id": command.id,
                        "action": command.action,
                        "code": code,
                        "message": message,
                    },
                )
            ]
        )
