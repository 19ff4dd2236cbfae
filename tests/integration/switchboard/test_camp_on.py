"""Call back on busy: ordered, looked at, claimed once, taken by its agent only, forgotten never."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Agent
from apps.audit.models import AuditEntry
from apps.core.tenancy import all_tenants, tenant_scope
from apps.switchboard.camp_on import (
    MOST_OPEN,
    camp_on_cancel,
    camp_on_claim,
    camp_on_due,
    camp_on_heal,
    camp_on_list,
    camp_on_order,
    token_of,
)
from apps.switchboard.errors import NotANumberError, OwnNumberError, TooManyCampOnsError
from apps.switchboard.models import CampOn
from apps.switchboard.my_phone import Wishes, phone_wishes_save
from apps.telephony.agi.camp_on import ordered
from apps.telephony.agi.dial import dial_plan
from apps.telephony.ami.camp_on_keeper import CampOnKeeper
from tests.factories import AgentFactory, CallFactory, LegFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
FREE, GONE = "NOT_INUSE", "UNAVAILABLE"


class FakeActions:
    """What the keeper asks of Asterisk."""

    def __init__(self, **states: str) -> None:
        self.states = {f"PJSIP/demo-{name[1:]}": state for name, state in states.items()}
        self.rung: list[tuple[str, str, str]] = []

    def device_states(self) -> list[tuple[str, str]]:
        return list(self.states.items())

    def originate(self, *, endpoint: str, number: str, caller_id: str) -> None:
        self.rung.append((endpoint, number, caller_id))


class Office:
    """1001 wants 1002; 1003 and a stranger are there too."""

    def __init__(self) -> None:
        with all_tenants("test"):
            self.tenant = TenantFactory(slug="demo")
            numbers = [str(1001 + n) for n in range(8)]
            self.agents: dict[str, Agent] = {
                number: AgentFactory(
                    tenant=self.tenant,
                    number=number,
                    sip_username=f"demo-{number}",
                    phone_kind="desk",
                )
                for number in numbers
            }
            self.stranger = AgentFactory(
                tenant=TenantFactory(slug="other"), number="1001", sip_username="other-1001"
            )

    def order(self, number: str = "1002", by: str = "1001") -> CampOn:
        return camp_on_order(agent=self.agents[by], number=number)

    def talks(self, number: str) -> None:
        call = CallFactory(tenant=self.tenant, ended_at=None)
        LegFactory(call=call, tenant=self.tenant, agent=self.agents[number], ended_at=None)


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    made = Office()
    with tenant_scope(made.tenant.pk):
        yield made


def due() -> list[tuple[str, str]]:
    with all_tenants("the node"):
        return [(row.agent.number, row.colleague.number) for row in camp_on_due()]


def test_both_must_be_free_and_the_first_who_asked_is_the_first(office: Office) -> None:
    office.talks("1002")
    office.order()
    office.order(by="1003")
    assert due() == []
    office.order("1004", by="1001")
    assert due() == [("1001", "1004")]
    with all_tenants("the call ends"):
        CampOn.objects.filter(colleague__number="1004").delete()
        LegFactory._meta.model.objects.update(ended_at=timezone.now())
    # One colleague is rung for one at a time.
    assert due() == [("1001", "1002")]


def test_who_wants_no_call_is_not_rung(office: Office) -> None:
    office.order()
    phone_wishes_save(agent=office.agents["1002"], wishes=Wishes(is_undisturbed=True))
    assert due() == []


def test_row_is_claimed_once_and_taken_by_its_agent_only(office: Office) -> None:
    row = office.order()
    # Not rung yet: nothing to take.
    assert str(dial_plan("demo-1001", token_of(row)).next) == "not-in-service"
    assert camp_on_claim(row)
    assert not camp_on_claim(row)
    assert str(dial_plan("demo-1003", token_of(row)).next) == "not-in-service"
    assert str(dial_plan("other-1001", token_of(row)).next) == "not-in-service"
    plan = dial_plan("demo-1001", token_of(row))
    assert (str(plan.next), plan.target, plan.number) == (
        "dial",
        "PJSIP/demo-1002&PJSIP/demo-1002-web",
        "1002",
    )
    row.refresh_from_db()
    assert row.state == "taken"
    assert row.ended_at is not None
    assert str(dial_plan("demo-1001", token_of(row)).next) == "not-in-service"


def test_queues_call_that_was_quicker_lets_him_wait_on(office: Office) -> None:
    row = office.order()
    camp_on_claim(row)
    office.talks("1002")
    assert str(dial_plan("demo-1001", token_of(row)).next) == "camp-on-again"
    row.refresh_from_db()
    assert (row.state, row.ended_at) == ("waiting", None)
    assert row.due_at > timezone.now()


def test_who_does_not_come_to_the_phone_is_tried_three_times(office: Office) -> None:
    row, now = office.order(), timezone.now()
    for _ in range(3):
        assert camp_on_claim(row, now)
        now += timedelta(seconds=50)
        camp_on_heal(now)
    row.refresh_from_db()
    assert (row.state, row.tries) == ("missed", 3)


def test_it_expires_can_be_cancelled_and_is_bounded(office: Office) -> None:
    first = office.order()
    assert office.order().pk == first.pk, "the same again is the same"
    camp_on_heal(timezone.now() + timedelta(minutes=31))
    assert camp_on_list(office.agents["1001"]) == []
    for number in list(office.agents)[1 : MOST_OPEN + 1]:
        office.order(number)
    with pytest.raises(TooManyCampOnsError):
        office.order("1007")
    assert camp_on_cancel(agent=office.agents["1001"]) == MOST_OPEN
    with pytest.raises(OwnNumberError):
        office.order("1001")
    with pytest.raises(NotANumberError):
        office.order("1099")


def test_codes_order_and_cancel_and_say_what_is_wrong(office: Office) -> None:
    def said(code: str) -> str:
        return str(dial_plan("demo-1001", code).next)

    assert said("*661002") == "camp-on"
    assert [row.colleague.number for row in camp_on_list(office.agents["1001"])] == ["1002"]
    assert said("*67") == "saved"
    assert camp_on_list(office.agents["1001"]) == []
    assert said("*661001") == "camp-on-refused"
    assert said("*661099") == "camp-on-refused"
    assert ordered("demo-1001", "1003")
    assert not ordered("demo-1001", "1099")
    assert not ordered("nobody", "1003")


def test_busy_colleague_can_be_waited_for_and_who_wants_no_call_cannot(office: Office) -> None:
    office.talks("1002")
    assert dial_plan("demo-1001", "1002").camp_on == "1002"
    phone_wishes_save(agent=office.agents["1002"], wishes=Wishes(is_undisturbed=True))
    assert dial_plan("demo-1001", "1002").camp_on == ""


def test_keeper_rings_after_two_looks_at_phones_that_are_there(office: Office) -> None:
    row = office.order()
    actions = FakeActions(_1001=FREE, _1002="INUSE")
    keeper = CampOnKeeper("pbx1", actions)  # type: ignore[arg-type]  # only what it asks for
    keeper.look()
    actions.states["PJSIP/demo-1002"] = FREE
    keeper.look()
    assert actions.rung == []
    keeper.look()
    assert actions.rung == [("demo-1001", token_of(row), "1002")]
    keeper.look()
    assert len(actions.rung) == 1
    # A restart has the row: not answered within its time, it is rung anew.
    CampOn.objects.update(rung_at=timezone.now() - timedelta(minutes=1))
    again = CampOnKeeper("pbx1", actions)  # type: ignore[arg-type]
    again.look()
    CampOn.objects.update(due_at=timezone.now())
    again.look()
    again.look()
    assert len(actions.rung) == 2


@pytest.mark.parametrize(
    ("own", "theirs"), [(GONE, FREE), (FREE, GONE), ("RINGING", FREE), (FREE, "ONHOLD")]
)
def test_keeper_rings_nobody_whose_phone_is_away_or_in_use(
    office: Office, own: str, theirs: str
) -> None:
    office.order()
    actions = FakeActions(_1001=own, _1002=theirs)
    keeper = CampOnKeeper("pbx1", actions)  # type: ignore[arg-type]
    for _ in range(3):
        keeper.look()
    assert actions.rung == []


def test_page_orders_lists_and_cancels_ones_own(office: Office) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(office.agents["1001"].user)
    text = client.post("/my-phone/camp-on/", {"number": "1002"}, follow=True).content.decode()
    assert 'data-colleague="1002"' in text
    assert "is free" in text
    assert 'data-colleague="1002"' in client.get("/my-phone/camp-on/list/").content.decode()
    wrong = client.post("/my-phone/camp-on/", {"number": "<b>\x001"}, follow=True)
    assert "no number" in wrong.content.decode()
    row = CampOn.objects.get()
    other = Client()
    other.force_login(office.agents["1003"].user)
    assert other.post(f"/my-phone/camp-on/{row.pk}/cancel/").status_code == 404
    stranger = Client()
    stranger.force_login(office.stranger.user)
    assert stranger.post(f"/my-phone/camp-on/{row.pk}/cancel/").status_code == 404
    nobody = Client()
    nobody.force_login(UserFactory(tenant=office.tenant))
    assert nobody.post("/my-phone/camp-on/", {"number": "1002"}).status_code == 403
    assert client.post(f"/my-phone/camp-on/{row.pk}/cancel/").status_code == 302
    assert client.post(f"/my-phone/camp-on/{row.pk}/cancel/").status_code == 404
    assert CampOn.objects.get().state == "cancelled"
    actions = AuditEntry.objects.filter(action__startswith="phone.camp_on")
    assert sorted(actions.values_list("action", flat=True)) == [
        "phone.camp_on",
        "phone.camp_on_cancel",
    ]
