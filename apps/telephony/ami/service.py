"""Everything that one node's process does: listen, resynchronise, carry out commands, keep files.

Threads: the link's (reads, never touches the database), the fact writer's, the configuration
loop's, and one for chores (database and actions together). They meet in bounded queues only.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import close_old_connections, connection
from panoramisk.message import Message

from apps.acd.span_writer import SpanWriter
from apps.calls.spool import Spool
from apps.calls.writer import FactWriter
from apps.core.node_status import REFRESH_S, NodeStatus, node_status_set
from apps.promises.engine.service import AMI
from apps.promises.heartbeat import HeartbeatThread
from apps.recordings.pauses import recordings_paused
from apps.telephony.after_facts import after_facts
from apps.telephony.ami.actions import AmiActions, LiveChannel
from apps.telephony.ami.announce import link_announce
from apps.telephony.ami.camp_on_keeper import CampOnKeeper
from apps.telephony.ami.carry_out import carry_out
from apps.telephony.ami.connection import AmiConfig, AmiError, AmiLink, AmiRefusedError
from apps.telephony.ami.distributor import Distributor
from apps.telephony.ami.events import fact_from_event
from apps.telephony.ami.forgotten_calls import ForgottenCalls
from apps.telephony.ami.line_states import LineStates
from apps.telephony.ami.lost_phones import LostPhones
from apps.telephony.ami.members import member_changes, members_apply
from apps.telephony.ami.receiver import CommandReceiver
from apps.telephony.ami.recording_pauses import RecordingPauses
from apps.telephony.ami.resync import Gap, gap_record, last_heard_at, ledger_believed, resync_facts
from apps.telephony.commands import Command, local_register, local_unregister
from apps.telephony.conf.sync import ConfSync
from apps.telephony.reconcile import Reconciler

logger = logging.getLogger(__name__)

MAX_CHORES = 1_000
# CEL is read soon, so that figures are right soon; whole folders are listed seldom.
READ_LOGS_S, SCAN_FILES_S = 10.0, 60.0
# Twice as long as CEL's lines take to be read, so that their truth comes first.
LOOK_FOR_FORGOTTEN_S = 45.0
# AMI events later than this would be told twice.
SETTLED = timedelta(seconds=20)


@dataclass(frozen=True)
class Due:
    """A resynchronisation that has to be done; `down_at` is None after a start."""

    epoch: str
    down_at: datetime | None
    up_at: datetime


class AmiService:
    """One node's process, or its part of `runall`."""

    def __init__(self, config: AmiConfig) -> None:
        self.config = config
        self.writer = FactWriter(
            Spool(settings.HUAWU_DATA_DIR / "spool", f"ami-{config.node}"), after=after_facts
        )
        self.link = AmiLink(
            config, on_event=self._event, on_up=self._link_up, on_down=self._link_down
        )
        self.actions = AmiActions(self.link)
        self._conf = ConfSync(
            folder=settings.HUAWU_ASTERISK_DIR / "etc" / "huawu.d",
            media_address=settings.HUAWU_MEDIA_ADDRESS,
            reload=self.actions.reload,
            members_changed=self.members_sync,
        )
        self._reconciler = Reconciler(config.node, settings.HUAWU_ASTERISK_DIR, self.writer.put)
        self._forgotten = ForgottenCalls(config.node, self.actions.live_channels, self.writer.put)
        self._lines = LineStates(config.node, self.actions.device_states, lambda: self.link.is_up)
        self._spans = SpanWriter(config.node)
        self._distributor = (
            Distributor(config.node, self.actions, self.writer.put, self._spans)
            if settings.HUAWU_DISTRIBUTOR
            else None
        )
        self._lost_phones = LostPhones(
            config.node,
            self.actions,
            wait_s=settings.HUAWU_REJOIN_S,
            on_lost=self._phone_lost,
        )
        self._camp_ons = CampOnKeeper(config.node, self.actions)
        self._pauses = RecordingPauses(self.actions, limit_s=settings.HUAWU_RECORDING_PAUSE_S)
        self._heartbeat = HeartbeatThread(
            AMI, instance=config.node, is_well=self._is_well, has_memory=True
        )
        self._receiver = CommandReceiver(config.node, self.take, self.link)
        self._chores: queue.Queue[Callable[[], None]] = queue.Queue(MAX_CHORES)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run_chores, name="ami-chores", daemon=True)
        self._down_at: datetime | None = None
        self._due: Due | None = None
        self._last_fault: type[Exception] | None = None
        self._since = datetime.now(UTC)
        self._version = ""

    def start(self) -> None:
        """Start every thread; returns at once, the link comes up in the background."""
        local_register(self.config.node, self.take)
        self.writer.start()
        if self._distributor is not None:
            self._spans.start()
            self._distributor.start()
        self._lost_phones.start()
        self._lines.start()
        self._camp_ons.start()
        self._thread.start()
        self.link.start()
        self._receiver.start()
        self._conf.start()
        self._heartbeat.start()

    def stop(self) -> None:
        """Stop reading, write what was read, end every thread."""
        local_unregister(self.config.node)
        self._heartbeat.stop()
        self._receiver.stop()
        self._conf.stop()
        if self._distributor is not None:
            self._distributor.stop()
            self._spans.stop()
        self._lost_phones.stop()
        self._lines.stop()
        self._camp_ons.stop()
        self.link.stop()
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(10)
        self.writer.stop(10)

    def take(self, command: Command) -> None:
        """Take a command for the chores thread; full means that its sender is told it failed."""
        self._chore(lambda: carry_out(self, command))

    def members_sync(self, agent_user: str | None = None) -> None:
        """Bring Asterisk's queue members in line with the sessions; raises AmiError."""
        if self._distributor is not None:
            self._distributor.nudge()
        from apps.acd.selectors import member_wishes

        wishes = [wish for wish in member_wishes() if agent_user in (None, wish.member_name)]
        changes = member_changes(wishes, self.actions.memberships(), only=agent_user)
        members_apply(self.actions, changes)

    def pick_up(self, call: str, agent: str) -> None:
        """Let the distributor offer a ringing caller to this agent; raises AmiError."""
        if self._distributor is None:
            raise AmiRefusedError("app_queue rings this call: it cannot be picked up")
        self._distributor.pick_up(call, agent)

    def recording_pause(self, uniqueids: list[str], *, is_on: bool) -> None:
        """Pause or resume channels' recordings; raises AmiError."""
        self._pauses.pause(uniqueids, is_on=is_on)

    def nudge_configuration(self) -> None:
        """Compare rows and files now."""
        self._conf.nudge()

    def _event(self, message: Message, received_at: datetime) -> None:
        if self._distributor is not None:
            self._distributor.hear(message)
        self._lost_phones.hear(message)
        self._lines.hear(message)
        fact = fact_from_event(message, node=self.config.node, received_at=received_at)
        if fact is not None:
            self.writer.put(fact)

    def _phone_lost(self, other: LiveChannel, endpoint: str) -> None:
        if self._distributor is not None:
            self._distributor.phone_lost(other.uniqueid, other.linkedid, endpoint)

    def _link_up(self, epoch: str) -> None:
        now = datetime.now(UTC)
        # Not yet caught up from an earlier loss: the gap began then.
        earlier = self._due.down_at if self._due else None
        self._due = Due(epoch, earlier or self._down_at, now)
        self._down_at = None
        self._since = now
        if self._distributor is not None:
            self._distributor.link_up(epoch)
        self._lost_phones.link_up()
        self._lines.link_up()
        self._chore(self._say_status)
        self._chore(self._announce)
        self._conf.nudge()

    def _link_down(self) -> None:
        self._down_at = self._since = datetime.now(UTC)
        self._version = ""
        if self._distributor is not None:
            self._distributor.link_down()
        self._chore(self._say_status)
        self._chore(self._announce)

    def _is_well(self) -> bool:
        # The version comes with the resynchronisation: the exchange has answered.
        return self.link.is_up and bool(self._version)

    def _announce(self) -> None:
        link_announce(node=self.config.node, is_up=self.link.is_up, since=self._since)

    def _catch_up(self) -> None:
        """Resynchronise if it is due; what fails (no database) is tried again at the next round."""
        due = self._due
        if due is None or not self.link.is_up:
            return
        self._resync(due)
        if self._due is due:
            self._due = None

    def _resync(self, due: "Due") -> None:
        self._version = self.actions.version()
        self._say_status()
        # After a start of this process the gap began with the last fact that AMI told.
        started_at = due.down_at or last_heard_at(self.config.node) or due.up_at
        reason = "link lost" if due.down_at else "listener started"
        gap = Gap(self.config.node, due.epoch, min(started_at, due.up_at), due.up_at, reason)
        believed = ledger_believed(self.config.node)
        live, waiting = self.actions.live_channels(), self.actions.waiting()
        # First what happened, then that it is over: else a call ends without its queue, and for a
        # moment its outcome is wrong.
        self._reconciler.read_logs(before=due.up_at)
        for fact in resync_facts(believed, live, waiting, gap):
            self.writer.put(fact)
        gap_record(gap)
        self.members_sync()
        self._pauses.adopt(recordings_paused(self.config.node))
        logger.info(
            "resynchronised: %d channels live, %d calls believed live",
            len(live),
            len(believed.linkedids),
            extra={"node": self.config.node},
        )

    def _look_for_forgotten(self) -> None:
        if self.link.is_up and self._due is None:
            self._forgotten.look()
        else:
            self._forgotten.link_lost()

    def _read_logs(self) -> None:
        # Before this log-in nothing is on its way any more.
        settled = datetime.now(UTC) - SETTLED
        self._reconciler.read_logs(before=max(settled, self._since) if self.link.is_up else settled)

    def _say_status(self) -> None:
        node_status_set(
            NodeStatus(
                node=self.config.node,
                is_up=self.link.is_up,
                since=self._since.isoformat(timespec="milliseconds"),
                asterisk_version=self._version,
                is_configured=self._conf.is_in_line,
                queue_length=self.writer.waiting,
            )
        )

    def _chore(self, chore: Callable[[], None]) -> None:
        try:
            self._chores.put_nowait(chore)
        except queue.Full:
            logger.error("chores full, one dropped", extra={"node": self.config.node})

    def _run_chores(self) -> None:
        every = (
            (READ_LOGS_S, self._read_logs),
            (SCAN_FILES_S, self._reconciler.scan_files),
            (LOOK_FOR_FORGOTTEN_S, self._look_for_forgotten),
        )
        next_at = [time.monotonic() + seconds for seconds, _ in every]
        while not self._stopping.is_set():
            try:
                chore = self._chores.get(timeout=min(REFRESH_S, 1.0))
            except queue.Empty:
                chore = self._say_status
            self._do(chore)
            self._do(self._catch_up)
            self._do(self._pauses.look)
            for place, (seconds, regular) in enumerate(every):
                if time.monotonic() >= next_at[place]:
                    self._do(regular)
                    next_at[place] = time.monotonic() + seconds
        connection.close()

    def _do(self, chore: Callable[[], None]) -> None:
        close_old_connections()
        try:
            chore()
        except AmiError as error:
            logger.warning("not done: %s", error, extra={"node": self.config.node})
        except Exception as error:
            # The thread must outlive a dead database or Redis; what matters is tried again at the
            # next round, log-in or reload. The same fault again and again is told in full once.
            is_known, self._last_fault = type(error) is self._last_fault, type(error)
            logger.log(
                logging.DEBUG if is_known else logging.ERROR,
                "not done: %s",
                error,
                exc_info=True,
                extra={"node": self.config.node},
            )
            connection.close()
        else:
            self._last_fault = None


def make_ami_service(node: str = "") -> AmiService:
    """Return the service of a node, configured from settings."""
    ami = settings.HUAWU_AMI
    return AmiService(
        AmiConfig(
            node=node or settings.HUAWU_NODE,
            host=str(ami["host"]),
            port=int(str(ami["port"])),
            user=str(ami["user"]),
            secret=str(ami["secret"]),
        )
    )
