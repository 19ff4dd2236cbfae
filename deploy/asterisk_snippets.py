"""Write what an existing PBX includes, from asterisk/etc and Huawu's settings.

    set -a; . /etc/huawu/huawu.env; set +a
    python -m deploy.asterisk_snippets --out /etc/asterisk/huawu --permit 127.0.0.1

The folder then holds extensions.conf, pjsip.conf, queues.conf, manager.conf, cdr.conf, cel.conf and
their mappings; your own files get one `#include` line each (docs/operator-guide.md). Nothing is
copied by hand: the manager user's rights and the dialplan are those that the tests ran with.
"""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ETC = ROOT / "asterisk/etc"
HEAD = "; Written by Huawu's deploy/asterisk_snippets.py: write it again instead of editing it.\n"


class SnippetError(Exception):
    """Say which value is missing."""


def snippets(
    *, source: Path, shared: Path, agi: str, ami_secret: str, permit: str
) -> dict[str, str]:
    """Return file name -> text.

    `shared` is HUAWU_ASTERISK_DIR, `agi` host:port, `permit` the address Huawu's listener signs in
    from. SnippetError when the secret is empty or could end its line.
    """
    if not ami_secret or any(char in ami_secret for char in "\r\n; "):
        raise SnippetError("HUAWU_AMI_SECRET is empty or has a blank, `;` or line end in it")
    etc = source / "asterisk/etc"
    values = {
        "AGI": agi,
        "INSTANCE": str(shared),
        "ANNOUNCE_AGI": str(source / "asterisk/agi-bin/huawu-announce"),
        "AMI_SECRET": ami_secret,
        "AMI_PERMIT": permit,
    }
    rendered = shared / "etc/huawu.d"
    return {
        "extensions.conf": HEAD
        + _append_to(_filled(etc / "huawu_site.conf", values), "globals")
        + f'#include "{etc / "extensions_huawu.conf"}"\n'
        + f'#tryinclude "{rendered / "extensions_dids.conf"}"\n',
        "pjsip.conf": HEAD
        # The WebSocket's real socket is http.conf's; this line only has to be there.
        + _without_includes(_section(etc / "pjsip.conf", "transport-ws")).replace(
            "@SIP_BIND@", "127.0.0.1"
        )
        + f'#tryinclude "{rendered / "pjsip_huawu.conf"}"\n',
        "queues.conf": HEAD
        + _append_to(_without_includes(_section(etc / "queues.conf", "general")), "general")
        + f'#tryinclude "{rendered / "queues_huawu.conf"}"\n',
        "musiconhold.conf": HEAD + f'#tryinclude "{rendered / "musiconhold_huawu.conf"}"\n',
        "manager.conf": HEAD
        + "[general](+)\n"
        + _lines(etc / "manager.conf", ("timestampevents", "channelvars"))
        + "\n"
        + _fill(_section(etc / "manager.conf", "huawu"), values),
        "cdr.conf": HEAD + _append_to(_section(etc / "cdr.conf", "general"), "general"),
        "cdr_custom.conf": HEAD
        + _append_to(_section(etc / "cdr_custom.conf", "mappings"), "mappings"),
        "cel.conf": HEAD + _append_to(_section(etc / "cel.conf", "general"), "general"),
        "cel_custom.conf": HEAD
        + _append_to(_section(etc / "cel_custom.conf", "mappings"), "mappings"),
    }


def _filled(path: Path, values: dict[str, str]) -> str:
    return _fill(path.read_text(encoding="utf-8"), values)


def _fill(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _section(path: Path, name: str) -> str:
    """Return one [section] of a file with its comments, up to the next section."""
    kept: list[str] = []
    is_inside = False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            is_inside = line.startswith(f"[{name}]")
        if is_inside:
            kept.append(line)
    if not kept:
        raise SnippetError(f"{path} has no section [{name}]")
    return "\n".join(kept).rstrip() + "\n"


def _append_to(text: str, name: str) -> str:
    """Turn `[name]` into `[name](+)`: Asterisk adds to the section that your file began."""
    return text.replace(f"[{name}]", f"[{name}](+)", 1)


def _without_includes(text: str) -> str:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return "\n".join(lines).rstrip() + "\n"


def _lines(path: Path, names: tuple[str, ...]) -> str:
    wanted = [
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.split("=")[0].strip() in names
    ]
    if len(wanted) != len(names):
        raise SnippetError(f"{path} should have {', '.join(names)}")
    return "\n".join(wanted) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Write the files; the manager's is readable by owner and group only."""
    os.environ.setdefault("HUAWU_DEMO", "0")
    from config import env

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, required=True, help="for example /etc/asterisk/huawu")
    parser.add_argument("--permit", default="127.0.0.1", help="address the listener signs in from")
    options = parser.parse_args(arguments)
    try:
        texts = snippets(
            source=ROOT,
            shared=env.ASTERISK_DIR.resolve(),
            agi=f"{env.AGI_HOST}:{env.AGI_PORT}",
            ami_secret=env.AMI_SECRET,
            permit=options.permit,
        )
    except SnippetError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        path = options.out / name
        path.touch(mode=0o640)
        path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(texts)} files in {options.out}; chgrp them to Asterisk's group.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
