"""The whole examination: settings in, findings out."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from apps.telephony.doctor import asterisk_checks, machine_checks, service_checks
from apps.telephony.doctor.manager import (
    LoginRefusedError,
    Manager,
    ManagerConnection,
    NotAsteriskError,
)
from apps.telephony.doctor.report import Finding, bad, good


@dataclass(frozen=True)
class Options:
    """What the person asked for; `sounds` is Asterisk's sound folder when it is elsewhere."""

    sounds: Path | None = None


def examine(options: Options) -> Iterable[Finding]:
    """Run every check, cheapest cause first: the first failure is the one to cure."""
    yield from service_checks.check_settings(
        is_demo=settings.DEMO,
        is_debug=settings.DEBUG,
        is_https=getattr(settings, "SESSION_COOKIE_SECURE", False),
        hosts=settings.ALLOWED_HOSTS,
    )
    database = list(service_checks.check_database())
    yield from database
    yield from service_checks.check_redis(settings.HUAWU_REDIS_URL, is_demo=settings.DEMO)
    yield from _asterisk()
    yield from machine_checks.check_agi(
        str(settings.HUAWU_AGI["host"]), int(str(settings.HUAWU_AGI["port"]))
    )
    yield from machine_checks.check_websocket(settings.HUAWU_WS_URL)
    yield from _folders(options)
    if not any(finding.state == "failed" for finding in database):
        yield from _rendered()
        yield from _recordings()
    yield from _own_processes()


def _asterisk() -> Iterable[Finding]:
    ami = settings.HUAWU_AMI
    address = f"{ami['host']}:{ami['port']}"
    try:
        connection = ManagerConnection(
            str(ami["host"]), int(str(ami["port"])), str(ami["user"]), str(ami["secret"])
        )
    except LoginRefusedError as error:
        yield bad(
            "ami.login",
            _("Asterisk refuses the manager user %(user)s: %(error)s.")
            % {"user": ami["user"], "error": error},
            _(
                "Make secret= of [%(user)s] in manager.conf equal to HUAWU_AMI_SECRET, and permit= "
                "our address; then: manager reload"
            )
            % {"user": ami["user"]},
        )
        return
    except NotAsteriskError as error:
        yield bad(
            "ami.reachable",
            _("What listens at %(address)s is not Asterisk's manager: %(error)s")
            % {"address": address, "error": error},
            _("Correct HUAWU_AMI_HOST and HUAWU_AMI_PORT."),
        )
        return
    except OSError as error:
        yield bad(
            "ami.reachable",
            _("Asterisk's manager does not answer at %(address)s: %(error)s.")
            % {"address": address, "error": error},
            _(
                "Start Asterisk, set enabled=yes and bindaddr in manager.conf, or correct "
                "HUAWU_AMI_HOST and HUAWU_AMI_PORT."
            ),
        )
        return
    with connection:
        yield good("ami.login", _("Signed in to Asterisk at %(address)s.") % {"address": address})
        yield from asterisk_findings(connection, expected(), time.time)


def asterisk_findings(
    manager: Manager, wanted: asterisk_checks.Expected, clock: Callable[[], float]
) -> Iterable[Finding]:
    """Run every check of a node over one connection."""
    yield from asterisk_checks.check_version(manager, wanted)
    yield from asterisk_checks.check_rights(manager, wanted)
    yield from asterisk_checks.check_clock(manager, clock)
    yield from asterisk_checks.check_modules(manager, wanted)
    yield from asterisk_checks.check_dialplan(manager, wanted)


def expected() -> asterisk_checks.Expected:
    """Return what the settings say of this node."""
    shared: Path = settings.HUAWU_ASTERISK_DIR
    return asterisk_checks.Expected(
        node=settings.HUAWU_NODE,
        user=str(settings.HUAWU_AMI["user"]),
        agi_host=str(settings.HUAWU_AGI["host"]),
        agi_port=int(str(settings.HUAWU_AGI["port"])),
        folders={
            "HW_REC_DIR": str(shared / "recordings"),
            "HW_VM_DIR": str(shared / "voicemail"),
        },
        contexts=asterisk_checks.contexts_of(
            settings.BASE_DIR / "asterisk/etc/extensions_huawu.conf"
        ),
    )


def _folders(options: Options) -> Iterable[Finding]:
    shared: Path = settings.HUAWU_ASTERISK_DIR
    yield from machine_checks.check_folder(settings.HUAWU_DATA_DIR, is_written=True)
    yield from machine_checks.check_folder(shared / "etc/huawu.d", is_written=True)
    yield from machine_checks.check_folder(shared / "recordings", is_written=True)
    yield from machine_checks.check_folder(shared / "voicemail", is_written=True)
    yield from machine_checks.check_folder(shared / "log/cel-custom", is_written=False)
    candidates = [
        shared / "data/sounds",
        Path("/usr/share/asterisk/sounds"),
        Path("/var/lib/asterisk/sounds"),
    ]
    yield from machine_checks.check_prompts(
        machine_checks.prompt_names(settings.BASE_DIR / "asterisk/sounds/prompts.toml"),
        [options.sounds] if options.sounds else candidates,
    )


def _rendered() -> Iterable[Finding]:
    from apps.telephony.conf.render import dids_conf, pjsip_conf, queues_conf
    from apps.telephony.conf.rows import conf_rows
    from apps.telephony.conf.sync import DIDS, PJSIP, QUEUES

    rows = conf_rows()
    media_address = settings.HUAWU_MEDIA_ADDRESS
    yield from machine_checks.check_rendered(
        settings.HUAWU_ASTERISK_DIR / "etc/huawu.d",
        {
            PJSIP.name: pjsip_conf(
                rows,
                media_address=media_address,
                trunk_qualify_s=settings.HUAWU_TRUNK_QUALIFY_S,
            ),
            QUEUES.name: queues_conf(rows),
            DIDS.name: dids_conf(rows),
        },
    )


def _recordings() -> Iterable[Finding]:
    from apps.core.tenancy import all_tenants
    from apps.recordings.health import conversion_health

    with all_tenants("the doctor looks at the installation"):
        health = conversion_health()
    yield from service_checks.check_recordings(health)


def _own_processes() -> Iterable[Finding]:
    if not settings.HUAWU_REDIS_URL:
        return  # all in one process: only that process knows, /healthz asks it
    from celery import current_app

    from apps.core.node_status import node_status

    try:
        status = node_status(settings.HUAWU_NODE)
        answers = len(current_app.control.ping(timeout=2.0) or [])
    except OSError:
        return  # Redis is away, said above
    yield from service_checks.check_listener(status)
    yield from service_checks.check_worker(answers)
