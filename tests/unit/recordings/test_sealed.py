"""What is sealed is read from anywhere, and nothing of it can be changed, exchanged or left out."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.recordings.engine.sealed import (
    CHUNK,
    HEADER_BYTES,
    SEALED_CHUNK,
    SealBrokenError,
    Sealed,
    plain_size,
    seal,
)

KEY, SALT = bytes(range(32)), bytes(range(16))
PLAIN = bytes(i * 7 % 251 for i in range(2 * CHUNK + 1000))


def sealed(plain: bytes, *, key: bytes = KEY, salt: bytes = SALT, piece: int = 50_000) -> bytes:
    pieces = (plain[at : at + piece] for at in range(0, len(plain), piece))
    return b"".join(seal(pieces, key=key, salt=salt))


def opened(data: bytes, *keys: bytes) -> Sealed:
    return Sealed(lambda start, length: data[start : start + length], len(data), keys or (KEY,))


def whole(data: bytes, *keys: bytes) -> bytes:
    found = opened(data, *keys)
    return b"".join(found.pieces(0, found.size))


WHOLE = sealed(PLAIN)


@given(start=st.integers(0, len(PLAIN) + 10), length=st.integers(0, len(PLAIN)))
def test_every_part_is_the_part(start: int, length: int) -> None:
    assert b"".join(opened(WHOLE).pieces(start, length)) == PLAIN[start : start + length]


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
@pytest.mark.parametrize("piece", [1000, CHUNK, 3 * CHUNK])
def test_sizes_at_the_edges_of_chunks(size: int, piece: int) -> None:
    data = sealed(PLAIN[:size], piece=piece)
    assert plain_size(len(data)) == size
    assert whole(data) == PLAIN[:size]


@given(at=st.integers(0, len(WHOLE) - 1), bit=st.integers(0, 7))
def test_one_bit_changed_anywhere_is_found(at: int, bit: int) -> None:
    changed = bytearray(WHOLE)
    changed[at] ^= 1 << bit
    with pytest.raises(SealBrokenError):
        whole(bytes(changed))


def broken() -> Iterator[bytes]:
    chunks = [
        WHOLE[HEADER_BYTES:][at : at + SEALED_CHUNK] for at in range(0, len(WHOLE), SEALED_CHUNK)
    ]
    head = WHOLE[:HEADER_BYTES]
    yield b""
    yield head
    yield head + b"x" * 15
    yield WHOLE[:-1]
    yield head + chunks[0] + chunks[1]  # the last one is left out
    yield head + chunks[1] + chunks[0] + chunks[2]
    yield sealed(PLAIN, salt=b"0" * 16)[:HEADER_BYTES] + WHOLE[HEADER_BYTES:]


@pytest.mark.parametrize("data", list(broken()))
def test_cut_exchanged_or_foreign_chunks_are_refused(data: bytes) -> None:
    with pytest.raises(SealBrokenError):
        whole(data)


def test_older_keys_open_and_foreign_ones_do_not() -> None:
    assert whole(WHOLE, b"n" * 32, KEY) == PLAIN
    with pytest.raises(SealBrokenError, match="HUAWU_RECORDING_KEYS"):
        whole(WHOLE, b"n" * 32)


def test_same_sound_is_never_sealed_alike_and_shows_nothing() -> None:
    assert sealed(PLAIN, salt=b"1" * 16)[HEADER_BYTES:] != WHOLE[HEADER_BYTES:]
    assert PLAIN[:32] not in WHOLE
    assert KEY not in WHOLE
    with pytest.raises(ValueError, match="wrong size"):
        list(seal([b""], key=b"short", salt=SALT))
