"""Names of agents' phones: in Asterisk's channels and dial strings, and in the ledger. Pure.

A phone in Asterisk is a PJSIP endpoint (`1001`, `1001-web`). An agent's outside phone (a mobile
over the trunk) is named `1001-pstn`: it is rung through a Local channel of that name, whose first
half (`;1`) is the agent's channel in the ledger. The second half and the trunk's channel behind it
are the way to him, nobody of their own.
"""

OUTSIDE_SUFFIX = "-pstn"
OUTSIDE_CONTEXT = "huawu-outside"
NEAR_HALF, FAR_HALF = ";1", ";2"


def is_outside(endpoint: str) -> bool:
    """Say whether this is an agent's outside phone."""
    return endpoint.endswith(OUTSIDE_SUFFIX)


def interface_of(endpoint: str) -> str:
    """Return what Dial, Originate and Queue ring: `PJSIP/1001` or the Local channel's way.

    `/n`: the halves stay, so that the agent's channel lives as long as his talk.
    """
    if is_outside(endpoint):
        return f"Local/{endpoint}@{OUTSIDE_CONTEXT}/n"
    return f"PJSIP/{endpoint}"


def endpoint_of_interface(interface: str) -> str:
    """Return the phone that an interface rings, '' for somebody else's (an existing PBX)."""
    kind, _, rest = interface.partition("/")
    if kind == "PJSIP":
        return rest
    endpoint, _, context = rest.partition("@")
    is_ours = kind == "Local" and context.partition("/")[0] == OUTSIDE_CONTEXT
    return endpoint if is_ours else ""


def endpoint_of_channel(channel: str) -> str:
    """Return the phone of a channel: `PJSIP/1001-web-0000001f` is `1001-web`.

    `Local/1001-pstn@huawu-outside-0000001f;1` is `1001-pstn`; its other half and channels of other
    drivers give ''.
    """
    if channel.startswith("PJSIP/"):
        return channel.removeprefix("PJSIP/").rpartition("-")[0]
    if channel.startswith("Local/") and channel.endswith(NEAR_HALF):
        return endpoint_of_interface(channel.rpartition("-")[0])
    return ""


def channel_like(endpoint: str) -> str:
    """Return a channel's name of this phone without its number, for one that is not known yet."""
    half = NEAR_HALF if is_outside(endpoint) else ""
    return f"{interface_of(endpoint).removesuffix('/n')}-{half}"


def is_way_outside(channel: str) -> bool:
    """Say whether a channel is the second half of an outside phone's: only the way to it."""
    is_ours = channel.startswith("Local/") and f"@{OUTSIDE_CONTEXT}-" in channel
    return is_ours and channel.endswith(FAR_HALF)
