"""Play the lab's day: SIPp is every caller and every phone, and says by its own clock what it did.

Each lane is a thread. `Played` is what SIPp's logs and Asterisk's own record of joinings say of a
call; nothing here asks the product for a figure.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from xml.sax.saxutils import quoteattr

from tests.telephony.audio import tone_ulaw, write_pcap
from tests.telephony.console_session import ConsoleSession
from tests.telephony.lab_day import (
    CALL_BACK_AFTER_S,
    DECLINED_REST_S,
    LONGEST_WAIT_S,
    WRAP_UP_S,
    Call,
    Kind,
    Lane,
)
from tests.telephony.ports import free_phone_port
from tests.telephony.stack import Stack
from tests.telephony.waiting import until
from tools.sipp import (
    HangUp,
    Hold,
    Keys,
    Note,
    Pause,
    Play,
    Run,
    Sipp,
    Step,
    WaitBye,
    answerer_scenario,
    caller_scenario,
    register_scenario,
    ringing_scenario,
)

CARRIER, CARRIER_PORT = "127.0.0.2", 5080  # the demo's trunk
# From the agent's hang-up to where the survey's question can be answered.
UNTIL_ASKED_S = 3.5
# The greeting of a box is over, and the tone is heard for a while.
SPEAKS_S = 20.0
SAYS_S = 2.0  # into the talk
# A day of two minutes, on a machine that is several times slower.
MOST_S = 600
T = TypeVar("T")
# Ports for sound: of a lane, and of one call in it (SIPp takes the first that is free).
FIRST_PORT, LANE_PORTS, CALL_PORTS = 33_000, 400, 40
UP, ANSWERED, OVER, HELD, UNHELD = "up", "answered", "over", "held", "unheld"
BEGUN, DOWN = "begun", "down"
_AT = re.compile(r"(\w+) at .*?(\d{10}\.\d+)")


def note(what: str) -> Note:
    """Write into SIPp's log what happens now."""
    return Note(f"{what} at [timestamp]")


def told(run: Run) -> dict[str, float]:
    """Return when what happened, in Unix seconds, by SIPp's own clock."""
    found: dict[str, float] = {}
    for path in run.folder.glob("*_logs.log"):
        for line in path.read_text("utf-8", "replace").splitlines():
            match = _AT.search(line.replace("\t", " "))
            if match:
                found.setdefault(match[1], float(match[2]))
    return found


def is_bound(ip: str, port: int) -> bool:
    """Say whether somebody has this UDP port. To look by binding it would keep SIPp from it."""
    wanted = f"{int.from_bytes(socket.inet_aton(ip), 'little'):08X}:{port:04X}"
    lines = Path("/proc/net/udp").read_text("ascii").splitlines()[1:]
    return any(line.split()[1] == wanted for line in lines)


@dataclass(frozen=True)
class Played:
    """One call as it was: what the caller's side logged, and what each phone did, by agent."""

    call: Call
    begun: datetime
    caller: dict[str, float]
    phones: dict[str, dict[str, float]]


@dataclass
class Desk:
    """An agent at his desk phone. `signed_in`, `signed_out` are when his page had done it."""

    stack: Stack
    number: str
    port: int = field(init=False)
    signed_in: float = 0.0
    signed_out: float = 0.0

    def __post_init__(self) -> None:
        self.port = free_phone_port("127.0.0.1")
        register = register_scenario(self.number, f"demo-{self.number}", self.number, expires=3600)
        self.stack.sipp.start(register, ip="127.0.0.1", port=self.port).wait(15)
        self.console = ConsoleSession(self.stack, self.number)
        self.console.post("/settings/", language="zh-hans", phone_kind="desk")
        self.console.post("/desk/sign-in/")
        self.signed_in = time.time()

    def sign_out(self) -> None:
        """Go home."""
        self.console.post("/desk/sign-out/")
        self.signed_out = time.time()


class Player:
    """Plays one lane's calls one after the other."""

    def __init__(self, stack: Stack, lane: Lane, number: int, desks: dict[str, Desk]) -> None:
        self.stack, self.lane, self.desks = stack, lane, desks
        folder = stack.folder / f"day{number}"
        folder.mkdir()
        self.sipp = Sipp(folder, stack.sipp.target)
        self._media = FIRST_PORT + number * LANE_PORTS
        self._used = 0
        self.played: list[Played] = []
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._all, daemon=True, name=lane.name)

    def _all(self) -> None:
        try:
            for call in self.lane.calls:
                self.played.append(self._one(call))
        except BaseException as failure:  # noqa: BLE001 - the test's thread raises it
            self.failure = failure
        finally:
            self.sipp.stop_all()

    def _one(self, call: Call) -> Played:
        begun, phones = datetime.now(UTC), self._phones(call)
        caller = PLAYS[call.kind](self, call)
        try:
            caller.wait(120)
            for run in phones.values():
                run.wait(30)
        except AssertionError as error:
            raise AssertionError(f"{call}\n{error}") from error
        time.sleep(gap_s(call))  # the agent's own time: the next caller does not wait for him
        return Played(
            call, begun, told(caller), {agent: told(run) for agent, run in phones.items()}
        )

    def start(self, scenario: str, *, ip: str, port: int | None = None, service: str = "") -> Run:
        """Start one SIPp for one call, with its own ports for sound."""
        self._used = (self._used + CALL_PORTS) % LANE_PORTS
        low = self._media + self._used
        return self.sipp.start(
            scenario,
            ip=ip,
            port=port,
            service=service or "nobody",
            options=["-trace_logs"],
            media=(low, low + CALL_PORTS - 1),
        )

    def dials(self, call: Call, *steps: Step, refused: int | None = None) -> Run:
        """Let the caller call from the carrier."""
        scenario = caller_scenario(
            [note(UP), *steps] if refused is None else [],
            caller=call.caller,
            expect_refusal=refused,
        )
        return self.start(scenario, ip=CARRIER, service=call.dialled)

    def phone(self, number: str, scenario: str) -> Run:
        """Let a desk phone take its next call by a scenario."""
        return self._listen(scenario, "127.0.0.1", self.desks[number].port)

    def _listen(self, scenario: str, ip: str, port: int) -> Run:
        until(lambda: not is_bound(ip, port), 10, "the phone before has gone")
        run = self.start(scenario, ip=ip, port=port)
        until(
            lambda: not run.is_running() or is_bound(ip, port),
            10,
            lambda: f"{port} listens: {run.errors()}",
        )
        return run

    def _phones(self, call: Call) -> dict[str, Run]:
        """Let the phones that the call rings do what the table says."""
        answer = answerer_scenario(_talk(call), ring_ms=int(call.wait * 1000))
        waits = answerer_scenario([note(ANSWERED), WaitBye(), note(OVER)], ring_ms=400)
        kind, agent = call.kind, call.agent
        if kind in (Kind.OUT, Kind.OUT_BUSY):
            far = answerer_scenario([], status=486) if kind == Kind.OUT_BUSY else waits
            return {"carrier": self._listen(far, CARRIER, CARRIER_PORT)}
        if kind == Kind.GAVE_UP_RINGING:
            return {agent: self.phone(agent, ringing_scenario())}
        if kind == Kind.DECLINED:
            return {agent: self.phone(agent, answerer_scenario([], status=486))}
        if kind == Kind.RACED:
            return {
                agent: self.phone(agent, answer),
                call.other: self.phone(call.other, ringing_scenario()),
            }
        if kind in (Kind.TO_QUEUE, Kind.TO_AGENT):
            # Whom the caller is given to hangs up; who gives him away is hung up on.
            next_ = answerer_scenario(_talk(call), ring_ms=400)
            return {agent: self.phone(agent, waits), call.other: self.phone(call.other, next_)}
        return {agent: self.phone(agent, answer)} if agent else {}

    def is_up(self, call: Call) -> int:
        """Wait until an agent talks with the caller; return the call's id."""
        rows = until(
            lambda: self.stack.sql(
                "SELECT id FROM calls_call WHERE caller = %s AND answered_at IS NOT NULL"
                " AND ended_at IS NULL",
                call.caller,
            ),
            20,
            f"{call.caller} is answered",
        )
        return int(rows[0][0])


def _talk(call: Call) -> list[Step]:
    """Return what the phone does once it has answered."""
    if call.kind == Kind.LEFT_TALK:
        return [note(ANSWERED), WaitBye(), note(OVER)]
    if not call.hold:
        return [note(ANSWERED), Pause(_ms(call.talk)), note(OVER), HangUp()]
    half = Pause(_ms(call.talk / 2))
    held: list[Step] = [
        note(HELD), Hold(), Pause(_ms(call.hold)), note(UNHELD), Hold(is_on=False)
    ]  # fmt: skip
    return [note(ANSWERED), half, *held, half, note(OVER), HangUp()]


def gap_s(call: Call) -> float:
    """Return how long after a call its lane is quiet: wrap-up, rest, and what a phone needs."""
    if call.kind == Kind.DECLINED:
        return DECLINED_REST_S - call.wait + 1
    if not call.agent or call.kind in (Kind.SURVEYED, Kind.OUT_BUSY):
        return 0.1
    return WRAP_UP_S.get(call.next_queue or call.queue, 0) + 0.6


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _waits_for_bye(player: Player, call: Call) -> Run:
    return player.dials(call, WaitBye(), note(OVER))


def _hangs_up_after(seconds: float) -> Callable[[Player, Call], Run]:
    def play(player: Player, call: Call) -> Run:
        return player.dials(call, Pause(_ms(seconds)), note(OVER), HangUp())

    return play


def _gives_up(player: Player, call: Call) -> Run:
    return _hangs_up_after(call.wait)(player, call)


def _leaves_talk(player: Player, call: Call) -> Run:
    return _hangs_up_after(call.wait + call.talk)(player, call)


def _is_asked(player: Player, call: Call) -> Run:
    asked_s = call.wait + call.talk + UNTIL_ASKED_S
    if not call.key:
        return player.dials(call, Pause(_ms(asked_s)), note(OVER), HangUp())
    # He speaks, so that there is something to hear: these calls are inspected afterwards.
    says = Play(_voice(player.sipp.folder, SAYS_S), SAYS_S)
    rest = Pause(_ms(asked_s - SAYS_S))
    return player.dials(call, says, rest, Keys(call.key), WaitBye(), note(OVER))


def _times_out(player: Player, call: Call) -> Run:
    return _hangs_up_after(LONGEST_WAIT_S + 2.5)(player, call)


def _speaks(after_s: float) -> Callable[[Player, Call], Run]:
    def play(player: Player, call: Call) -> Run:
        voice = _voice(player.sipp.folder, SPEAKS_S)
        return player.dials(call, Pause(_ms(after_s)), Play(voice, SPEAKS_S), note(OVER), HangUp())

    return play


def _voice(folder: Path, seconds: float) -> Path:
    path = folder / f"voice{seconds:.0f}.pcap"
    return path if path.exists() else write_pcap(path, tone_ulaw(440, int(seconds)))


def _orders(player: Player, call: Call) -> Run:
    """The offer begins after the wait and lasts for 10 s; then his number is read and confirmed."""
    offered = Pause(_ms(CALL_BACK_AFTER_S + 3.5))
    return player.dials(call, offered, Keys("1"), Pause(11_000), Keys("1"), WaitBye(), note(OVER))


def _is_refused(player: Player, call: Call) -> Run:
    return player.dials(call, refused=403)


def _calls_out(player: Player, call: Call) -> Run:
    is_busy = call.kind == Kind.OUT_BUSY
    scenario = caller_scenario(
        [] if is_busy else [note(UP), Pause(_ms(call.talk)), note(OVER), HangUp()],
        caller=call.agent,
        credentials=(call.agent, f"demo-{call.agent}"),
        expect_refusal=486 if is_busy else None,
    )
    # From lifting the phone to laying it down, also where nobody answers.
    first, last = (f"<nop><action><log message={quoteattr(note(what).text)}/></action></nop>"
                   for what in (BEGUN, DOWN))  # fmt: skip
    scenario = scenario.replace("<send", f"{first}\n<send", 1)
    scenario = scenario.replace("</scenario>", f"{last}\n</scenario>")
    return player.start(scenario, ip="127.0.0.1", service=call.dialled)


def _is_given(player: Player, call: Call) -> Run:
    caller = _waits_for_bye(player, call)
    pk = player.is_up(call)
    time.sleep(call.talk)  # the talk itself, not a wait for something
    to_agent = call.kind == Kind.TO_AGENT
    player.desks[call.agent].console.post(
        f"/calls/{pk}/transfer/",
        kind="agent" if to_agent else "queue",
        to=call.other if to_agent else call.next_queue,
    )
    return caller


PLAYS: dict[Kind, Callable[[Player, Call], Run]] = {
    Kind.SURVEYED: _is_asked,
    Kind.SERVED: _waits_for_bye,
    Kind.LEFT_TALK: _leaves_talk,
    Kind.GAVE_UP_RINGING: _gives_up,
    Kind.GAVE_UP: _gives_up,
    Kind.DECLINED: _gives_up,
    Kind.RACED: _waits_for_bye,
    Kind.OVERFLOWED: _waits_for_bye,
    Kind.TIMED_OUT: _times_out,
    Kind.TIMED_OUT_MESSAGE: _speaks(LONGEST_WAIT_S + 0.5),
    Kind.CALL_BACK: _orders,
    Kind.MESSAGE: _speaks(0.5),
    Kind.MENU: _hangs_up_after(1.5),
    Kind.REFUSED: _is_refused,
    Kind.OUT: _calls_out,
    Kind.OUT_BUSY: _calls_out,
    Kind.TO_QUEUE: _is_given,
    Kind.TO_AGENT: _is_given,
    Kind.STRANGER: _hangs_up_after(3.0),
}


def play_day(stack: Stack, day: tuple[Lane, ...], desks: dict[str, Desk]) -> list[Played]:
    """Play all lanes side by side; return what was."""
    players = [Player(stack, lane, number, desks) for number, lane in enumerate(day)]
    for player in players:
        player.thread.start()
    return _over(players)


def play_moment(
    stack: Stack, day: tuple[Lane, ...], desks: dict[str, Desk], look: Callable[[], T]
) -> tuple[list[Played], T]:
    """Let the first lane's agent talk, then the others begin; return what was and was seen then."""
    players = [Player(stack, lane, 50 + number, desks) for number, lane in enumerate(day)]
    talks, *waiting = players
    talks.thread.start()
    talks.is_up(talks.lane.calls[0])
    for player in waiting:
        player.thread.start()
    seen = look()
    return _over(players), seen


def _over(players: list[Player]) -> list[Played]:
    """Wait for the end of every lane. Raises what went wrong in each."""
    for player in players:
        player.thread.join(MOST_S)
    wrong = [f"{one.lane.name}: {one.failure}" for one in players if one.failure]
    slow = [one.lane.name for one in players if one.thread.is_alive()]
    assert not wrong, "\n".join(wrong)
    assert not slow, f"still playing: {slow}"
    return [call for player in players for call in player.played]
