"""Reports that are not of rollups alone: of the ledger's own rows, and of trunks' channels."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apps.accounts.models import User
from apps.calls.link_gaps import link_gaps
from apps.numbers.models import Trunk
from apps.reports.engine.periods import before, bounds, buckets
from apps.reports.engine.sums import LineSums, TrunkSums
from apps.reports.faces import NONE, sums_by_item, sums_by_step
from apps.reports.kinds_of_ledger import OF_LEDGER
from apps.reports.shapes import BY_ITEM, Asked, Item, Report, ReportRow, total_of, unheard_in


def ledger_items(kind: str, keys: Iterable[str]) -> list[Item]:
    """Return the items of these keys, by their names. 0 or 1 query."""
    known = set(keys)
    names = OF_LEDGER[kind].names(known)
    found = [Item(key, names.get(key, "—" if key == NONE else key)) for key in known]
    return sorted(found, key=lambda one: (one.name, one.key))


def report_of_ledger(user: User, asked: Asked, zone: ZoneInfo, now: datetime) -> Report:
    """Return a report of the ledger's own rows: about 6 queries, whatever it shows."""
    kind, item = OF_LEDGER[asked.kind], asked.item
    since, until = bounds(asked.period, zone)
    earlier = before(asked.period)
    whole = sums_by_item(kind, user, since, until, item)
    compared = sums_by_item(kind, user, *bounds(earlier, zone), item)
    # One that has nothing in this time is asked for all the same: he changed the period.
    items = ledger_items(asked.kind, [item] if item else whole)
    gaps = link_gaps(since, until, now=now)
    if asked.by == BY_ITEM:
        rows = [ReportRow(whole.get(one.key, kind.sums()), item=one) for one in items]
    else:
        steps = buckets(asked.period, asked.step, zone)
        by_step = sums_by_step(kind, user, steps, asked.step, zone, item)
        rows = [
            ReportRow(sums, bucket=step, unheard_s=unheard_in(gaps, step.since, step.until))
            for step, sums in zip(steps, by_step, strict=True)
        ]
    return Report(
        asked=asked,
        zone=zone,
        items=tuple(items),
        rows=tuple(rows),
        total=total_of(asked.kind, whole.values()),
        earlier=earlier,
        earlier_total=total_of(asked.kind, compared.values()),
        pauses={},
        waiting=0,
        unheard_s=unheard_in(gaps, since, until),
    )


def with_capacity(found: Report, now: datetime) -> Report:
    """Say what the trunks could have carried: their channels, for the time until now. 1 query."""
    channels = dict(Trunk.objects.values_list("name", "max_channels"))
    every = sum(channels.get(str(one.key), 0) for one in found.items)

    def made(sums: LineSums, many: int, since: datetime, until: datetime) -> TrunkSums:
        lasted = max(min(until, now) - since, timedelta(0)) // timedelta(milliseconds=1)
        return TrunkSums(**asdict(sums), capacity_ms=many * lasted)

    whole = bounds(found.asked.period, found.zone)
    rows = [
        replace(
            row,
            sums=made(row.sums, channels.get(str(row.item.key), 0), *whole)
            if row.item
            else made(row.sums, every, row.bucket.since, row.bucket.until)
            if row.bucket
            else row.sums,
        )
        for row in found.rows
    ]
    return replace(
        found,
        rows=tuple(rows),
        total=made(found.total, every, *whole),
        earlier_total=made(found.earlier_total, every, *bounds(found.earlier, found.zone)),
    )
