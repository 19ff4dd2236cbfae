"""Account service: number and PIN by key, then the balance."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from apps.ivr.engine import shapes, speak
from apps.ivr.engine.node import Fields, Node
from apps.ivr.engine.shapes import Shape
from apps.ivr.engine.steps import Run
from apps.ivr.engine.voice import LookupFailedError

ACCOUNT_DIGITS = 20
PIN_DIGITS = 12
BACK = "*"
END = "#"


@dataclass(frozen=True)
class Account(Node):
    """Ask for account number and PIN, speak the balance, go on.

    `*` as the first key of the account number goes up to the last menu. After `tries` wrong pairs,
    or when nobody can know the balance now, to `on_failed`.
    """

    kind: ClassVar[str] = "account"
    is_asking: ClassVar[bool] = True
    shape: ClassVar[Mapping[str, Shape]] = {
        "tries": shapes.count(1, 10),
        "timeout_s": shapes.seconds(1, 60),
        "to": shapes.TARGET,
        "on_failed": shapes.TARGET,
    }
    required: ClassVar[tuple[str, ...]] = ("to", "on_failed")
    tries: int
    timeout_s: float
    to: str
    on_failed: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Return the node of a JSON object. Raises FlowError."""
        return cls(
            id=fields.node_id,
            prompts=fields.prompts(),
            tries=fields.count("tries", 1, 10, 3),
            timeout_s=fields.seconds("timeout_s", 1, 60, 6),
            to=fields.text("to"),
            on_failed=fields.text("on_failed"),
        )

    def targets(self) -> tuple[str, ...]:
        """Return where it leads after the balance and after too many tries."""
        return (self.to, self.on_failed)

    def run(self, run: Run) -> str:
        """Ask until a pair fits."""
        run.voice.play(self.prompts)
        for left in range(self.tries - 1, -1, -1):
            account = self._account_number(run)
            # After a wrong pair many key the PIN where the account is asked again.
            is_first = left == self.tries - 1
            run.keys = account if is_first or account == BACK else "*" * len(account)
            self.step(run)
            if account == BACK and run.menus:
                return run.menus[-1]
            pin = run.voice.collect(["huawu/account-pin"], self.timeout_s, PIN_DIGITS)
            run.keys = "*" * len(pin)
            self.step(run, kind="pin")
            try:
                balance = self._balance(run, account, pin)
            except LookupFailedError:
                run.voice.play(["huawu/apology"])
                return self.on_failed
            if balance is not None:
                run.voice.play(["huawu/balance-is", *speak.money(balance, run.language)])
                return self.to
            run.voice.play(["huawu/account-wrong" if left else "huawu/account-locked"])
        return self.on_failed

    def _account_number(self, run: Run) -> str:
        # The first key alone: whoever goes back shall not have to press # or wait.
        first = run.voice.ask(["huawu/account-number"], self.timeout_s)
        if first in ("", END, BACK):
            return first.removeprefix(END)
        return first + run.voice.collect([], self.timeout_s, ACCOUNT_DIGITS - 1)

    @staticmethod
    def _balance(run: Run, account: str, pin: str) -> Decimal | None:
        if not account or not pin:
            return None
        return run.lookups.account_balance(account_number=account, pin=pin)
