"""A wrong environment value refuses to start and says which variable it is."""

import pytest

from config.env import REGISTRY, Setting, SettingError


def test_wrong_port_names_the_variable() -> None:
    setting = REGISTRY["HUAWU_HTTP_PORT"]
    with pytest.raises(SettingError, match="HUAWU_HTTP_PORT='70000'"):
        setting.read({"HUAWU_HTTP_PORT": "70000"})


def test_empty_value_is_the_default() -> None:
    assert REGISTRY["HUAWU_AGI_PORT"].read({"HUAWU_AGI_PORT": " "}) == 4573


@pytest.mark.parametrize("raw", ["maybe", "2", "on off"])
def test_boolean_is_not_guessed(raw: str) -> None:
    setting: Setting[object] = REGISTRY["HUAWU_DEBUG"]
    with pytest.raises(SettingError):
        setting.read({"HUAWU_DEBUG": raw})


def test_every_setting_says_what_it_is_for() -> None:
    assert len(REGISTRY) > 20
    assert [name for name, setting in REGISTRY.items() if len(setting.help) < 10] == []


def test_a_wrong_secret_is_not_shown() -> None:
    with pytest.raises(SettingError, match="not shown") as told:
        REGISTRY["HUAWU_RECORDING_KEYS"].read({"HUAWU_RECORDING_KEYS": "c2VjcmV0LXRvby1zaG9ydA=="})
    assert "c2Vjc" not in str(told.value)
