"""Flow documents: JSON to frozen nodes, with errors that name the node.

A document is `{"name", "start", "nodes": {id: {"kind", …}}}`. Prompts are names without language
(`main-menu` is the system prompt `huawu/main-menu`). Every target must exist.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

KEYS = frozenset("0123456789*#")
PREFIX = "huawu/"
MAX_NODES = 500


class FlowError(ValueError):
    """A document that cannot run; the text names the node and says what is wrong."""


@dataclass(frozen=True)
class Node:
    """What all nodes have."""

    kind: ClassVar[str] = ""
    id: str
    prompts: tuple[str, ...] = ()

    def targets(self) -> tuple[str, ...]:
        """Return the ids that this node leads to."""
        return ()


@dataclass(frozen=True)
class Menu(Node):
    """Ask for one key. `back` returns one menu up, `repeat` says it again. Times in seconds."""

    kind: ClassVar[str] = "menu"
    keys: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 5.0
    tries: int = 3
    back: str = ""
    repeat: str = ""
    on_failed: str = ""

    def targets(self) -> tuple[str, ...]:
        """Return where the keys and the end of the tries lead."""
        return (*self.keys.values(), *([self.on_failed] if self.on_failed else []))


@dataclass(frozen=True)
class Play(Node):
    """Play prompts, then go on."""

    kind: ClassVar[str] = "play"
    to: str = ""

    def targets(self) -> tuple[str, ...]:
        """Return the next node."""
        return (self.to,)


@dataclass(frozen=True)
class Account(Node):
    """Account number and PIN by key, then the balance is spoken."""

    kind: ClassVar[str] = "account"
    tries: int = 3
    timeout_s: float = 6.0
    to: str = ""
    on_failed: str = ""

    def targets(self) -> tuple[str, ...]:
        """Return where it leads after the balance and after too many tries."""
        return (self.to, self.on_failed)


@dataclass(frozen=True)
class QueueTo(Node):
    """Wait for an agent in a queue of this number."""

    kind: ClassVar[str] = "queue"
    queue: str = ""


@dataclass(frozen=True)
class Voicemail(Node):
    """Leave a message in a queue's box."""

    kind: ClassVar[str] = "voicemail"
    box: str = ""


@dataclass(frozen=True)
class Tone(Node):
    """Answer and play a tone until the caller hangs up."""

    kind: ClassVar[str] = "tone"


@dataclass(frozen=True)
class Hangup(Node):
    """Say good-bye and hang up."""

    kind: ClassVar[str] = "hangup"


@dataclass(frozen=True)
class Flow:
    """One flow, ready to run."""

    name: str
    start: str
    nodes: Mapping[str, Node]
    language: str = "zh"


def flow_parse(document: object) -> Flow:
    """Return the flow of a JSON document. Raises FlowError."""
    raw = _mapping(document, "the document")
    nodes_raw = _mapping(raw.get("nodes"), "nodes")
    if not 0 < len(nodes_raw) <= MAX_NODES:
        raise FlowError(f"a flow has 1 to {MAX_NODES} nodes, this has {len(nodes_raw)}")
    nodes = {str(key): _node(str(key), value) for key, value in nodes_raw.items()}
    start = str(raw.get("start", ""))
    if start not in nodes:
        raise FlowError(f"start: there is no node {start!r}")
    for node in nodes.values():
        for target in node.targets():
            if target not in nodes:
                raise FlowError(f"node {node.id!r} leads to {target!r}, which does not exist")
    language = str(raw.get("language", "zh"))
    if language not in ("zh", "en"):
        raise FlowError(f"language {language!r}: use zh or en")
    return Flow(name=str(raw.get("name", "")), start=start, nodes=nodes, language=language)


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise FlowError(f"{what} must be an object")
    return value


def _node(node_id: str, value: object) -> Node:
    raw = _mapping(value, f"node {node_id!r}")
    make = PARSERS.get(str(raw.get("kind", "")))
    if make is None:
        raise FlowError(f"node {node_id!r} has the unknown kind {raw.get('kind')!r}")
    return make(node_id, raw)


def _prompts(node_id: str, raw: Mapping[str, Any]) -> tuple[str, ...]:
    found = raw.get("prompts", [])
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise FlowError(f"node {node_id!r}: prompts must be a list of names")
    for name in found:
        if not name.replace("-", "").replace("/", "").replace("_", "").isalnum():
            raise FlowError(f"node {node_id!r}: {name!r} is no prompt name")
    return tuple(PREFIX + name for name in found)


def _key(node_id: str, value: object, what: str) -> str:
    text = str(value or "")
    if text and text not in KEYS:
        raise FlowError(f"node {node_id!r}: {what} {text!r} is not a key")
    return text


def _between(
    node_id: str, raw: Mapping[str, Any], name: str, low: float, high: float, default: float
) -> float:
    value = raw.get(name, default)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:
        raise FlowError(f"node {node_id!r}: {name} must be {low} to {high}")
    return float(value)


def _menu(node_id: str, raw: Mapping[str, Any]) -> Menu:
    keys = {
        _key(node_id, key, "key"): str(target)
        for key, target in _mapping(raw.get("keys"), f"node {node_id!r}: keys").items()
    }
    back, repeat = (
        _key(node_id, raw.get("back"), "back"),
        _key(node_id, raw.get("repeat"), "repeat"),
    )
    taken = [key for key in (back, repeat) if key and key in keys]
    if taken or (back and back == repeat) or "" in keys:
        raise FlowError(f"node {node_id!r}: key {taken or back!r} means two things")
    return Menu(
        id=node_id,
        prompts=_prompts(node_id, raw),
        keys=keys,
        timeout_s=_between(node_id, raw, "timeout_s", 0.5, 60, 5),
        tries=int(_between(node_id, raw, "tries", 1, 10, 3)),
        back=back,
        repeat=repeat,
        on_failed=str(raw.get("on_failed", "")),
    )


def _play(node_id: str, raw: Mapping[str, Any]) -> Play:
    return Play(id=node_id, prompts=_prompts(node_id, raw), to=str(raw.get("to", "")))


def _account(node_id: str, raw: Mapping[str, Any]) -> Account:
    return Account(
        id=node_id,
        prompts=_prompts(node_id, raw),
        tries=int(_between(node_id, raw, "tries", 1, 10, 3)),
        timeout_s=_between(node_id, raw, "timeout_s", 1, 60, 6),
        to=str(raw.get("to", "")),
        on_failed=str(raw.get("on_failed", "")),
    )


def _number(node_id: str, raw: Mapping[str, Any], name: str) -> str:
    text = str(raw.get(name, ""))
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise FlowError(f"node {node_id!r}: {name} must be a queue's number")
    return text


def _queue(node_id: str, raw: Mapping[str, Any]) -> QueueTo:
    return QueueTo(id=node_id, prompts=_prompts(node_id, raw), queue=_number(node_id, raw, "queue"))


def _voicemail(node_id: str, raw: Mapping[str, Any]) -> Voicemail:
    return Voicemail(id=node_id, prompts=_prompts(node_id, raw), box=_number(node_id, raw, "box"))


def _tone(node_id: str, raw: Mapping[str, Any]) -> Tone:
    return Tone(id=node_id, prompts=_prompts(node_id, raw))


def _hangup(node_id: str, raw: Mapping[str, Any]) -> Hangup:
    return Hangup(id=node_id, prompts=_prompts(node_id, raw))


PARSERS: Mapping[str, Callable[[str, Mapping[str, Any]], Node]] = {
    Menu.kind: _menu,
    Play.kind: _play,
    Account.kind: _account,
    QueueTo.kind: _queue,
    Voicemail.kind: _voicemail,
    Tone.kind: _tone,
    Hangup.kind: _hangup,
}
