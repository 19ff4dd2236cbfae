"""A state that waited in a channel: what comes back is read as a stranger's."""

import base64
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.ivr.engine.documents import flow_parse
from apps.ivr.engine.resume import MAX_AGE_S, resume_read, resume_write
from apps.ivr.engine.run import ResumeError, Step, run_flow
from apps.ivr.engine.steps import Frame, Resume
from tests.unit.ivr.fakes import SILENCE, FakeLookups, FakeVoice

STATE = Resume((Frame("main", menus=("m",)),), "end", "zh", 3, {"card": "880042"})
FLOW = flow_parse({"name": "main", "start": "end", "nodes": {"end": {"kind": "hangup"}}})


def packed(text: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(text)).decode()


def test_state_comes_back_as_it_went() -> None:
    text = resume_write(STATE, versions={"main": 4}, at=1000)
    assert resume_read(text, now=1060) == (STATE, {"main": 4})


@pytest.mark.parametrize(
    "text",
    ["", "x", '"${SHELL(id)}', packed(b"[]"), packed(b"{}"), packed(b"[" * 100_000), "A" * 2000],
)
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(ResumeError):
        resume_read(text, now=0)


@given(st.binary(max_size=200))
def test_no_text_makes_the_reader_fail_otherwise(junk: bytes) -> None:
    with pytest.raises(ResumeError):
        resume_read(packed(junk), now=0)


def test_old_state_is_refused() -> None:
    text = resume_write(STATE, versions={}, at=0)
    with pytest.raises(ResumeError, match="old"):
        resume_read(text, now=MAX_AGE_S + 1)


@pytest.mark.parametrize(
    "state",
    [
        replace(STATE, node="gone"),
        replace(STATE, language="fr"),
        replace(STATE, frames=()),
        replace(STATE, frames=(Frame("other"),)),
        replace(STATE, frames=(Frame("main"), Frame("main", back="gone"))),
    ],
)
def test_state_that_does_not_fit_the_flow_is_refused(state: Resume) -> None:
    with pytest.raises(ResumeError):
        run_flow(
            FLOW,
            voice=FakeVoice(),
            lookups=FakeLookups(),
            on_step=lambda _step: None,
            resume=state,
        )


def test_step_counts_what_happened_in_a_menu_and_how_long() -> None:
    menu = {"kind": "menu", "keys": {"1": "end"}, "tries": 4}
    flow = flow_parse(
        {"name": "main", "start": "m", "nodes": {"m": menu, "end": {"kind": "hangup"}}}
    )
    times = iter([0.0, 2.5, 2.5, 3.0])
    steps: list[Step] = []
    run_flow(
        flow,
        voice=FakeVoice([SILENCE, "7", SILENCE, "1"]),
        lookups=FakeLookups(),
        on_step=steps.append,
        clock=lambda: next(times),
    )
    assert steps[0] == Step(
        "m", "menu", "71", flow="main", outcome="key", timeouts=2, invalid=1, ms=2500
    )
