"""The table of the lab's day adds up to what was added up by hand; nothing is played here."""

from tests.telephony.lab_day import every_call, whole_day
from tests.telephony.lab_day_expected import STAYS, figures_of, total


def test_the_table_is_as_it_was_added_up_by_hand() -> None:
    found = figures_of(whole_day())
    stays = {queue: tuple(row[name] for name in STAYS) for queue, row in found.queues.items()}
    assert stays == {
        # O, A, B, F, B short
        "8001": (60, 42, 18, 0, 10),  # 3 × (7 + 2 + 5) served; 10 short and 8 long while it rang
        "8002": (26, 26, 0, 0, 0),  # 11 late, 15 with a hold
        "8003": (29, 0, 20, 9, 10),  # 10 short, 10 long; 6 + 3 over the limit
        "8004": (11, 0, 0, 11, 0),  # sent on …
        "8005": (14, 12, 2, 0, 0),  # … to here; and in the last moment 1 and 2 in vain
        "8006": (9, 0, 9, 0, 0),
        "8007": (13, 13, 0, 0, 0),
        "8008": (8, 8, 0, 0, 0),
        "8009": (4, 0, 0, 4, 0),  # called back
        "8011": (4, 4, 0, 0, 0),  # given here from 8008
    }
    whole = total(found.queues.values())
    # 178 = 105 + 49 + 24
    assert (whole["offered"], whole["answered"]) == (178, 105)
    assert (whole["abandoned"], whole["flowed_out"]) == (49, 24)
    # 42 + 26 + 12 + 13 + 8; 18 + 20 + 6 + 9 + 2; 3 + 5; 4 + 24; 15
    assert dict(found.directions["in"]) == {
        "calls": 207, "answered": 101, "abandoned": 55, "voicemail": 8, "self_service": 28,
        "refused": 15,
    }  # fmt: skip
    assert dict(found.directions["out"]) == {"calls": 18, "answered": 12, "failed": 6}
    # 5 + 4 + 1 + 3 + 5 + 2 + 5 = 25, of 7 keys; 1 and 2 are bad
    assert [sum(found.scores[agent]) for agent in ("3001", "3002", "3003")] == [25, 25, 25]
    assert sum(1 for _ in every_call(whole_day())) == 230
