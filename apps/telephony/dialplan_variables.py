"""Every name that the dialplan and Python both know, once.

`docs/dialplan.md` says what each means; a test compares it, this module and
`asterisk/etc/extensions_huawu.conf`.
"""

from enum import StrEnum


class Next(StrEnum):
    """What the dialplan can do next: the values of `HW_NEXT`, extensions of `huawu-next`."""

    QUEUE = "queue"
    VOICEMAIL = "voicemail"
    SURVEY = "survey"
    HANGUP = "hangup"
    GOODBYE = "goodbye"
    REFUSE = "refuse"
    TONE = "tone"
    DIAL = "dial"
    APOLOGY = "apology"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    CALL_FAILED = "call-failed"
    NOT_ALLOWED = "not-allowed"
    OUTSIDE_HOURS = "outside-hours"
    UNWELCOME = "unwelcome"
    NOT_IN_SERVICE = "not-in-service"
    SAVED = "saved"
    CAMP_ON = "camp-on"
    CAMP_ON_REFUSED = "camp-on-refused"
    CAMP_ON_AGAIN = "camp-on-again"
    PICKED = "picked"
    PICK_UP_NOTHING = "pick-up-nothing"
    SIGN_IN_FIRST = "sign-in-first"


# Set by the AGI. NEXT always last: a script killed half-way must leave no half decision.
NEXT = "HW_NEXT"
TENANT = "HW_TENANT"
QUEUE = "HW_QUEUE"
QUEUE_WAIT_S = "HW_QUEUE_WAIT_S"
QUEUE_PRIORITY = "HW_QUEUE_PRIORITY"
QUEUE_NEEDS = "HW_QUEUE_NEEDS"
QUEUE_WANTED = "HW_QUEUE_WANTED"
QUEUE_WANTED_S = "HW_QUEUE_WANTED_S"
VM_BOX = "HW_VM_BOX"
VM_MAX_S = "HW_VM_MAX_S"
DIAL = "HW_DIAL"
DIAL_TIMEOUT_S = "HW_DIAL_TIMEOUT_S"
DIAL_CALLER_ID = "HW_DIAL_CALLER_ID"
DIAL_WHOM = "HW_DIAL_WHOM"
DIAL_LIMIT_S = "HW_DIAL_LIMIT_S"
FORWARD = "HW_FORWARD"
FORWARDED = "HW_FORWARDED"
FORWARD_BOX = "HW_FORWARD_BOX"
CAMP_ON = "HW_CAMP_ON"
CAMP_ON_DONE = "HW_CAMP_ON_DONE"
RESUME = "HW_RESUME"
HANGUP_CAUSE = "HW_HANGUP_CAUSE"
SURVEY_DONE = "HW_SURVEY_DONE"
CALL_BACK_DONE = "HW_CALL_BACK_DONE"
SET_BY_AGI = frozenset(
    {
        NEXT,
        TENANT,
        QUEUE,
        QUEUE_WAIT_S,
        QUEUE_PRIORITY,
        QUEUE_NEEDS,
        QUEUE_WANTED,
        QUEUE_WANTED_S,
        VM_BOX,
        VM_MAX_S,
        DIAL,
        DIAL_TIMEOUT_S,
        DIAL_CALLER_ID,
        DIAL_WHOM,
        DIAL_LIMIT_S,
        FORWARD,
        FORWARDED,
        FORWARD_BOX,
        CAMP_ON,
        CAMP_ON_DONE,
        RESUME,
        HANGUP_CAUSE,
        SURVEY_DONE,
        CALL_BACK_DONE,
    }
)

# Set by the rendered numbers (`huawu-dids`).
FALLBACK_QUEUE = "HW_FALLBACK_QUEUE"
FALLBACK_BOX = "HW_FALLBACK_BOX"
FALLBACK_WAIT_S = "HW_FALLBACK_WAIT_S"

# Set by the rendered queues (`huawu-surveys`).
SURVEY_S = "HW_SURVEY_S"

# Set by the rendered queues (`huawu-announcements`) and phones (`huawu-agent-numbers`).
ANNOUNCE = "HW_ANNOUNCE"
ANNOUNCE_SAYS = "HW_ANNOUNCE_SAYS"

# Set by the rendered outside phones (`huawu-outside-phones`).
OUTSIDE_DIAL = "HW_OUTSIDE_DIAL"
OUTSIDE_SHOWN = "HW_OUTSIDE_SHOWN"
OUTSIDE_ASKS = "HW_OUTSIDE_ASKS"

# Set by the rendered queues (`huawu-queues`).
RING_S = "HW_RING_S"
PERIODIC = "HW_PERIODIC"
PERIODIC_S = "HW_PERIODIC_S"
MUSIC = "HW_MUSIC"
CALL_BACK_S = "HW_CALL_BACK_S"

# Set by the distributor over AMI: globals; the phones of one call's offer, where it sends a caller
# on, and what it has him told.
ACD = "HW_ACD"
ACD_AT = "HW_ACD_AT"
OFFER = "HW_OFFER"
OVERFLOW = "HW_OVERFLOW"
SAY = "HW_SAY"
SPOKEN = "HW_SPOKEN"

# Set by the rendered boxes (`huawu-boxes`), as HW_VM_MAX_S is.
VM_GREETING = "HW_VM_GREETING"

# Set by the site (`huawu_site.conf`).
AGI = "HW_AGI"
AGI_LIMIT_S = "HW_AGI_LIMIT_S"
ANNOUNCE_AGI = "HW_ANNOUNCE_AGI"
REC_DIR = "HW_REC_DIR"
VM_DIR = "HW_VM_DIR"

# Set over AMI before a redirect (`huawu-answer`).
ANSWER = "HW_ANSWER"
ANSWER_BACK = "HW_ANSWER_BACK"

# Set over AMI before a redirect (`huawu-rejoin`).
REJOIN = "HW_REJOIN"
REJOIN_S = "HW_REJOIN_S"
REJOIN_HELD = "HW_REJOIN_HELD"

# Set over AMI before a redirect (`huawu-take-over`).
TAKE_OVER = "HW_TAKE_OVER"
TAKE_OVER_BACK = "HW_TAKE_OVER_BACK"

# Set over AMI with an Originate (`huawu-supervise`).
SPY = "HW_SPY"
SPY_MODE = "HW_SPY_MODE"
SPY_KEYS = "HW_SPY_KEYS"
# Set over AMI before a redirect (`huawu-control`). The last two rows only tell who did what.
PEER = "HW_PEER"
PEER_AFTER = "HW_PEER_AFTER"
HOME = "HW_HOME"
CONSULTER = "HW_CONSULTER"
RELEASED = "HW_RELEASED"
ROOM = "HW_ROOM"
ROLE = "HW_ROLE"
BACK = "HW_BACK"
RECORD = "HW_RECORD"
BY = "HW_BY"
TO = "HW_TO"
TO_KIND = "HW_TO_KIND"

# The dialplan's own.
LIMIT = "HW_LIMIT"
CAMP_ON_KEY = "HW_CAMP_ON_KEY"
TURNS = "HW_TURNS"
ROOM_LEFT = "HW_ROOM_LEFT"
OUTSIDE_CALL = "HW_OUTSIDE_CALL"
OUTSIDE_KEY = "HW_OUTSIDE_KEY"
OUTSIDE_PEER = "HW_OUTSIDE_PEER"
OUTSIDE_READY = "HW_OUTSIDE_READY"
OUTSIDE_TIMES = "HW_OUTSIDE_TIMES"
ANNOUNCE_PHONE = "HW_ANNOUNCE_PHONE"
AGENT_CHANNEL = "HW_AGENT_CHANNEL"
AGENT_READY = "HW_AGENT_READY"
CALLER_CHANNEL = "HW_CALLER_CHANNEL"
INTRODUCED = "HW_INTRODUCED"
ANSWER_KEY = "HW_ANSWER_KEY"
ANSWER_TIMES = "HW_ANSWER_TIMES"
ACD_LAST = "HW_ACD_LAST"
CALL_BACK_AT = "HW_CALL_BACK_AT"
CALL_BACK_KEY = "HW_CALL_BACK_KEY"
CALL_BACK_WHY = "HW_CALL_BACK_WHY"
ACD_SEEN = "HW_ACD_SEEN"
JOINED = "HW_JOINED"
PLACE = "HW_PLACE"
KEEP = "HW_KEEP"
SAYS = "HW_SAYS"
REJOIN_AT = "HW_REJOIN_AT"
REJOIN_SEEN = "HW_REJOIN_SEEN"
OVERFLOWED = "HW_OVERFLOWED"
OVERFLOW_TO = "HW_OVERFLOW_TO"
LEFT_S = "HW_LEFT_S"
SAID_AT = "HW_SAID_AT"
WAIT_WHY = "HW_WAIT_WHY"
DID = "HW_DID"
DIALLED = "HW_DIALLED"
SURVEY_WHY = "HW_SURVEY_WHY"
DIAL_CALLER = "HW_DIAL_CALLER"
DIAL_ON = "HW_DIAL_ON"
REC_TAKE = "HW_REC_TAKE"
REC_FILE = "HW_REC_FILE"
REC_ID = "HW_REC_ID"
REC_BYTES = "HW_REC_BYTES"
VM_TAKE = "HW_VM_TAKE"
VM_ASK = "HW_VM_ASK"
VM_KEY = "HW_VM_KEY"
VM_KEPT = "HW_VM_KEPT"
VM_FILE = "HW_VM_FILE"
VM_BYTES = "HW_VM_BYTES"
VM_MS = "HW_VM_MS"
VM_DONE = "HW_VM_DONE"

# ISUP causes (ITU-T Q.850).
CAUSE_CALL_REJECTED = 21
