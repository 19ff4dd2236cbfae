"""How far inspectors agree who scored the same: Cohen's and Fleiss' kappa. Pure.

Sources: J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological
Measurement 20 (1960) 37-46; J. L. Fleiss, Measuring nominal scale agreement among many raters,
Psychological Bulletin 76 (1971) 378-382. Kappa is what agreement exceeds chance by, of what it
could: 1 agreed in all, 0 as by chance, below 0 less than that. Where chance alone would agree in
all (everybody gave everything the same answer) it is 0/0: undefined, None.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from apps.quality.engine.sheet import NA, Answer, Item, Sheet

A_PAIR = 2
# What an answer says, whatever the kind of its item, so that one kappa can go over a whole sheet.
MET, PARTLY, NOT_MET = "met", "partly", "not_met"


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Return kappa of two raters' labels of the same subjects, in the same order.

    (po - pe) / (1 - pe): po the share of subjects with the same label, pe = sum over labels of the
    product of both raters' shares. None without subjects, and for 1 - pe = 0. Raises ValueError
    for lists of two lengths.
    """
    if len(first) != len(second):
        raise ValueError("two raters must have rated the same subjects")
    n = len(first)
    if not n:
        return None
    same = Fraction(sum(a == b for a, b in zip(first, second, strict=True)), n)
    ones, twos = Counter(first), Counter(second)
    chance = sum((Fraction(ones[label] * twos[label], n * n) for label in ones), Fraction(0))
    return _kappa(same, chance)


def fleiss_kappa(ratings: Sequence[Sequence[Hashable]]) -> float | None:
    """Return kappa of many raters: one row for each subject, one label for each rater.

    (P - Pe) / (1 - Pe): P the mean over subjects of the share of pairs of raters that agree, Pe =
    sum over labels of the square of its share of all ratings. None without subjects, with fewer
    than two raters, and for 1 - Pe = 0. Raises ValueError when subjects were rated by different
    numbers of raters.
    """
    if not ratings:
        return None
    raters = len(ratings[0])
    if any(len(row) != raters for row in ratings):
        raise ValueError("every subject must have as many ratings")
    if raters < A_PAIR:
        return None
    pairs = raters * (raters - 1)
    total: Counter[Hashable] = Counter()
    agreed = Fraction(0)
    for row in ratings:
        counts = Counter(row)
        total.update(counts)
        agreed += Fraction(sum(n * (n - 1) for n in counts.values()), pairs)
    everything = raters * len(ratings)
    chance = sum((Fraction(n, everything) ** 2 for n in total.values()), Fraction(0))
    return _kappa(agreed / len(ratings), chance)


def _kappa(seen: Fraction, chance: Fraction) -> float | None:
    return None if chance == 1 else float((seen - chance) / (1 - chance))


@dataclass(frozen=True)
class ItemAgreement:
    """One item of a calibration: who answered what, and the share of pairs that say the same."""

    item: Item
    answers: tuple[Answer | None, ...]
    agreed: float | None


@dataclass(frozen=True)
class Agreement:
    """A whole calibration. `kappa` is Cohen's of two inspectors, Fleiss' of more."""

    items: tuple[ItemAgreement, ...]
    raters: int
    kappa: float | None
    pairwise: Mapping[tuple[int, int], float | None]


def grade(item: Item, answer: Answer) -> str:
    """Return what an answer says of its item: met, partly, not met, or not applicable."""
    share = item.share(answer)
    if share is None:
        return NA
    return MET if share == 1 else NOT_MET if share == 0 else PARTLY


def agreement(sheet: Sheet, sets: Sequence[Mapping[str, Answer]]) -> Agreement:
    """Return how far sets of answers to one sheet agree; the subjects of kappa are its items.

    An item that somebody left open counts in no kappa.
    """
    items = tuple(
        ItemAgreement(item, given := tuple(one.get(item.id) for one in sets), _agreed(given))
        for item in sheet.items
    )
    whole = [item for item in sheet.items if sets and all(item.id in one for one in sets)]
    labels = [[grade(item, one[item.id]) for item in whole] for one in sets]
    pairwise = {
        (a, b): cohen_kappa(labels[a], labels[b]) for a, b in combinations(range(len(sets)), A_PAIR)
    }
    if len(sets) == A_PAIR:
        kappa = pairwise[0, 1]
    else:
        kappa = fleiss_kappa([list(row) for row in zip(*labels, strict=True)])
    return Agreement(items, len(sets), kappa, pairwise)


def _agreed(given: Sequence[Answer | None]) -> float | None:
    said = [answer for answer in given if answer is not None]
    pairs = len(said) * (len(said) - 1)
    if not pairs:
        return None
    return sum(n * (n - 1) for n in Counter(said).values()) / pairs
