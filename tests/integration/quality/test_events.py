"""Who is told what, live."""

from typing import Any

import pytest

from apps.core import events
from apps.quality.services import inspection_appeal, inspection_undo
from tests.integration.quality.office import office_scope

pytestmark = pytest.mark.django_db


def test_agent_is_told_and_deciders_of_an_appeal(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(events.publisher, "send", lambda group, one: sent.append((group, one)))

    def told(act: Any) -> dict[str, int]:
        sent.clear()
        with django_capture_on_commit_callbacks(execute=True):
            act()
        mine = [(group, one) for group, one in sent if one["kind"] == "inspection.changed"]
        return {group: one["data"]["inspections_todo"] for group, one in mine}

    with office_scope() as office:
        agent = f"stream.user.{office.agent.user.pk}"
        first, second = (f"stream.user.{user.pk}" for user in (office.first, office.second))
        made = []
        assert told(lambda: made.append(office.inspection())) == {first: 1}
        one = made[0]
        assert told(lambda: office.save(one, {"name": 1})) == {first: 1}
        found = told(lambda: made.append(office.published()))
        assert found[agent] == 1
        published = made[1]
        found = told(
            lambda: inspection_appeal(inspection=published, user=office.agent.user, reason="x")
        )
        assert (found[agent], found[first], found[second]) == (0, 1, 1)
        assert f"stream.user.{office.support_lead.pk}" not in found
        undone = office.published(office.colleague)
        found = told(lambda: inspection_undo(inspection=undone, user=office.first))
        assert found[f"stream.user.{office.colleague.user.pk}"] == 0
