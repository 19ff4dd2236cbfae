"""Rows become Asterisk's files; nothing in a row can break out of its line."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.telephony.conf.render import (
    ConfRows,
    DidRow,
    PhoneRow,
    QueueRow,
    TrunkRow,
    conf_value,
    dids_conf,
    pjsip_conf,
    queues_conf,
)

EMPTY = ConfRows(phones=(), trunks=(), queues=(), dids=())
ROWS = ConfRows(
    phones=(PhoneRow("1001", "1001", "陈静", "0" * 32, "huawu", "demo"),),
    trunks=(TrunkRow("trunk-carrier", "127.0.0.2", 5080, ("127.0.0.2",), "alaw", 10),),
    queues=(QueueRow("demo-7001", "leastrecent", 20, 2, 0, 20),),
    dids=(DidRow("4008001000", "demo", "demo-7000", "demo-7000", 30),),
)


def test_agent_gets_a_desk_and_a_browser_endpoint_with_one_secret() -> None:
    text = pjsip_conf(ROWS, media_address="127.0.0.1")
    assert "\n[1001](huawu-phone)\nauth = 1001\naors = 1001\n" in text
    assert "\n[1001-web](huawu-phone-web)\nauth = 1001\naors = 1001-web\n" in text
    assert text.count("md5_cred = ") == 1
    assert 'callerid = "陈静" <1001>' in text


def test_a_desk_phone_that_moved_leaves_no_old_address_to_ring() -> None:
    text = pjsip_conf(ROWS, media_address="127.0.0.1")
    desk = text.partition("[huawu-aor](!)")[2].partition("\n[")[0]
    assert "max_contacts = 1\n" in desk
    assert "remove_existing = yes\n" in desk


def test_trunk_is_known_by_its_address_only() -> None:
    text = pjsip_conf(ROWS, media_address="127.0.0.1")
    assert "type = identify\nendpoint = trunk-carrier\nmatch = 127.0.0.2\n" in text


def test_queue_rings_only_free_members_and_holds_callers_without_any() -> None:
    text = queues_conf(ROWS)
    assert "[demo-7001]" in text
    assert "ringinuse = no" in text
    assert "joinempty = yes" in text


def test_queue_says_its_own_words_or_none_to_who_waits() -> None:
    own = replace(ROWS.queues[0], periodic_sound="huawu-company/demo/wait-3", periodic_s=45)
    text = queues_conf(replace(ROWS, queues=(own,)))
    assert "periodic-announce = huawu-company/demo/wait-3\n" in text
    assert "periodic-announce-frequency = 45\n" in text
    silent = replace(own, periodic_sound="")
    assert "periodic-announce" not in queues_conf(replace(ROWS, queues=(silent,)))
    hostile = replace(own, periodic_sound="a\n[general]\nautofill = no")
    assert "\n[general]" not in queues_conf(replace(ROWS, queues=(hostile,)))


@pytest.mark.parametrize("to", ["caller", "agent", "both"])
def test_queue_and_phones_say_how_an_agent_is_announced(to: str) -> None:
    text = dids_conf(replace(ROWS, queues=(replace(ROWS.queues[0], announce=to),)))
    assert f"exten => demo-7001,1,Set(__HW_ANNOUNCE={to})\n" in text
    words = "huawu/agent-number&huawu/digit-1&huawu/digit-0&huawu/digit-0&huawu/digit-1"
    for phone in ("1001", "1001-web"):
        says = f"exten => {phone},1,Set(HW_ANNOUNCE_SAYS={words}&huawu/agent-serves)\n"
        assert says in text
    assert "__HW_ANNOUNCE" not in dids_conf(ROWS)


def test_number_carries_its_fallback() -> None:
    text = dids_conf(ROWS)
    assert "exten => 4008001000,1,Set(HW_TENANT=demo)" in text
    assert "Set(HW_FALLBACK_QUEUE=demo-7000)" in text


def test_no_rows_still_give_valid_files() -> None:
    assert "[huawu-dids]" in dids_conf(EMPTY)
    assert "[huawu-phone](!)" in pjsip_conf(EMPTY, media_address="127.0.0.1")
    assert queues_conf(EMPTY).startswith("; Rendered")


@given(st.text(max_size=400))
def test_value_never_leaves_its_line(value: str) -> None:
    safe = conf_value(value)
    assert len(safe) <= 200
    assert not set(safe) & set('\r\n\0;"\\<>$[]')
    assert not safe.startswith("#")


@given(st.text(max_size=60))
def test_name_adds_no_line(name: str) -> None:
    hostile = ConfRows(
        phones=(PhoneRow("1001", "1001", name, "0" * 32, "huawu", "demo"),),
        trunks=(),
        queues=(),
        dids=(),
    )
    lines = pjsip_conf(hostile, media_address="127.0.0.1").split("\n")
    plain = pjsip_conf(
        ConfRows(
            phones=(PhoneRow("1001", "1001", "x", "0" * 32, "huawu", "demo"),),
            trunks=(),
            queues=(),
            dids=(),
        ),
        media_address="127.0.0.1",
    ).split("\n")
    assert len(lines) == len(plain)


def test_a_queue_says_after_which_wait_it_offers_a_call_back() -> None:
    assert "HW_CALL_BACK_S" not in dids_conf(ROWS)
    offers = replace(ROWS, queues=(replace(ROWS.queues[0], call_back_s=20),))
    assert " same => n,Set(HW_CALL_BACK_S=20)\n same => n,Return()" in dids_conf(offers)
