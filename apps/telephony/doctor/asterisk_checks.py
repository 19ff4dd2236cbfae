"""What one look through the manager interface tells about a node.

Each check takes a `Manager` (a fake in unit tests) and returns findings; none changes anything.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.telephony.doctor.manager import Manager
from apps.telephony.doctor.report import Finding, bad, doubtful, good

SKEW_WARNING_S = 0.1
SKEW_FAILED_S = 1.0
MIN_MAJOR = 22
ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared, not bound

RIGHTS: Mapping[str, str] = {
    "QueueAdd": "agent",
    "QueueRemove": "agent",
    "QueuePause": "agent",
    "QueuePenalty": "agent",
    "Originate": "originate",
    "Hangup": "call",
    "MixMonitorMute": "call",
    "Redirect": "call",
    "Setvar": "call",
    "DeviceStateList": "call",
    "Reload": "system",
    "CoreShowChannels": "reporting",
    "CoreSettings": "reporting",
    "QueueStatus": "",
    "Ping": "",
    # The doctor's own.
    "Getvar": "reporting",
    "ShowDialPlan": "reporting",
    "ModuleCheck": "system",
}
"""Every action we send, and the `write` right that allows it. Source: Asterisk 22.10,
`manager show command X`. A test compares it with `ami/actions.py`."""

MODULES: Mapping[str, object] = {
    "res_pjsip": gettext_lazy("SIP"),
    "chan_pjsip": gettext_lazy("SIP calls"),
    "res_pjsip_transport_websocket": gettext_lazy("browser phones"),
    "res_http_websocket": gettext_lazy("browser phones"),
    "res_srtp": gettext_lazy("sound of browser phones"),
    "res_rtp_asterisk": gettext_lazy("sound"),
    "res_agi": gettext_lazy("menus"),
    "app_queue": gettext_lazy("queues"),
    "app_mixmonitor": gettext_lazy("recording"),
    "app_confbridge": gettext_lazy("conferences"),
    "app_record": gettext_lazy("voicemail"),
    "app_playback": gettext_lazy("prompts"),
    "app_userevent": gettext_lazy("recordings and messages being noticed"),
    "format_wav": gettext_lazy("prompts and voicemail"),
    "pbx_config": gettext_lazy("the dialplan"),
    "func_dialplan": gettext_lazy("the dialplan"),
    "func_strings": gettext_lazy("the dialplan"),
    "func_env": gettext_lazy("voicemail"),
    "cel_custom": gettext_lazy("repairing calls that were not heard"),
    "cdr_custom": gettext_lazy("comparing our figures with Asterisk's"),
}


@dataclass(frozen=True)
class Expected:
    """What our settings say the node should be like."""

    node: str
    user: str
    agi_host: str
    agi_port: int
    folders: Mapping[str, str]
    """Dialplan global -> folder, for example HW_REC_DIR."""
    contexts: Sequence[str]


def contexts_of(dialplan: Path) -> list[str]:
    """Return the contexts that a dialplan file defines, in order."""
    text = dialplan.read_text(encoding="utf-8")
    return re.findall(r"^\[(huawu-[\w-]+)\]", text, flags=re.MULTILINE)


def check_version(manager: Manager, expected: Expected) -> Iterable[Finding]:
    """Look at Asterisk's version and its system name."""
    answer = manager.ask("CoreSettings")
    version = answer.response.get("AsteriskVersion", "")
    found = re.match(r"(?:\w+/)?(\d+)\.", version)
    if found and int(found.group(1)) < MIN_MAJOR:
        yield bad(
            "asterisk.version",
            _("Asterisk %(version)s is too old.") % {"version": version},
            _("Install Asterisk 22 LTS."),
        )
    else:
        yield good("asterisk.version", f"Asterisk {version}")
    name = answer.response.get("SystemName", "")
    if answer.is_success and name != expected.node:
        yield bad(
            "asterisk.systemname",
            _("Asterisk calls itself “%(name)s”, we call this node “%(node)s”.")
            % {"name": name, "node": expected.node},
            _("Set systemname in asterisk.conf to HUAWU_NODE and restart Asterisk."),
        )


def check_rights(manager: Manager, expected: Expected) -> Iterable[Finding]:
    """Ask which actions the user may send, and whether events come."""
    allowed = manager.ask("ListCommands").response
    missing = [action for action in RIGHTS if action not in allowed]
    for action in missing:
        yield bad(
            "ami.rights",
            _("The manager user may not send %(action)s.") % {"action": action},
            _("Add “%(right)s” to write= of [%(user)s] in manager.conf, then: manager reload")
            % {"right": RIGHTS[action], "user": expected.user},
        )
    if not missing:
        yield good("ami.rights", _("The manager user may send all that is needed."))
    if not manager.has_event("FullyBooted"):
        yield bad(
            "ami.events",
            _("No event came after the log-in."),
            _(
                "Set read = system,call,agent,user for [%(user)s] in manager.conf. If it is so, "
                "Asterisk is still starting: run this again."
            )
            % {"user": expected.user},
        )


def check_dialplan(manager: Manager, expected: Expected) -> Iterable[Finding]:
    """Look for every context of our dialplan and for the globals that it needs."""
    missing = [
        context
        for context in expected.contexts
        if not manager.ask("ShowDialPlan", Context=context).is_success
    ]
    if missing:
        yield bad(
            "dialplan.contexts",
            _("The dialplan lacks: %(contexts)s.") % {"contexts": ", ".join(missing)},
            _(
                "Add the #include of Huawu's extensions.conf to yours (docs/operator-guide.md), "
                "then: dialplan reload"
            ),
        )
    else:
        yield good("dialplan.contexts", _("Every context of the dialplan is there."))
    yield _agi_global(manager.ask("Getvar", Variable="HW_AGI").response, expected)
    for name, folder in expected.folders.items():
        value = manager.ask("Getvar", Variable=name).response.get("Value", "")
        if value.rstrip("/") != folder.rstrip("/"):
            yield bad(
                "dialplan.folder",
                _("The dialplan's %(name)s is “%(value)s”, we look in “%(folder)s”.")
                % {"name": name, "value": value, "folder": folder},
                _("Make HUAWU_ASTERISK_DIR and the [globals] of the dialplan the same folder."),
            )


def _agi_global(response: Mapping[str, str], expected: Expected) -> Finding:
    value = response.get("Value", "")
    host, _colon, port = value.rpartition(":")
    fits_host = host == expected.agi_host or expected.agi_host in ANY_ADDRESS
    if fits_host and port == str(expected.agi_port):
        return good("dialplan.agi", _("The dialplan asks FastAGI at %(value)s.") % {"value": value})
    return bad(
        "dialplan.agi",
        _("The dialplan asks FastAGI at “%(value)s”, it listens on %(host)s:%(port)d.")
        % {"value": value, "host": expected.agi_host, "port": expected.agi_port},
        _("Set HW_AGI in [globals] of the dialplan to HUAWU_AGI_HOST:HUAWU_AGI_PORT."),
    )


def check_modules(manager: Manager, expected: Expected) -> Iterable[Finding]:
    """Ask for each module that a call needs."""
    missing = [
        (module, what)
        for module, what in MODULES.items()
        if not manager.ask("ModuleCheck", Module=module).is_success
    ]
    for module, what in missing:
        yield bad(
            "asterisk.module",
            _("%(module)s is not loaded; it is needed for: %(what)s.")
            % {"module": f"{module}.so", "what": what},
            _(
                "Take noload of %(module)s out of modules.conf, install the package that has it, "
                "then: module load %(module)s"
            )
            % {"module": f"{module}.so"},
        )
    if not missing:
        yield good("asterisk.module", _("Every module that a call needs is loaded."))


def check_clock(manager: Manager, clock: Callable[[], float]) -> Iterable[Finding]:
    """Compare Asterisk's clock with ours (Unix seconds)."""
    before = clock()
    stamp = manager.ask("Ping").response.get("Timestamp", "")
    after = clock()
    try:
        theirs = float(stamp)
    except ValueError:
        yield doubtful(
            "clock.skew", _("Asterisk did not say its time."), _("Look at both clocks yourself.")
        )
        return
    # Somewhere between our question and its answer is no difference at all.
    skew = max(before - theirs, theirs - after, 0.0)
    text = _("Asterisk's clock is %(seconds).3f s off ours.") % {"seconds": skew}
    cure = _("Run chrony on both machines; the times of calls are Asterisk's.")
    if skew >= SKEW_FAILED_S:
        yield bad("clock.skew", text, cure)
    elif skew >= SKEW_WARNING_S:
        yield doubtful("clock.skew", text, cure)
    else:
        yield good("clock.skew", _("Asterisk's clock agrees with ours."))
