"""What a queue does with who waits in it."""

from dataclasses import dataclass, field

from apps.acd.engine.overflow import Rule
from apps.acd.engine.saying import Says


@dataclass(frozen=True)
class Ways:
    """The queue's overflow rules in their order, and what it says."""

    rules: tuple[Rule, ...] = ()
    says: Says = field(default_factory=Says)
