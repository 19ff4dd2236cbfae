"""Files of articles: taken by what they are, not by what they are called.

`<data>/knowledge/<company>/<SHA-256>`: the same bytes lie there once. What is served says its kind
by content, is never shown as a page (`attachment`, `nosniff`), and its name is a person's only in
the header.
"""

import hashlib
import os
import time
import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.accounts.models import User
from apps.knowledge.engine.clean import clean_text
from apps.knowledge.errors import FileRefusedError, FileTooLargeError
from apps.knowledge.guards import article_audit, article_lock, need_work
from apps.knowledge.models import Article, Attachment

MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 30
OFFICE = "application/vnd.openxmlformats-officedocument"
OFFICE_PARTS = {
    "word/document.xml": f"{OFFICE}.wordprocessingml.document",
    "xl/workbook.xml": f"{OFFICE}.spreadsheetml.sheet",
    "ppt/presentation.xml": f"{OFFICE}.presentationml.presentation",
}
ENDINGS = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
    "text/plain": (".txt", ".csv", ".md"),
    f"{OFFICE}.wordprocessingml.document": (".docx",),
    f"{OFFICE}.spreadsheetml.sheet": (".xlsx",),
    f"{OFFICE}.presentationml.presentation": (".pptx",),
}
BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)


def content_kind(data: bytes) -> str:
    """Return the media type of what is taken, by content. Raises FileRefusedError."""
    for beginning, kind in BEGINNINGS:
        if data.startswith(beginning):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data.startswith(b"PK\x03\x04"):
        return _office_kind(data)
    if data and b"\x00" not in data:
        for encoding in ("utf-8", "gb18030"):
            try:
                data.decode(encoding)
            except UnicodeDecodeError:
                continue
            return "text/plain"
    raise FileRefusedError(repr(data[:8]))


def _office_kind(data: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise FileRefusedError("zip") from error
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise FileRefusedError("macros")
    for part, kind in OFFICE_PARTS.items():
        if part in names:
            return kind
    raise FileRefusedError("zip")


def attachment_path(attachment: Attachment) -> Path:
    """Return where the file lies."""
    return _folder(attachment.tenant_id) / attachment.digest


def _folder(tenant_id: int) -> Path:
    return Path(settings.HUAWU_DATA_DIR) / "knowledge" / str(int(tenant_id))


def attachment_add(
    *, article: Article, user: User, name: str, pieces: Iterable[bytes]
) -> Attachment:
    """Keep a file of an article. Raises FileRefusedError, FileTooLargeError, ForbiddenError."""
    need_work(user, article)
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > MOST_BYTES:
            raise FileTooLargeError(str(len(data)))
    kind = content_kind(bytes(data))
    # What is behind the last slash of either system, as people see it.
    shown = clean_text(name.replace("\\", "/").rsplit("/", 1)[-1])[-120:] or "file"
    if not shown.lower().endswith(ENDINGS[kind]):
        raise FileRefusedError(f"{shown} is {kind}")
    digest = hashlib.sha256(data).hexdigest()
    _write(_folder(article.tenant_id) / digest, bytes(data))
    with transaction.atomic():
        locked = article_lock(article)
        if Attachment.objects.filter(article=locked, is_removed=False).count() >= MOST_FILES:
            raise FileTooLargeError(str(MOST_FILES))
        found: Attachment = Attachment.objects.create(
            tenant_id=locked.tenant_id,
            article=locked,
            name=shown,
            kind=kind,
            size_bytes=len(data),
            digest=digest,
            added_by=user,
        )
        article_audit(locked, user, "file_add", {"file": found.pk, "name": shown, "kind": kind})
    return found


def _write(path: Path, data: bytes) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}-{time.monotonic_ns()}.part")
    part.write_bytes(data)
    part.replace(path)


def attachment_remove(*, attachment: Attachment, user: User) -> None:
    """Take a file off the article; versions that show it still do."""
    article = attachment.article
    need_work(user, article)
    with transaction.atomic():
        if Attachment.objects.filter(pk=attachment.pk, is_removed=False).update(is_removed=True):
            article_audit(article, user, "file_remove", {"file": attachment.pk})
