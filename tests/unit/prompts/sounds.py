"""Make sounds to send: tones as WAV bytes."""

import array
import io
import math
import wave


def tone_wav(hz: int, seconds: float, *, rate: int = 8000, level: float = 0.3) -> bytes:
    """Return a sine as a mono 16-bit WAV."""
    step = 2 * math.pi * hz / rate
    samples = array.array(
        "h", (round(32767 * level * math.sin(step * i)) for i in range(int(rate * seconds)))
    )
    target = io.BytesIO()
    with wave.open(target, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())
    return target.getvalue()
