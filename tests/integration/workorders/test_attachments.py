"""Files: taken by their content, by who may, and given out to who sees the order."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.tenancy import tenant_scope
from apps.workorders import attachments
from apps.workorders.errors import ActRefusedError, FileRefusedError
from apps.workorders.models import Order, OrderAttachment
from tests.integration.workorders.office import Office, act, step

PDF = b"%PDF-1.7 hello"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.HUAWU_DATA_DIR = tmp_path
    return tmp_path / "work_orders"


def attach(order: Order, user: Any, content: bytes = PDF, name: str = "a.pdf") -> OrderAttachment:
    return attachments.work_order_attach(user=user, order=order, file=BytesIO(content), name=name)


def files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def test_submitter_attaches_and_the_field_holds_it(office: Office, folder: Path) -> None:
    order = office.order(step("a", office.lead), submit=False)
    row = attach(order, office.agent, name="..\\../报价<1>.pdf\x00")
    assert (row.name, row.content_type, row.size_bytes) == ("报价<1>.pdf", "application/pdf", 14)
    assert attachments.attachment_path(row).read_bytes() == PDF
    assert folder in attachments.attachment_path(row).parents
    sent = act(order, office.agent, "submit", values={"files": [row.pk]})
    assert sent.values["files"] == [row.pk]


def test_who_has_no_part_attaches_nothing(office: Office, folder: Path) -> None:
    order = office.order(step("a", office.engineer))
    assert attach(order, office.engineer).step_key == "a"
    with pytest.raises(ActRefusedError):
        attach(order, office.colleague)
    closed = office.order(step("a", office.engineer, may_attach=False))
    with pytest.raises(ActRefusedError):
        attach(closed, office.engineer)
    assert files(folder) == 1


@pytest.mark.parametrize(
    "content", [b"", b"MZ\x00\x00", b"<html><script>1</script>", b"%PDF-" + b"x" * 21_000_000]
)
def test_bad_and_big_files_leave_nothing_behind(
    office: Office, folder: Path, content: bytes
) -> None:
    order = office.order(step("a", office.lead), submit=False)
    with pytest.raises(FileRefusedError):
        attach(order, office.agent, content)
    assert files(folder) == 0 if folder.exists() else True
    assert not OrderAttachment.objects.exists()


def test_file_is_given_only_to_who_sees_the_order(office: Office) -> None:
    row = attach(office.order(step("a", office.lead)), office.agent)
    assert attachments.attachment_get_for(user=office.lead, pk=row.pk) == row
    with pytest.raises(NotFoundError):
        attachments.attachment_get_for(user=office.colleague, pk=row.pk)
    stranger = Office()
    with tenant_scope(stranger.tenant.pk), pytest.raises(NotFoundError):
        attachments.attachment_get_for(user=stranger.admin, pk=row.pk)


def test_file_is_taken_back_from_a_draft_with_its_bytes(
    office: Office, folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    order = office.order(step("a", office.lead), submit=False)
    row = attach(order, office.agent)
    with pytest.raises(ForbiddenError):
        attachments.attachment_remove(user=office.colleague, attachment=row)
    with django_capture_on_commit_callbacks(execute=True):
        attachments.attachment_remove(user=office.agent, attachment=row)
    assert files(folder) == 0
