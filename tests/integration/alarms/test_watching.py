"""Alarms from a real board: raised once, over once, acknowledged; rules change by right only."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from apps.accounts.choices import Role
from apps.alarms.models import Alarm, AlarmNotice, AlarmRule
from apps.alarms.notices import MOST_TRIES, notices_send
from apps.alarms.selectors import alarm_list_for, alarm_rows, rule_list_for
from apps.alarms.services import RuleChoice, alarm_acknowledge, rule_delete, rule_save
from apps.alarms.values import Values
from apps.alarms.watching import alarms_watch
from apps.audit.models import AuditEntry
from apps.calls.models import Call
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.core.tenancy import tenant_scope
from apps.ivr.models import Calendar
from apps.recordings.models import Recording, RecordingSound
from tests.factories import QueueFactory, RecordingFactory, UserFactory
from tests.integration.live_board.test_board import live_call

pytestmark = pytest.mark.django_db
# Long enough ago that what is told by then is due by the real clock.
START = timezone.now() - timedelta(minutes=5)


@pytest.fixture
def queue() -> Iterator[Any]:
    found = QueueFactory()
    with tenant_scope(found.tenant_id):
        yield found


@pytest.fixture
def admin(queue: Any) -> Any:
    return UserFactory(tenant=queue.tenant, role=Role.ADMIN)


def choice(queue: Any, /, **values: Any) -> RuleChoice:
    """Give a rule: two callers wait for ten seconds."""
    given = {
        "name": "Many wait",
        "metric": "waiting",
        "queue": queue.pk,
        "raise_at": 2,
        "raise_after_s": 10,
        "clear_at": 0,
        "clear_after_s": 10,
    }
    return RuleChoice(**{**given, **values})


def look(*seconds: int) -> list[int]:
    """Look at these seconds; return how many alarms changed at each."""
    return [alarms_watch(START + timedelta(seconds=second)) for second in seconds]


def end(call: Any) -> None:
    """End a call: nobody waits any more."""
    call.ended_at = timezone.now()
    call.save()
    call.visits.update(how="abandoned", wait_ms=1, left_at=call.ended_at)


def test_one_alarm_from_raising_to_its_end(queue: Any, admin: Any) -> None:
    rule, secret = rule_save(user=admin, choice=choice(queue))
    assert secret == ""
    calls = [live_call(queue, now=START) for _ in range(3)]
    assert look(0, 5) == [0, 0]
    assert look(10, 15, 20) == [1, 0, 0]
    alarm = Alarm.objects.get()
    assert (alarm.name, alarm.value, alarm.cleared_at) == ("Many wait", 3, None)
    live_call(queue, now=START)
    look(25)
    # Between the thresholds nothing happens.
    for call in calls:
        end(call)
    assert look(30, 60) == [0, 0]
    end(Call.objects.get(ended_at=None))
    assert look(65, 70, 75, 80) == [0, 0, 1, 0]
    alarm.refresh_from_db()
    assert alarm.worst == 4
    assert alarm.cleared_at == START + timedelta(seconds=75)
    assert rule.alarms.count() == 1


def test_board_shows_what_is_on_and_who_looks_after_it(queue: Any, admin: Any) -> None:
    rule_save(user=admin, choice=choice(queue, raise_after_s=0))
    live_call(queue, now=START)
    live_call(queue, now=START)
    look(0)
    (row,) = alarm_rows().values()
    assert (row["queue"], row["acknowledged"], row["has_sound"]) == (queue.number, "", True)
    alarm_acknowledge(user=admin, pk=row["id"])
    other = UserFactory(tenant=queue.tenant, role=Role.ADMIN)
    assert alarm_acknowledge(user=other, pk=row["id"]).acknowledged_by == admin
    (row,) = alarm_rows().values()
    assert row["acknowledged"] == admin.display_name
    assert AuditEntry.objects.filter(action="alarms.acknowledge").count() == 1


def test_outside_its_hours_a_rule_is_silent(queue: Any, admin: Any) -> None:
    closed = Calendar.objects.create(tenant=queue.tenant, name="never")
    rule_save(user=admin, choice=choice(queue, raise_after_s=0, calendar=closed.pk))
    live_call(queue, now=START)
    live_call(queue, now=START)
    assert look(0, 10) == [0, 0]


def test_deleting_a_rule_ends_its_alarm_and_keeps_the_history(queue: Any, admin: Any) -> None:
    rule, _secret = rule_save(user=admin, choice=choice(queue, raise_after_s=0))
    live_call(queue, now=START)
    live_call(queue, now=START)
    look(0)
    rule_delete(user=admin, pk=rule.pk)
    alarm = Alarm.objects.get()
    assert alarm.cleared_at is not None
    assert alarm.rule is None
    assert look(5) == [0]


def test_changes_of_rules_are_in_the_audit_trail_without_the_secret(queue: Any, admin: Any) -> None:
    url = "https://hooks.example.com/x?token=hush"
    rule, secret = rule_save(user=admin, choice=choice(queue, webhook_url=url))
    assert len(secret) > 30
    _rule, again = rule_save(user=admin, choice=choice(queue, webhook_url=url), pk=rule.pk)
    assert again == ""
    rule_save(user=admin, choice=choice(queue, webhook_url=url, raise_at=5), pk=rule.pk)
    trail = list(AuditEntry.objects.filter(action="alarms.rule_save").order_by("pk"))
    assert trail[-1].detail["changed"] == {"raise_at": [2.0, 5]}
    assert "hush" not in str([entry.detail for entry in trail])
    assert secret not in rule.webhook_secret


@pytest.mark.parametrize(
    "values",
    [
        {"name": " "},
        {"clear_at": 2},
        {"raise_at": float("nan")},
        {"raise_at": float("inf")},
        {"raise_after_s": 9_999},
        {"emails": ("nobody",)},
        {"emails": tuple(f"a{n}@example.com" for n in range(11))},
        {"webhook_url": "ftp://example.com"},
        {"webhook_url": "https://user:pass@example.com"},
        {"webhook_url": "https://example.com/\r\nX: 1"},
        {"metric": "service_level", "raise_at": 80, "clear_at": 70},
        {"metric": "nothing"},
        {"queue": 999_999},
    ],
)
def test_rules_that_cannot_work_are_refused(queue: Any, admin: Any, values: dict[str, Any]) -> None:
    with pytest.raises(HuawuError):
        rule_save(user=admin, choice=choice(queue, **values))
    assert AlarmRule.objects.count() == 0


def test_a_lead_has_rules_of_his_department_only(queue: Any, admin: Any) -> None:
    lead = UserFactory(tenant=queue.tenant, role=Role.TEAM_LEAD, department=queue.department)
    other = UserFactory(tenant=queue.tenant, role=Role.TEAM_LEAD)
    mine, _ = rule_save(user=lead, choice=choice(queue, raise_after_s=0))
    rule_save(user=admin, choice=choice(queue, name="All", queue=None))
    assert list(rule_list_for(user=lead)) == [mine]
    assert list(rule_list_for(user=other)) == []
    assert rule_list_for(user=admin).count() == 2
    with pytest.raises(NotFoundError):
        rule_save(user=other, choice=choice(queue, name="Theirs"))
    with pytest.raises(NotFoundError):
        rule_save(user=other, choice=choice(queue), pk=mine.pk)
    with pytest.raises(HuawuError):
        rule_save(user=lead, choice=choice(queue, name="Everything", queue=None))
    live_call(queue, now=START)
    live_call(queue, now=START)
    look(0)
    alarm = Alarm.objects.get()
    assert list(alarm_list_for(user=lead)) == [alarm]
    assert list(alarm_list_for(user=other)) == []
    with pytest.raises(NotFoundError):
        alarm_acknowledge(user=other, pk=alarm.pk)
    agent = UserFactory(tenant=queue.tenant)
    for act in (rule_list_for, alarm_list_for):
        with pytest.raises(ForbiddenError):
            act(user=agent)


def test_another_companys_admin_finds_nothing(queue: Any, admin: Any) -> None:
    rule, _secret = rule_save(user=admin, choice=choice(queue))
    stranger = UserFactory(role=Role.ADMIN)
    with tenant_scope(stranger.tenant_id):
        assert list(rule_list_for(user=stranger)) == []
        with pytest.raises(NotFoundError):
            rule_delete(user=stranger, pk=rule.pk)
        with pytest.raises(NotFoundError):
            rule_save(user=stranger, choice=choice(queue))


def test_people_are_told_by_mail_when_it_begins_and_when_it_is_over(
    queue: Any, admin: Any, settings: Any
) -> None:
    settings.EMAIL_HOST = "mail.example.com"
    rule_save(
        user=admin,
        choice=choice(queue, raise_after_s=0, clear_after_s=0, emails=("a@example.com",)),
    )
    calls = [live_call(queue, now=START) for _ in range(2)]
    look(0, 5)
    assert notices_send() == 1
    for call in calls:
        end(call)
    look(10, 15)
    assert notices_send() == 1
    assert notices_send() == 0
    assert [one.to for one in mail.outbox] == [["a@example.com"]] * 2
    assert "Many wait" in mail.outbox[0].subject
    assert "13800138000" not in mail.outbox[0].body


class Hook(BaseHTTPRequestHandler):
    """A company's program: it fails as often as it is told to, then it takes."""

    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.heard.append((dict(self.headers), body))
        self.send_response(server.answers.pop(0) if server.answers else 204)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


# What a recording is, and whether that is a fault; the last one was begun hours ago.
RECORDINGS = [
    ({"state": "ready", "conversion": "done"}, 0),
    ({"state": "missing", "fault": "no_file"}, 1),
    ({"state": "missing", "fault": "erased"}, 0),
    ({"state": "cut", "fault": "shorter"}, 1),
    ({"state": "ready", "conversion": "waiting"}, 0),
    ({"state": "ready", "conversion": "waiting", "trouble": "storage"}, 1),
    ({"state": "ready", "conversion": "failed", "trouble": "mismatch"}, 1),
    # Two faults of one recording are one.
    ({"state": "cut", "conversion": "failed", "trouble": "broken"}, 1),
    ({"state": "missing", "fault": "no_file", "started_at": START - timedelta(hours=3)}, 0),
    ({"conversion": "failed", "trouble": "timeout", "started_at": START - timedelta(hours=3)}, 1),
]


@pytest.mark.parametrize(("values", "expected"), RECORDINGS)
def test_recording_faults_count_all_that_the_page_says(
    queue: Any, admin: Any, values: dict[str, Any], expected: int
) -> None:
    recording = RecordingFactory(tenant=queue.tenant, **values)
    rule, _ = rule_save(
        user=admin, choice=choice(queue, metric="recording_faults", queue=None, raise_at=1)
    )
    assert Values({}, timezone.now()).of(rule) == expected
    RecordingSound.objects.create(
        tenant=queue.tenant, recording=recording, version=1, fault="no sound"
    )
    Recording.objects.filter(started_at__lt=START).update(updated_at=START - timedelta(hours=2))
    is_of_now = recording.started_at >= START
    assert Values({}, timezone.now()).of(rule) == int(is_of_now)


@pytest.fixture
def hook() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Hook)
    server.heard, server.answers = [], []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def raised_with_hook(queue: Any, admin: Any, url: str) -> str:
    """Raise an alarm of a rule that calls this address; return the secret."""
    rule = choice(queue, raise_after_s=0, webhook_url=url)
    _rule, secret = rule_save(user=admin, choice=rule)
    live_call(queue, now=START)
    live_call(queue, now=START)
    look(0)
    return secret


def again() -> None:
    """Let the pause before the next try be over."""
    AlarmNotice.objects.update(next_try_at=timezone.now())


def test_webhook_is_signed_tried_again_and_told_once(
    queue: Any, admin: Any, hook: Any, settings: Any
) -> None:
    settings.HUAWU_HTTP_LOOKUP_NETWORKS = [ip_network("127.0.0.0/8")]
    hook.answers = [500, 302]
    secret = raised_with_hook(queue, admin, f"http://127.0.0.1:{hook.server_port}/alarms?a=1")
    assert notices_send() == 0
    assert AlarmNotice.objects.get().next_try_at > timezone.now()
    assert notices_send() == 0
    assert len(hook.heard) == 1
    again()
    assert notices_send() == 0
    again()
    assert notices_send() == 1
    again()
    assert notices_send() == 0
    assert len(hook.heard) == 3
    headers, body = hook.heard[-1]
    told = json.loads(body)
    assert (told["event"], told["queue"], told["value"]) == ("alarm.raised", queue.number, 2)
    parts = dict(part.split("=", 1) for part in headers["X-Huawu-Signature"].split(","))
    signed = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256)
    assert parts["v1"] == signed.hexdigest()
    assert len({headers["X-Huawu-Delivery"] for headers, _body in hook.heard}) == 1


def test_webhook_never_reaches_our_own_networks(queue: Any, admin: Any, hook: Any) -> None:
    raised_with_hook(queue, admin, f"http://127.0.0.1:{hook.server_port}/")
    for _turn in range(MOST_TRIES):
        notices_send()
        again()
    notice = AlarmNotice.objects.get()
    assert (notice.state, notice.tries, notice.error) == ("failed", MOST_TRIES, "LookupFailedError")
    assert hook.heard == []
