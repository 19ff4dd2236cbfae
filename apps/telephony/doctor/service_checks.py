"""What our own services tell: database, row-level security, Redis, listener, worker, settings."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.core.node_status import NodeStatus
from apps.recordings.choices import Trouble
from apps.telephony.doctor.report import Finding, bad, doubtful, good

if TYPE_CHECKING:
    from apps.recordings.health import Health


def check_settings(
    *, is_demo: bool, is_debug: bool, is_https: bool, hosts: Sequence[str]
) -> Iterable[Finding]:
    """Look for settings that no installation should have."""
    if is_debug and not is_demo:
        yield bad(
            "settings.debug",
            _("Debug pages are on: they show settings and code to anybody."),
            _("Take HUAWU_DEBUG out of the environment."),
        )
    if "*" in hosts:
        yield bad(
            "settings.hosts",
            _("The web answers to any host name."),
            _("Set HUAWU_ALLOWED_HOSTS to the names that people type."),
        )
    is_local = all(host in ("127.0.0.1", "localhost", "[::1]") for host in hosts)
    if not is_https and not is_local:
        yield doubtful(
            "settings.https",
            _("The pages are served without TLS; browsers then refuse the microphone."),
            _("Put nginx before them (deploy/nginx) and set HUAWU_HTTPS=1."),
        )


def check_database() -> Iterable[Finding]:
    """Look at the connection, the migrations and, on PostgreSQL, the policies."""
    from django.db import Error, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        yield bad(
            "database",
            _("The database does not answer: %(error)s") % {"error": str(error).strip()},
            _("Start PostgreSQL, or correct HUAWU_DATABASE_URL."),
        )
        return
    if plan:
        yield bad(
            "database.migrations",
            _("%(count)d migrations are not applied.") % {"count": len(plan)},
            _("Run: manage.py migrate && manage.py row_level_security --apply"),
        )
        return
    yield good("database", _("The database answers and is up to date."))
    if connection.vendor == "postgresql":
        yield from _policies()


def _policies() -> Iterable[Finding]:
    from apps.core.management.commands.row_level_security import is_role_exempt, unprotected_tables

    missing = unprotected_tables()
    if missing:
        yield bad(
            "database.policies",
            _("Row-level security is missing on: %(tables)s.") % {"tables": ", ".join(missing)},
            _("Run: manage.py row_level_security --apply"),
        )
    elif is_role_exempt():
        yield bad(
            "database.policies",
            _("The database role walks past row-level security."),
            _("Sign in as an ordinary role: deploy/postgres/role.sh makes one."),
        )
    else:
        yield good("database.policies", _("Row-level security holds."))


def check_redis(url: str, *, is_demo: bool) -> Iterable[Finding]:
    """Ask Redis for a sign of life."""
    import redis

    if not url:
        if not is_demo:
            yield doubtful(
                "redis",
                _("No Redis is set: everything has to run in one process (runall)."),
                _("Set HUAWU_REDIS_URL for separate processes."),
            )
        return
    try:
        with redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        yield bad(
            "redis",
            _("Redis does not answer: %(error)s.") % {"error": error},
            _("Start Redis, or correct HUAWU_REDIS_URL."),
        )
    else:
        yield good("redis", _("Redis answers."))


def check_listener(status: NodeStatus) -> Iterable[Finding]:
    """Read what the node's process last said of itself."""
    if status.is_up:
        yield good("listener", _("The listener of %(node)s is connected.") % {"node": status.node})
        return
    yield bad(
        "listener",
        _("No listener of %(node)s is connected to Asterisk.") % {"node": status.node},
        _("Start run_ami --node %(node)s (huawu-ami@%(node)s) and read its log.")
        % {"node": status.node},
    )


def check_worker(answers: int) -> Iterable[Finding]:
    """Judge how many workers answered a ping."""
    if answers:
        yield good("worker", _("%(count)d worker answers.") % {"count": answers})
        return
    yield doubtful(
        "worker",
        _("No task worker answered within 2 s; recordings wait until one does."),
        _("Start huawu-worker and read its log."),
    )


def check_recordings(health: "Health") -> Iterable[Finding]:
    """Judge whether conversions of recordings keep up, and say what troubles them."""
    cures = {
        Trouble.NO_TOOL: _("Install ffmpeg where huawu-worker runs: apt install ffmpeg"),
        Trouble.DISK_FULL: _("Make room, or move recordings to a bigger disk."),
        Trouble.STORAGE: _("Look at HUAWU_RECORDING_S3_… and at the store itself."),
        Trouble.NO_KEY: _("Set HUAWU_RECORDING_KEYS: openssl rand -base64 32"),
    }
    other = _("Look at them on the page of recordings, file “with trouble”.")
    for one in health.troubles:
        yield doubtful(
            "recordings",
            _("%(count)d recordings are not converted: %(reason)s. Their originals are there.")
            % {"count": one.waiting + one.given_up, "reason": one.text},
            cures.get(one.trouble, other),
        )
    if health.late and not health.troubles:
        yield doubtful(
            "recordings",
            _("%(count)d recordings wait for more than a quarter of an hour to be converted.")
            % {"count": health.late},
            _("Start huawu-worker and huawu-beat, or raise HUAWU_RECORDING_CONVERSIONS."),
        )
    elif not health.troubles:
        yield good("recordings", _("Conversions of recordings keep up."))
