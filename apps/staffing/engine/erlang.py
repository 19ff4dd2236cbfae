"""Queues with N seats: Erlang B, Erlang C, and Erlang A, in which callers give up. Pure.

Calls come as a Poisson stream of `rate` a second and are handled for `handling_s` seconds on
average, exponentially; the offered load is a = rate · handling_s. In Erlang A a caller gives up
after an exponential patience of mean `patience_s` (M/M/N+M).

Sources: A. K. Erlang 1917 by the recursion B(n) = a·B(n−1) / (n + a·B(n−1)); A. Mandelbaum and
S. Zeltyn, "The Palm/Erlang-A Queue, with Applications to Call Centers" (2004), the birth-death
chain; the virtual wait's density after F. Baccelli and G. Hebuterne, "On queues with impatient
customers" (1981). All of it stays finite for a = 10,000: nothing is a factorial, and what grows
beyond a number is kept as its logarithm.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

# A term so much smaller than the sum changes nothing any more.
SMALL = 1e-17
# Beyond it the sum is scaled down, its logarithm kept.
LARGE = 1e250


@dataclass(frozen=True)
class Load:
    """What comes: calls a second, mean handling time, and how long callers would wait.

    `patience_s` None: nobody gives up. Times in seconds, over 0; `rate` 0 or more.
    """

    rate: float
    handling_s: float
    patience_s: float | None = None

    @property
    def offered(self) -> float:
        """Return the offered load in Erlangs."""
        return self.rate * self.handling_s


@dataclass(frozen=True)
class Expected:
    """What is to be expected of N seats. Shares of 1, seconds; inf where the queue only grows.

    `level`: served within T / (all − given up before the short limit), docs/figures.md
    `without_short`. `asa_s`: mean wait of who is served. None: nobody comes, so there is no value.
    """

    level: float | None
    asa_s: float | None
    abandoned: float | None
    waits: float | None
    occupancy: float


def erlang_b(seats: int, offered: float) -> float:
    """Return the share of calls that find all seats busy when nobody may wait.

    Source: recursion over seats; every step lies in 0 … 1, so none overflows.
    """
    blocked = 1.0
    for number in range(1, seats + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked


def erlang_c(seats: int, offered: float) -> float:
    """Return the share of calls that wait when nobody gives up; 1 for seats <= offered load."""
    if seats <= offered:
        return 1.0
    blocked = erlang_b(seats, offered)
    return seats * blocked / (seats - offered * (1 - blocked))


def expected(load: Load, seats: int, *, level_s: float, short_s: float = 0.0) -> Expected:
    """Return what so many seats give. Erlang A with a patience, else Erlang C."""
    if load.rate <= 0:
        return Expected(None, None, None, None, 0.0)
    if load.patience_s is None:
        return _patient(load, seats, level_s)
    if seats <= 0:
        return Expected(0.0, None, 1.0, 1.0, 0.0)
    return _impatient(load, seats, level_s, min(short_s, level_s))


def _patient(load: Load, seats: int, level_s: float) -> Expected:
    offered = load.offered
    if seats <= offered:
        # It grows without end: in the long run nobody is served in time.
        return Expected(0.0, math.inf, 0.0, 1.0, 1.0 if seats else 0.0)
    waits = erlang_c(seats, offered)
    spare = seats - offered
    level = 1 - waits * math.exp(-spare * level_s / load.handling_s)
    return Expected(level, waits * load.handling_s / spare, 0.0, waits, offered / seats)


@lru_cache(maxsize=4096)
def _chain(busy: float, comes: float) -> tuple[float, float]:
    """Return ln A and S/A of the chain of who waits: `busy` = Nμ/θ, `comes` = λ/θ.

    The states N + j have the weights t(j) = comes^j / ((busy+1)…(busy+j)), A their sum. Who comes
    and finds j before him is served with busy/(busy+j+1) and waits then for the sum of
    1/(busy+k), k = 1 … j+1, in units of 1/θ; S adds t(j) times both.
    """
    term, whole, scale = 1.0, 1.0, 0.0
    stages = 1 / (busy + 1)
    served = busy / (busy + 1) * stages
    number = 0
    while True:
        number += 1
        term *= comes / (busy + number)
        stages += 1 / (busy + number + 1)
        whole += term
        served += term * busy / (busy + number + 1) * stages
        if whole > LARGE:
            term, whole, served = term / LARGE, whole / LARGE, served / LARGE
            scale += math.log(LARGE)
        # From here on each term is smaller than the one before, by a factor that only shrinks.
        if comes < busy + number and term < whole * SMALL * (1 - comes / (busy + number + 1)):
            return scale + math.log(whole), served / whole


@dataclass(frozen=True)
class _Waiting:
    """Who waits in Erlang A: `busy` = Nμ/θ, `comes` = λ/θ, ln A, and P(waits).

    With v(x) the density of the virtual wait and E(x) = v(x) / v(0) =
    exp(λ/θ·(1 − e^(−θx)) − Nμx), all integrals of it are A's of a faded stream λ·e^(−θx).
    """

    busy: float
    comes: float
    gives_up: float
    ln_all: float
    waits: float

    @property
    def served(self) -> float:
        """Return P(served | waits) = (1 − 1/A) · Nμ/λ."""
        return min(1.0, (1 - math.exp(-self.ln_all)) * self.busy / self.comes)

    def _beyond(self, seconds: float) -> tuple[float, float]:
        """Return E(t)·A_t / A = P(V > t | waits), and E(t)·(A_t − 1) / A."""
        faded = self.comes * math.exp(-self.gives_up * seconds)
        ln_e = -self.comes * math.expm1(-self.gives_up * seconds)
        ln_e -= self.busy * self.gives_up * seconds
        ln_all, _served = _chain(self.busy, faded)
        longer = math.exp(min(0.0, ln_e + ln_all - self.ln_all))
        return longer, longer * -math.expm1(-ln_all)

    def served_within(self, seconds: float) -> float:
        """Return the part of all callers who are served within so many seconds."""
        # ∫ v(x)·e^(−θx) dx over 0 … T = P(waits) · Nμ/λ · ((A − 1) − E(T)·(A_T − 1)) / A.
        part = 1 - math.exp(-self.ln_all) - self._beyond(seconds)[1]
        return 1 - self.waits + self.waits * self.busy / self.comes * max(0.0, part)

    def given_up_within(self, seconds: float) -> float:
        """Return the part of all callers who give up within so many seconds."""
        if seconds <= 0:
            return 0.0
        # By parts: (1 − e^(−θs))·P(V > s) + ∫ v dr − ∫ v·e^(−θr) dr over 0 … s.
        longer = self.waits * self._beyond(seconds)[0]
        over = -math.expm1(-self.gives_up * seconds) * longer
        found = over + self.waits - longer - (self.served_within(seconds) - (1 - self.waits))
        return min(1.0, max(0.0, found))


def _impatient(load: Load, seats: int, level_s: float, short_s: float) -> Expected:
    assert load.patience_s is not None  # noqa: S101 - `expected` saw to it
    gives_up = 1 / load.patience_s
    busy = seats / load.handling_s / gives_up
    comes = load.rate / gives_up
    ln_all, served_wait = _chain(busy, comes)
    queue = _Waiting(busy, comes, gives_up, ln_all, _waits(seats, load.offered, ln_all))
    abandoned = queue.waits * (1 - queue.served)
    served = 1 - abandoned
    counted = 1 - queue.given_up_within(short_s)
    level = min(1.0, queue.served_within(level_s) / counted) if counted > 0 else None
    asa = queue.waits * served_wait * load.patience_s / served if served > 0 else None
    occupancy = min(1.0, load.offered * served / seats)
    return Expected(level, asa, abandoned, queue.waits, occupancy)


def _waits(seats: int, offered: float, ln_all: float) -> float:
    """Return P(waits) = A·B / (1 − B + A·B), without an A that is no number any more."""
    blocked = erlang_b(seats, offered)
    if blocked <= 0:
        return 0.0
    return 1 / (1 + (1 - blocked) / blocked * math.exp(-ln_all))
