"""Run a flow for one caller: nodes, one after the other, to a decision. Never raises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from apps.ivr.engine import speak
from apps.ivr.engine.documents import (
    KEYS,
    Account,
    Flow,
    Hangup,
    Menu,
    Node,
    Play,
    QueueTo,
    Tone,
    Voicemail,
)
from apps.ivr.engine.voice import CallerGoneError, LookupFailedError, Lookups, Voice

STEP_LIMIT = 100
ACCOUNT_DIGITS = 20
PIN_DIGITS = 12
ALL_KEYS = "".join(sorted(KEYS))


@dataclass(frozen=True)
class Step:
    """One node that the caller went through; PIN keys are `*`."""

    node: str
    kind: str
    keys: str


@dataclass(frozen=True)
class Decision:
    """Where the call goes. `next` is queue, voicemail, hangup, tone, apology or gone.

    `target` is a queue's number for queue and voicemail; `reason` says which node decided and why.
    """

    next: str
    target: str = ""
    reason: str = ""


@dataclass
class Run:
    """One caller in one flow."""

    flow: Flow
    voice: Voice
    lookups: Lookups
    on_step: Callable[[Step], None]
    menus: list[str] = field(default_factory=list)
    keys: str = ""

    def step(self, node: Node, keys: str = "", kind: str = "") -> None:
        """Tell of a step."""
        self.on_step(Step(node=node.id, kind=kind or node.kind, keys=keys))


def run_flow(
    flow: Flow,
    *,
    voice: Voice,
    lookups: Lookups,
    on_step: Callable[[Step], None],
    step_limit: int = STEP_LIMIT,
) -> Decision:
    """Run the flow to a decision.

    A caller who hangs up gives `gone`; more than `step_limit` nodes (an endless loop) `apology`.
    """
    run = Run(flow, voice, lookups, on_step)
    current = flow.start
    node = flow.nodes[current]
    try:
        voice.answer()
        for _ in range(step_limit):
            node = flow.nodes[current]
            run.keys = ""
            outcome = HANDLERS[type(node)](run, node)
            if isinstance(outcome, Decision):
                return outcome
            current = outcome
    except CallerGoneError:
        run.step(node, run.keys)
        return Decision("gone", reason=f"hung up at {node.id}")
    return Decision("apology", reason=f"step limit {step_limit} reached at {current}")


def _menu(run: Run, node: Menu) -> str | Decision:
    if node.id in run.menus:
        del run.menus[run.menus.index(node.id) :]
    run.menus.append(node.id)
    missed = 0
    while missed < node.tries:
        key = run.voice.play(node.prompts, keys=ALL_KEYS) or run.voice.key(node.timeout_s)
        run.keys += key
        if key and key == node.repeat:
            missed += 1  # repeating for ever would hold the line for ever
            continue
        if key and key == node.back:
            run.step(node, key)
            if len(run.menus) > 1:
                run.menus.pop()
            return run.menus[-1]
        if key in node.keys:
            run.step(node, key)
            return node.keys[key]
        missed += 1
        if missed < node.tries:
            run.voice.play(["huawu/invalid-key" if key else "huawu/no-input"])
    run.step(node, run.keys)
    if node.on_failed:
        return node.on_failed
    run.voice.play(["huawu/too-many-tries", "huawu/goodbye"])
    return Decision("hangup", reason=f"{node.id}: no valid key in {node.tries} tries")


def _play(run: Run, node: Play) -> str:
    run.voice.play(node.prompts)
    run.step(node)
    return node.to


def _account(run: Run, node: Account) -> str | Decision:
    run.voice.play(node.prompts)
    for left in range(node.tries - 1, -1, -1):
        run.keys = ""
        account = _collect(run, ["huawu/account-number"], node.timeout_s, ACCOUNT_DIGITS)
        run.step(node, account)
        run.keys = ""
        pin = _collect(run, ["huawu/account-pin"], node.timeout_s, PIN_DIGITS, is_secret=True)
        run.step(node, "*" * len(pin), kind="pin")
        run.keys = ""
        try:
            balance = run.lookups.account_balance(account_number=account, pin=pin)
        except LookupFailedError:
            run.voice.play(["huawu/apology"])
            return node.on_failed
        if balance is not None:
            run.voice.play(["huawu/balance-is", *speak.money(balance, run.flow.language)])
            return node.to
        run.voice.play(["huawu/account-wrong" if left else "huawu/account-locked"])
    return node.on_failed


def _collect(
    run: Run, prompts: list[str], timeout_s: float, most: int, *, is_secret: bool = False
) -> str:
    """Collect keys up to `#`, a pause or `most` digits."""
    collected = ""
    key = run.voice.play(prompts, keys=ALL_KEYS) or run.voice.key(timeout_s)
    while key and key != "#" and len(collected) < most:
        collected += key
        run.keys = "*" * len(collected) if is_secret else collected
        if len(collected) == most:
            break
        key = run.voice.key(timeout_s)
    return collected


def _queue(run: Run, node: QueueTo) -> Decision:
    run.voice.play(node.prompts)
    run.step(node)
    return Decision("queue", target=node.queue, reason=node.id)


def _voicemail(run: Run, node: Voicemail) -> Decision:
    run.voice.play(node.prompts)
    run.step(node)
    return Decision("voicemail", target=node.box, reason=node.id)


def _tone(run: Run, node: Tone) -> Decision:
    run.step(node)
    return Decision("tone", reason=node.id)


def _hangup(run: Run, node: Hangup) -> Decision:
    run.voice.play(node.prompts)
    run.step(node)
    return Decision("hangup", reason=node.id)


# Each handler takes its own kind of node; the mapping is by exact type, so the pairs are safe.
HANDLERS: Mapping[type[Node], Callable[..., str | Decision]] = {
    Menu: _menu,
    Play: _play,
    Account: _account,
    QueueTo: _queue,
    Voicemail: _voicemail,
    Tone: _tone,
    Hangup: _hangup,
}
