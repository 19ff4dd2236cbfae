"""Find free ports, so that several test runs (and a demo) live side by side on one machine."""

import os
import random

from tools.lab import Ports, is_port_free

FIRST, LAST = 20000, 31000  # below Linux's ephemeral range (32768), above everything with a name


def free_phone_port(address: str) -> int:
    """Give a UDP port for a SIP phone; at random, because other runs look for one too."""
    for _ in range(200):
        port = random.randrange(15600, 19900, 2)
        if is_port_free(port, address=address, udp=True):
            return port
    raise RuntimeError(f"no free UDP port found on {address}")


def free_ports(rtp_pairs: int = 400) -> Ports:
    """Give ports for one Asterisk.

    HUAWU_TEST_PORT_BASE names the first; else a random free block.
    """
    named = os.environ.get("HUAWU_TEST_PORT_BASE")
    for _ in range(200):
        base = int(named) if named else random.randrange(FIRST, LAST, 20)
        ports = Ports(base, base + 1, base + 2, base + 3, base + 20, base + 19 + 2 * rtp_pairs)
        tcp = (ports.ws, ports.ami, ports.agi)
        udp = (ports.sip, *random.sample(range(ports.rtp_start, ports.rtp_end), 10))
        if all(is_port_free(p) for p in tcp) and all(is_port_free(p, udp=True) for p in udp):
            return ports
        if named:
            raise RuntimeError(f"HUAWU_TEST_PORT_BASE={named}: somebody listens in that block")
    raise RuntimeError("no free block of ports found")
