"""The desk's alerts of inspections: until the agent opened it, until the appeal is known of."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.core import events
from apps.quality.services import (
    inspection_acknowledge,
    inspection_appeal,
    inspection_correct,
    inspection_decide,
    inspection_undo,
)
from tests.integration.quality.office import office_scope

pytestmark = pytest.mark.django_db
PART = "/quality/alerts/"


class Desk:
    """One person's browser."""

    def __init__(self, user: User) -> None:
        self.client = Client()
        self.client.force_login(user)

    def alerts(self) -> list[tuple[str, str]]:
        """Give (kind, inspection) of the alerts that his desk shows."""
        page = self.client.get(PART).content.decode()
        kinds, numbers = page.split('data-kind="')[1:], page.split('data-inspection="')[1:]
        return [
            (kind.partition('"')[0], number.partition('"')[0])
            for kind, number in zip(kinds, numbers, strict=True)
        ]

    def opens(self, pk: int) -> str:
        """Open an inspection; give what the page asks the desk to look at again."""
        found = self.client.get(f"/quality/inspections/{pk}/", headers={"hx-request": "true"})
        assert found.status_code == 200
        return str(found.headers.get("HX-Trigger", ""))


def test_agent_is_told_until_he_opens_it_and_again_of_what_changed() -> None:
    with office_scope() as office:
        desk, colleague = Desk(office.agent.user), Desk(office.colleague.user)
        waiting = office.inspection()
        assert desk.alerts() == []
        one = office.published()
        number = str(one.pk)
        assert desk.alerts() == [("published", number)]
        assert colleague.alerts() == []
        assert desk.opens(one.pk) == "inspections-changed"
        assert (desk.alerts(), desk.opens(one.pk)) == ([], "")
        inspection_correct(inspection=one, user=office.first, answers=one.answers, reason="wrong")
        assert desk.alerts() == [("published", number)]
        inspection_acknowledge(inspection=one, user=office.agent.user)
        assert desk.alerts() == []
        taken_back = office.published()
        inspection_undo(inspection=taken_back, user=office.first)
        assert desk.alerts() == []
        assert desk.client.get(f"/quality/inspections/{waiting.pk}/").status_code == 404


def test_who_may_decide_is_told_of_an_appeal_and_the_agent_of_its_end() -> None:
    with office_scope() as office:
        desk, judge, other = Desk(office.agent.user), Desk(office.first), Desk(office.second)
        one = office.published()
        desk.opens(one.pk)
        inspection_appeal(inspection=one, user=office.agent.user, reason="unfair")
        number = str(one.pk)
        # Who set the score does not decide; who appealed knows.
        assert (judge.alerts(), desk.alerts()) == ([], [])
        assert other.alerts() == [("appeal", number)]
        put_away = other.client.post(f"/quality/inspections/{one.pk}/put-away/")
        assert (put_away.status_code, number in put_away.content.decode()) == (200, False)
        assert other.alerts() == []
        inspection_decide(inspection=one, user=office.second, answers=one.answers, reason="fair")
        assert desk.alerts() == [("decided", number)]
        desk.opens(one.pk)
        assert desk.alerts() == []


def test_opening_an_appeal_is_knowing_of_it() -> None:
    with office_scope() as office:
        other = Desk(office.second)
        one = office.published()
        inspection_appeal(inspection=one, user=office.agent.user, reason="unfair")
        assert other.opens(one.pk) == "inspections-changed"
        assert (other.alerts(), other.opens(one.pk)) == ([], "")


def test_strangers_put_nothing_away() -> None:
    with office_scope() as office:
        one = office.published()
        inspection_appeal(inspection=one, user=office.agent.user, reason="unfair")
        path = f"/quality/inspections/{one.pk}/put-away/"
        for user in (office.colleague.user, office.support_lead):
            assert Desk(user).client.post(path).status_code == 404
        assert Client().post(path).status_code == 403


def test_event_says_for_whom_it_is_news(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(events.publisher, "send", lambda group, one: sent.append((group, one)))

    with office_scope() as office:
        people = {
            f"stream.user.{user.pk}": name
            for name, user in (
                ("agent", office.agent.user),
                ("first", office.first),
                ("second", office.second),
            )
        }

        def news(act: Any) -> set[str]:
            sent.clear()
            with django_capture_on_commit_callbacks(execute=True):
                act()
            alerts = [group for group, one in sent if one["data"].get("is_alert")]
            return {people[group] for group in alerts if group in people}

        made: list[Any] = []
        assert news(lambda: made.append(office.published())) == {"agent"}
        one, agent = made[0], office.agent.user
        appeal = {"inspection": one, "user": agent, "reason": "unfair"}
        assert news(lambda: inspection_appeal(**appeal)) == {"second"}
        decide = {"inspection": one, "user": office.second, "answers": one.answers}
        assert news(lambda: inspection_decide(**decide, reason="fair")) == {"agent"}
