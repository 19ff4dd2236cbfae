"""What the rules watch, read from the company's board."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from apps.alarms.engine import metrics
from apps.alarms.models import AlarmRule
from apps.live_board.engine.parts import LINK, QUEUES, TRUNKS, Board
from apps.recordings.health import faulty_count

FAULTS_WITHIN = timedelta(hours=1)


class Values:
    """A company's figures at one moment; counts that only few rules want are read when asked."""

    def __init__(self, board: Board, now: datetime) -> None:
        self._board = board
        self._now = now
        self._faults: int | None = None

    def of(self, rule: AlarmRule) -> float | None:
        """Return the rule's figure, None when there is none. A queue that is gone has none."""
        metric = rule.metric
        if metric in metrics.OF_QUEUE:
            return self._of_queues(metric, rule.queue.number if rule.queue else "")
        if metric == metrics.TRUNKS_DOWN:
            known = [row["is_up"] for row in self._board[TRUNKS].values()]
            known = [is_up for is_up in known if is_up is not None]
            return float(sum(not is_up for is_up in known)) if known else None
        if metric == metrics.LINK_DOWN:
            return float(not self._board[LINK]["link"]["is_up"])
        if self._faults is None:
            self._faults = faulty_count(self._now - FAULTS_WITHIN)
        return float(self._faults)

    def _of_queues(self, metric: str, number: str) -> float | None:
        rows = [one for one in self._board[QUEUES].values() if number in ("", one["number"])]
        if not rows:
            return None
        if metric == metrics.WAITING:
            return float(sum(row["waiting"] for row in rows))
        if metric == metrics.AGENTS_READY:
            return float(self._ready(rows, number))
        if metric == metrics.LONGEST_WAIT:
            since = [row["longest_since"] for row in rows if row["longest_since"]]
            waits = [(self._now - datetime.fromisoformat(at)).total_seconds() for at in since]
            return max(0.0, *waits) if waits else 0.0
        name = "level_now" if metric == metrics.SERVICE_LEVEL else "abandon_now"
        return _share(rows, name)

    def _ready(self, rows: Iterable[Any], number: str) -> int:
        if number:
            return sum(row["agents"]["ready"] for row in rows)
        # Who serves several queues is one person.
        agents = self._board["agents"].values()
        return sum(one["state"] == "ready" and bool(one["queues"]) for one in agents)


def _share(rows: list[Any], name: str) -> float | None:
    """Return a share in percent, of all queues weighed by their callers; None without any."""
    known = [(row[name], row["offered_now"]) for row in rows if row[name] is not None]
    whole = sum(many for _share, many in known)
    return 100 * sum(share * many for share, many in known) / whole if whole else None
