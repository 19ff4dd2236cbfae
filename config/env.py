"""Every environment variable that Huawu reads, declared once with its type, default and meaning.

A wrong value refuses to start. `docs/settings.md` lists the same names; a test compares them.
"""

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


SECRETS = ("_KEY", "_KEYS", "_SECRET", "_PASSWORD")


class SettingError(ValueError):
    """An environment variable has a value that cannot be used; the text says which and why."""


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One environment variable: how to read it and what it is for."""

    name: str
    parse: Callable[[str], T]
    default: str
    help: str

    def read(self, environ: Mapping[str, str]) -> T:
        """Return the typed value; SettingError when it does not parse."""
        raw = environ.get(self.name, "").strip() or self.default
        try:
            return self.parse(raw)
        except (ValueError, TypeError) as error:
            # What is wrong with a secret is said without it: this goes to logs.
            shown = "(not shown)" if self.name.endswith(SECRETS) else repr(raw)
            raise SettingError(f"{self.name}={shown}: {error}. {self.help}") from error


def _bool(raw: str) -> bool:
    values = {
        "1": True,
        "true": True,
        "yes": True,
        "0": False,
        "false": False,
        "no": False,
        "": False,
    }
    if raw.lower() not in values:
        raise ValueError("use 1 or 0")
    return values[raw.lower()]


def _port(raw: str) -> int:
    value = int(raw)
    if not 0 < value < 65536:
        raise ValueError("a port is 1 to 65535")
    return value


def _seconds(raw: str) -> int:
    value = int(raw)
    if not 0 <= value <= 300:
        raise ValueError("use 0 to 300")
    return value


def _positive(raw: str) -> int:
    value = int(raw)
    if value <= 0:
        raise ValueError("must be over 0")
    return value


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw not in words:
            raise ValueError("use " + ", ".join(words))
        return raw

    return parse


def _http_url(raw: str) -> str:
    if raw and not raw.startswith(("http://", "https://")):
        raise ValueError("an address begins with http:// or https://")
    return raw


def _words(raw: str) -> list[str]:
    return [word.strip() for word in raw.split(",") if word.strip()]


def _networks(raw: str) -> list[IPv4Network | IPv6Network]:
    return [ip_network(word) for word in _words(raw)]


def _keys(raw: str) -> list[bytes]:
    found = [base64.b64decode(word, validate=True) for word in _words(raw)]
    if any(len(key) != 32 for key in found):
        raise ValueError("a key is 32 bytes in base64: openssl rand -base64 32")
    return found


def _path(raw: str) -> Path:
    return Path(raw).expanduser()


REGISTRY: dict[str, Setting[object]] = {}


def _declare(name: str, parse: Callable[[str], T], default: str, text: str) -> T:
    setting = Setting(name, parse, default, text)
    REGISTRY[name] = setting  # type: ignore[assignment]  # the registry mixes types on purpose
    return setting.read(os.environ)


DEMO = _declare("HUAWU_DEMO", _bool, "0", "1: demo company, embedded defaults, demo secrets.")
DEBUG = _declare("HUAWU_DEBUG", _bool, "0", "Django's debug pages; never in production.")
SECRET_KEY = _declare(
    "HUAWU_SECRET_KEY", str, "", "Key for sessions and tokens; 50 random characters."
)
ALLOWED_HOSTS = _declare(
    "HUAWU_ALLOWED_HOSTS", _words, "127.0.0.1,localhost", "Host names the web answers to, by comma."
)
TRUSTED_ORIGINS = _declare(
    "HUAWU_TRUSTED_ORIGINS", _words, "", "https://… origins allowed to post forms, by comma."
)
HTTPS = _declare("HUAWU_HTTPS", _bool, "0", "1: served behind TLS; secure cookies and HSTS.")
BIND = _declare("HUAWU_BIND", str, "127.0.0.1", "Address that our own servers listen on.")
HTTP_PORT = _declare("HUAWU_HTTP_PORT", _port, "8000", "Web and WebSocket port.")
DATA_DIR = _declare("HUAWU_DATA_DIR", _path, ".demo", "Folder for SQLite, spool and logs.")
DATABASE_URL = _declare(
    "HUAWU_DATABASE_URL", str, "", "postgres://user:password@host/name; empty: SQLite in DATA_DIR."
)
REDIS_URL = _declare(
    "HUAWU_REDIS_URL", str, "", "redis://host:port/0; empty: everything in one process."
)
NODE = _declare("HUAWU_NODE", str, "pbx1", "Name of the Asterisk node, its systemname.")
HTTP_LOOKUP_NETWORKS = _declare(
    "HUAWU_HTTP_LOOKUP_NETWORKS",
    _networks,
    "",
    "Private networks that flows' HTTP look-ups may reach, by comma: 10.1.2.0/24. Empty: none.",
)
AMI_HOST = _declare("HUAWU_AMI_HOST", str, "127.0.0.1", "Address of Asterisk's manager interface.")
AMI_PORT = _declare("HUAWU_AMI_PORT", _port, "5038", "Port of Asterisk's manager interface.")
AMI_USER = _declare("HUAWU_AMI_USER", str, "huawu", "Manager user.")
AMI_SECRET = _declare("HUAWU_AMI_SECRET", str, "", "Manager secret; no default outside the demo.")
DISTRIBUTOR = _declare(
    "HUAWU_DISTRIBUTOR",
    _bool,
    "1",
    "1: our own distributor decides who gets which call; 0: Asterisk's app_queue does.",
)
TRUNK_QUALIFY_S = _declare(
    "HUAWU_TRUNK_QUALIFY_S",
    _seconds,
    "0",
    "Seconds between questions (OPTIONS) whether a trunk's carrier is there; 0: it is not asked.",
)
REJOIN_S = _declare(
    "HUAWU_REJOIN_S",
    _seconds,
    "20",
    "Seconds that a caller hears music while the browser phone of his agent is gone; 0: never.",
)
HEARTBEAT_S = _declare(
    "HUAWU_HEARTBEAT_S",
    _seconds,
    "10",
    "Seconds between a process's heartbeats, at most 15; 0: none, availability stays unknown.",
)
RECORDING_PAUSE_S = _declare(
    "HUAWU_RECORDING_PAUSE_S",
    _positive,
    "120",
    "Seconds after which a recording that an agent paused goes on by itself.",
)
RECORDING_KEYS = _declare(
    "HUAWU_RECORDING_KEYS",
    _keys,
    "",
    "Keys of 32 bytes in base64, by comma, that encrypt recordings: the first encrypts, all open.",
)
RECORDING_CONVERSIONS = _declare(
    "HUAWU_RECORDING_CONVERSIONS", _positive, "2", "Recordings that are converted at once."
)
RECORDING_S3_BUCKET = _declare(
    "HUAWU_RECORDING_S3_BUCKET",
    str,
    "",
    "Bucket of an S3-compatible store for converted recordings; empty: files beside the originals.",
)
RECORDING_S3_ENDPOINT = _declare(
    "HUAWU_RECORDING_S3_ENDPOINT", _http_url, "", "Its address; empty: Amazon's."
)
RECORDING_S3_REGION = _declare("HUAWU_RECORDING_S3_REGION", str, "us-east-1", "Its region.")
RECORDING_S3_KEY = _declare("HUAWU_RECORDING_S3_KEY", str, "", "Access key of the store.")
RECORDING_S3_SECRET = _declare("HUAWU_RECORDING_S3_SECRET", str, "", "Secret of that key.")
AGI_HOST = _declare("HUAWU_AGI_HOST", str, "127.0.0.1", "Address that FastAGI listens on.")
AGI_PORT = _declare("HUAWU_AGI_PORT", _port, "4573", "Port that FastAGI listens on.")
AGI_MAX_CALLS = _declare(
    "HUAWU_AGI_MAX_CALLS",
    _positive,
    "2000",
    "Callers in menus at once; more go to the fall-back queue.",
)
ASTERISK_DIR = _declare(
    "HUAWU_ASTERISK_DIR",
    _path,
    ".demo/asterisk",
    "Folder shared with Asterisk: etc/huawu.d, recordings, voicemail, log.",
)
SOUNDS_DIR = _declare(
    "HUAWU_SOUNDS_DIR",
    str,
    "",
    "Asterisk's folder of sounds (<astdatadir>/sounds): companies' prompts are written there; "
    "empty: data/sounds in HUAWU_ASTERISK_DIR.",
)
MEDIA_ADDRESS = _declare(
    "HUAWU_MEDIA_ADDRESS",
    str,
    "127.0.0.1",
    "Address of Asterisk that phones and carriers send sound to.",
)
SIP_PORT = _declare(
    "HUAWU_SIP_PORT", _port, "5060", "SIP port, shown to people; Asterisk binds it."
)
WS_URL = _declare(
    "HUAWU_WS_URL",
    str,
    "",
    "WebSocket of the browser phone; empty: ws://127.0.0.1:HUAWU_WS_PORT/ws.",
)
WS_PORT = _declare("HUAWU_WS_PORT", _port, "8088", "Port of Asterisk's WebSocket.")
SIP_REALM = _declare("HUAWU_SIP_REALM", str, "huawu", "Realm in which SIP secrets are hashed.")
VOICE = _declare(
    "HUAWU_VOICE",
    _one_of("espeak", "http"),
    "espeak",
    "Who speaks texts for prompts: espeak (offline) or http.",
)
VOICE_URL = _declare(
    "HUAWU_VOICE_URL",
    _http_url,
    "",
    "For http: address that is sent {text, language} as JSON and answers with a sound file.",
)
VOICE_KEY = _declare("HUAWU_VOICE_KEY", str, "", "For http: sent as a bearer token.")
VOICE_TIMEOUT_S = _declare(
    "HUAWU_VOICE_TIMEOUT_S", _positive, "20", "For http: seconds until the voice must be done."
)
IMPORT_MAX_MB = _declare(
    "HUAWU_IMPORT_MAX_MB", _positive, "100", "Largest file of a data import, in MB."
)
IMPORT_MAX_ROWS = _declare(
    "HUAWU_IMPORT_MAX_ROWS", _positive, "500000", "Most rows of a data import."
)
IMPORT_KEEP_DAYS = _declare(
    "HUAWU_IMPORT_KEEP_DAYS",
    _positive,
    "30",
    "Days after which the files of imports and exports are removed.",
)
SMTP_HOST = _declare("HUAWU_SMTP_HOST", str, "", "Mail server; empty: no e-mail is sent.")
SMTP_PORT = _declare("HUAWU_SMTP_PORT", _port, "587", "Port of the mail server.")
SMTP_USER = _declare("HUAWU_SMTP_USER", str, "", "User at the mail server; empty: none.")
SMTP_PASSWORD = _declare("HUAWU_SMTP_PASSWORD", str, "", "Password at the mail server.")
SMTP_TLS = _declare(
    "HUAWU_SMTP_TLS", _one_of("starttls", "tls", "none"), "starttls", "starttls, tls or none."
)
MAIL_FROM = _declare("HUAWU_MAIL_FROM", str, "huawu@localhost", "Sender of our e-mails.")
SMS_URL = _declare(
    "HUAWU_SMS_URL",
    _http_url,
    "",
    "Address that text messages are posted to as JSON (`to`, `text`); empty: none are sent.",
)
SMS_TOKEN = _declare("HUAWU_SMS_TOKEN", str, "", "Bearer token for HUAWU_SMS_URL.")
SMS_TIMEOUT_S = _declare(
    "HUAWU_SMS_TIMEOUT_S", _positive, "10", "Longest wait for HUAWU_SMS_URL, seconds."
)
LOG_LEVEL = _declare("HUAWU_LOG_LEVEL", str, "INFO", "DEBUG, INFO, WARNING or ERROR.")
