"""Give tests an Asterisk with a trunk, two phones, two queues and some numbers, without Django."""

from pathlib import Path

from tests.telephony.ports import free_ports
from tools.lab import Asterisk, Settings

SECRET = "lab-secret"

ENDPOINT = """
[{name}]
type = endpoint
context = {context}
disallow = all
allow = ulaw
aors = {name}
media_address = 127.0.0.1
bind_rtp_to_media_address = yes
direct_media = no
{extra}
"""


def pjsip_conf(carrier_port: int) -> str:
    """Render what the product renders from rows: a trunk by address, phones by user."""
    text = ENDPOINT.format(name="trunk-lab", context="huawu-from-trunk", extra="")
    text += f"[trunk-lab]\ntype = aor\ncontact = sip:127.0.0.2:{carrier_port}\n"
    text += "[trunk-lab]\ntype = identify\nendpoint = trunk-lab\nmatch = 127.0.0.2\n"
    for user in ("1001", "1002"):
        text += ENDPOINT.format(
            name=user, context="huawu-from-agent", extra=f"auth = {user}\nset_var = HW_TENANT=lab"
        )
        text += f"[{user}]\ntype = auth\nauth_type = userpass\n"
        text += f"username = {user}\npassword = lab-{user}\n"
        text += f"[{user}]\ntype = aor\nmax_contacts = 1\nremove_existing = yes\n"
    return text


QUEUES = """
[lab-7001]
strategy = rrmemory
musicclass = default
timeout = 15
retry = 1
ringinuse = no

[lab-7000]
strategy = rrmemory
musicclass = default
timeout = 15
retry = 1
"""

DIDS = """
[huawu-dids]
exten => 4008001000,1,Set(HW_TENANT=lab)
 same => n,Set(HW_FALLBACK_QUEUE=lab-7000)
 same => n,Set(HW_FALLBACK_BOX=lab-7000)
 same => n,Return()
exten => 4008002000,1,Set(HW_TENANT=lab)
 same => n,Set(HW_FALLBACK_QUEUE=)
 same => n,Set(HW_FALLBACK_BOX=)
 same => n,Return()
exten => 4008003000,1,Set(HW_TENANT=lab)
 same => n,Set(HW_FALLBACK_QUEUE=)
 same => n,Set(HW_FALLBACK_BOX=lab-7003)
 same => n,Return()
"""


def lab_asterisk(folder: Path, carrier_port: int) -> Asterisk:
    """Lay out (not start) an Asterisk with the files above rendered."""
    asterisk = Asterisk(Settings(folder, node="lab-1", ports=free_ports(), secret=SECRET))
    asterisk.lay_out()
    for name, text in (
        ("pjsip_huawu.conf", pjsip_conf(carrier_port)),
        ("queues_huawu.conf", QUEUES),
        ("extensions_dids.conf", DIDS),
    ):
        (asterisk.rendered_dir / name).write_text(text, "utf-8")
    return asterisk
