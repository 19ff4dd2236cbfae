"""Facts that our AGI knows: they go to the ledger through the same door as Asterisk's."""

from datetime import UTC, datetime
from typing import Any

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import AGI, Fact, clean
from apps.calls.writer import FactSink
from apps.telephony.agi.session import AgiSession


class CallFacts:
    """Tells the ledger of one call's way through our scripts; `n` keeps the keys apart."""

    def __init__(self, session: AgiSession, node: str, sink: FactSink) -> None:
        self._sink = sink
        self._node = node
        self.uniqueid = clean(session.env.get("agi_uniqueid", ""), 150)
        # Usually the same: our scripts run on the first channel of a call.
        self.linkedid = clean(session.linkedid, 150) or self.uniqueid
        # A channel may come through our scripts again (a transfer): its keys differ by the time.
        self._pass = int(datetime.now(UTC).timestamp() * 1000)
        self._n = 0

    def put(self, kind: str, data: dict[str, Any]) -> None:
        """Tell one fact, now."""
        self._n += 1
        self._sink.put(
            Fact(
                node=self._node,
                linkedid=self.linkedid,
                key=f"{self.uniqueid}:{kind}:{self._pass}.{self._n}",
                kind=kind,
                at=datetime.now(UTC),
                source=AGI,
                uniqueid=self.uniqueid,
                data=data,
            )
        )

    def entered(self, *, did: str, tenant: str, flow: str, version: int) -> None:
        """Tell that a flow began."""
        self.put(kinds.ENTERED, {"did": did, "tenant": tenant, "flow": flow, "version": version})

    def decided(self, **data: Any) -> None:
        """Tell where the call goes and why."""
        self.put(kinds.DECIDED, data)
