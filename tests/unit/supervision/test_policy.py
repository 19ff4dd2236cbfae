"""What each role may do with a live call when its company has decided nothing."""

import pytest

from apps.supervision.engine.policy import (
    ACTIONS,
    BARGE,
    LISTEN,
    SILENT,
    WHISPER,
    Policy,
    default_policy,
)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("team_lead", ACTIONS),
        ("admin", ACTIONS),
        ("inspector", {LISTEN}),
        ("agent", set()),
        ("host_operator", set()),
        ("nonsense", set()),
    ],
)
def test_a_role_may_by_default(role: str, allowed: set[str]) -> None:
    policy = default_policy(role)
    assert {action for action in ACTIONS if policy.may(action)} == set(allowed)
    assert policy.may_anything == bool(allowed)
    assert not policy.may("nonsense")


def test_the_phone_has_the_keys_of_what_is_allowed() -> None:
    assert Policy(frozenset({LISTEN, WHISPER, BARGE})).keys == "456"
    assert Policy(frozenset({BARGE, LISTEN})).keys == "46"
    assert Policy().keys == ""


def test_the_agent_is_told_unless_it_is_silent() -> None:
    assert Policy().is_told
    assert not Policy(announce=SILENT).is_told
