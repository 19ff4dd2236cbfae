"""What a file is by its first bytes; its name and what the browser says are not believed."""

HEAD_BYTES = 4096
SIGNS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (4, b"ftyp", "video/mp4"),
    # Word, Excel and PowerPoint, new and old.
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
# A browser that guesses might run these.
ACTIVE = (b"<script", b"<html", b"<!doctype", b"<svg", b"<?xml", b"<iframe", b"<body")
ENCODINGS = ("utf-8", "gb18030")


def content_type_of(head: bytes) -> str | None:
    """Return the type of a file that is kept, None for any other. `head`: its first 4096 bytes."""
    for at, sign, content_type in SIGNS:
        if head[at : at + len(sign)] == sign:
            return content_type
    if b"\x00" in head or any(word in head.lower() for word in ACTIVE):
        return None
    for encoding in ENCODINGS:
        # The last sign may be cut through.
        for cut in range(4):
            try:
                head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return "text/plain"
    return None
