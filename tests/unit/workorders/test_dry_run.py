"""A draft is played through before it is published."""

from apps.workorders.engine.dry_run import dry_run
from apps.workorders.engine.file_kinds import content_type_of
from apps.workorders.engine.flow_check import load
from tests.unit.workorders.company import NOW, TYPES, Company, flow_of, parallel, step, when

FLOW = load(
    flow_of(
        step("a", 2, deadline_min=60),
        when("c", {"field": "amount", "is": "at_least", "value": "100"}, [step("b", 99)], []),
        parallel("p", [step("d", 11)], [step("e", 12)]),
    ),
    TYPES,
)


def test_says_who_is_asked_which_branch_is_taken_and_how_it_ends() -> None:
    run = dry_run(FLOW, {"amount": "200"}, submitter=1, people=Company(), at=NOW)
    assert [(one.step, one.asked, one.is_fallback) for one in run.played] == [
        ("a", (2,), False),
        ("b", (21, 22), True),
        ("d", (11,), False),
        ("e", (12,), False),
    ]
    assert (run.chosen, run.status, run.waiting) == ({"c": "c_then"}, "completed", ())


def test_chosen_decisions_and_actors_are_played() -> None:
    run = dry_run(
        FLOW, {}, submitter=1, people=Company(), at=NOW,
        decisions={"a": "return", "e": "reject"}, actors={"d": 12},
    )  # fmt: skip
    assert [(one.step, one.decision, one.refused) for one in run.played] == [
        ("a", "return", ""),
        ("a", "approve", ""),
        ("d", "approve", "not_yours"),
        ("e", "reject", ""),
    ]
    assert run.status == "rejected"


def test_step_that_finds_nobody_is_shown_as_stuck() -> None:
    run = dry_run(FLOW, {"amount": "200"}, submitter=1, people=Company(gone=[21, 22]), at=NOW)
    assert run.played[-1].refused == "not_yours"
    assert (run.status, run.waiting) == ("running", ("b",))


def test_files_are_what_their_bytes_say() -> None:
    assert content_type_of(b"%PDF-1.7") == "application/pdf"
    assert content_type_of(b"\x89PNG\r\n\x1a\n...") == "image/png"
    assert content_type_of("故障说明".encode("gb18030")) == "text/plain"
    assert content_type_of("故障说明".encode()[:-1]) == "text/plain"
    assert content_type_of(b"MZ\x90\x00") is None
    assert content_type_of(b"hello <SCRIPT>alert(1)</script>") is None
    assert content_type_of(b'<svg xmlns="x" onload="y">') is None
