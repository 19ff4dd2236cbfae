"""Calls that the ledger believes live although Asterisk has none of their channels any more.

Neither AMI nor CEL told their end (a fact that came for a call after its last channel, a file that
was lost). They would be live for ever: on the board, and in the way of their agent's next call.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from apps.calls.engine.facts import Fact
from apps.telephony.ami.actions import LiveChannel
from apps.telephony.ami.resync import Believed, Gap, forgotten_facts, ledger_believed, legs_gone

logger = logging.getLogger(__name__)

REASON = "end not heard"


class ForgottenCalls:
    """Looks now and then; who is gone in two looks, one after the other, has ended.

    Between two looks AMI's events and CEL's lines of the same end arrive, which are the truth.
    """

    def __init__(
        self,
        node: str,
        live_channels: Callable[[], Sequence[LiveChannel]],
        put: Callable[[Fact], None],
        believed: Callable[[str], Believed] = ledger_believed,
    ) -> None:
        self._node, self._live_channels, self._put = node, live_channels, put
        self._believed = believed
        self._gone: dict[tuple[str, str], datetime] = {}

    def look(self, now: datetime | None = None) -> None:
        """Compare once; 2 queries and, when a call is believed live, one action. AmiError."""
        now = now or datetime.now(UTC)
        believed = self._believed(self._node)
        gone = legs_gone(believed, self._live_channels()) if believed.linkedids else frozenset()
        before, self._gone = self._gone, {pair: self._gone.get(pair, now) for pair in gone}
        if not (twice := sorted(pair for pair in gone if pair in before)):
            return
        since = min(before[pair] for pair in twice)
        logger.warning(
            "%d legs ended unheard: %s", len(twice), twice[:10], extra={"node": self._node}
        )
        gap = Gap(self._node, f"forgotten:{since:%Y%m%dT%H%M%S.%f}", since, since, REASON)
        for fact in forgotten_facts(twice, gap):
            self._put(fact)

    def link_lost(self) -> None:
        """Begin anew: after a gap the resynchronisation says what has ended."""
        self._gone = {}
