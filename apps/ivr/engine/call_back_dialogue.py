"""The talk with a caller who pressed 1 to be called back: at which number? Pure but its voice."""

from collections.abc import Callable

from apps.ivr.engine.shapes import TO_RING
from apps.ivr.engine.speak import digits
from apps.ivr.engine.voice import Voice

YOUR_NUMBER = "huawu/call-back-your-number"
CONFIRM = "huawu/call-back-confirm"
TYPE_NUMBER = "huawu/call-back-number"
REFUSED = "huawu/call-back-refused"
YES, ANOTHER = "1", "2"
KEY_TIMEOUT_S = 8.0
NUMBER_TIMEOUT_S = 10.0
MOST_DIGITS = 20
TRIES = 3


def run_call_back(voice: Voice, caller: str, *, order: Callable[[str], bool]) -> bool:
    """Ask for the number and order; True when it is taken, False when he waits on.

    `caller` is the number that the network sent, '' or nonsense when it sent none. `order` says
    whether the number can and may be called back. Raises CallerGoneError.
    """
    number = caller if TO_RING.fullmatch(caller.removeprefix("+")) else ""
    for _ in range(TRIES):
        if not number:
            number = voice.collect([TYPE_NUMBER], NUMBER_TIMEOUT_S, MOST_DIGITS)
            if not number:
                return False
        key = voice.ask([YOUR_NUMBER, *digits(number), CONFIRM], KEY_TIMEOUT_S)
        if key == ANOTHER:
            number = ""
            continue
        if key != YES:
            return False
        if order(number):
            return True
        voice.play([REFUSED])
        number = ""
    return False
