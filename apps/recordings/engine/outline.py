"""The outline of a recording for its player: the loudest sample of each piece, both sides. Pure."""

import numpy as np
from numpy.typing import NDArray

RATE = 8000
PIECE = RATE // 50
MOST_POINTS = 1200


class Outline:
    """Takes a recording piece by piece; keeps 2 bytes for each 20 ms until the end."""

    def __init__(self) -> None:
        self._rest: NDArray[np.int16] = np.zeros((0, 2), dtype=np.int16)
        self._peaks: list[NDArray[np.uint8]] = []
        self._samples = 0

    def take(self, piece: bytes) -> None:
        """Take interleaved samples of both channels: whole frames of 4 bytes."""
        samples = np.concatenate([self._rest, np.frombuffer(piece, dtype="<i2").reshape(-1, 2)])
        self._samples += len(piece) // 4
        count = len(samples) // PIECE
        self._rest = samples[count * PIECE :]
        if count:
            self._peaks.append(_peaks(samples[: count * PIECE].reshape(count, PIECE, 2)))

    @property
    def duration_ms(self) -> int:
        """Return how long what was taken is."""
        return self._samples * 1000 // RATE

    def points(self) -> tuple[bytes, bytes]:
        """Return the outline of both sides (agent, other), at most MOST_POINTS of 0 to 255 each."""
        peaks = list(self._peaks)
        if len(self._rest):
            peaks.append(_peaks(self._rest.reshape(1, -1, 2)))
        if not peaks:
            return b"", b""
        whole = np.concatenate(peaks)
        edges = np.linspace(0, len(whole), min(MOST_POINTS, len(whole)), endpoint=False)
        found = np.maximum.reduceat(whole, edges.astype(np.intp), axis=0)
        return found[:, 0].tobytes(), found[:, 1].tobytes()


def _peaks(frames: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Return 0 to 255 of frames shaped (pieces, samples, 2). Not abs() first: -32768 has none."""
    loudest = np.max(np.abs(frames.astype(np.int32)), axis=1)
    # A whisper is no silence: what is not 0 is seen.
    found: NDArray[np.uint8] = np.minimum(255, -(-loudest * 255 // 32768)).astype(np.uint8)
    return found
