"""The deployment files have no default secret, know every setting, and stop in good order."""

import re
from configparser import RawConfigParser
from pathlib import Path

import pytest
import yaml

from config.env import REGISTRY
from deploy.asterisk_snippets import SnippetError, snippets

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
COMPOSE = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
MANAGER_SECRET = "s3cret"
SECRETS = ("HUAWU_SECRET_KEY", "HUAWU_AMI_SECRET", "HUAWU_DB_PASSWORD", "HUAWU_REDIS_PASSWORD")
NOT_FOR_COMPOSE = {"HUAWU_DEMO", "HUAWU_DEBUG", "HUAWU_BIND"}


def unit(path: Path) -> RawConfigParser:
    """Read a unit; of a key given twice the last counts."""
    parser = RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path, encoding="utf-8")
    return parser


@pytest.mark.parametrize("name", [*SECRETS, "POSTGRES_PASSWORD"])
def test_compose_has_no_default_secret(name: str) -> None:
    uses = re.findall(rf"\$\{{{name}(.*?)\}}", COMPOSE)
    assert uses
    assert all(use.startswith(":?") for use in uses)


def test_compose_passes_every_setting() -> None:
    environment = yaml.safe_load(COMPOSE)["x-huawu"]["environment"]
    assert set(environment) == set(REGISTRY) - NOT_FOR_COMPOSE


def test_compose_names_no_registry() -> None:
    images = [service["image"] for service in yaml.safe_load(COMPOSE)["services"].values()]
    assert images
    assert not [image for image in images if "/" in image]
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert "/" not in re.findall(r"^ARG PYTHON_IMAGE=(\S+)", dockerfile, re.M)[0]


def test_compose_and_systemd_run_the_same_processes() -> None:
    services = set(yaml.safe_load(COMPOSE)["services"]) - {"postgres", "redis", "migrate"}
    assert services == {path.stem.removeprefix("huawu-").rstrip("@") for path in UNITS}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_unit_restarts_and_lets_work_finish(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["Restart"] == "always"
    assert service["KillSignal"] == "SIGTERM"
    assert int(service["TimeoutStopSec"]) >= 10
    assert service["User"] == "huawu"
    assert service["NoNewPrivileges"] == service["ProtectHome"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert unit(path)["Unit"]["StartLimitIntervalSec"] == "0"


def test_example_environment_has_no_secret() -> None:
    lines = (DEPLOY / "huawu.env.example").read_text(encoding="utf-8").splitlines()
    assert "HUAWU_SECRET_KEY=" in lines
    assert "HUAWU_AMI_SECRET=" in lines
    assert not [line for line in lines if line.startswith("HUAWU_DEMO")]


def made(secret: str = MANAGER_SECRET) -> dict[str, str]:
    """Return the snippets for a PBX."""
    return snippets(
        source=ROOT,
        shared=Path("/srv/huawu"),
        agi="127.0.0.1:4573",
        ami_secret=secret,
        permit="127.0.0.1",
    )


def test_snippets_leave_nothing_to_fill_in() -> None:
    for name, text in made().items():
        code = [line for line in text.splitlines() if not line.startswith(";")]
        assert not re.findall(r"@[A-Z_]+@", "\n".join(code)), name


def test_snippets_add_to_sections_that_the_pbx_has() -> None:
    own = {"huawu", "transport-ws"}
    for name, text in made().items():
        for section, suffix in re.findall(r"^\[([\w-]+)\](.*)$", text, re.M):
            assert section in own or suffix == "(+)", f"{name}: [{section}]{suffix}"


def test_snippets_have_the_manager_user_of_the_tests() -> None:
    tested = (ROOT / "asterisk/etc/manager.conf").read_text(encoding="utf-8")
    manager = made()["manager.conf"]
    wanted = [line for line in tested.splitlines() if line.startswith(("read", "write", "event"))]
    assert len(wanted) > 10
    assert [line for line in wanted if line not in manager] == []
    assert "secret = s3cret" in manager


@pytest.mark.parametrize("secret", ["", "two\nlines", "a;comment", "a b"])
def test_snippets_refuse_a_secret_that_cannot_be_written(secret: str) -> None:
    with pytest.raises(SnippetError):
        made(secret)
