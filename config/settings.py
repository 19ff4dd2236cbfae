"""Django settings: one module, from the typed environment of `config.env`."""

from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from botocore.config import Config as BotoConfig
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import __version__, env

# Lets `ModelAdmin[Any]`, `QuerySet[Call]` and the like stand in class bases at run time.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = __version__
DEBUG = env.DEBUG
DEMO = env.DEMO

SECRET_KEY = env.SECRET_KEY
if not SECRET_KEY:
    if not DEMO:
        raise ImproperlyConfigured(
            "HUAWU_SECRET_KEY is empty. Set it to 50 random characters, for example the output of "
            "`python3 -c 'import secrets; print(secrets.token_urlsafe(50))'`."
        )
    SECRET_KEY = "demo-only-" + "not-a-secret-" * 4

HUAWU_NODE = env.NODE
HUAWU_DISTRIBUTOR = env.DISTRIBUTOR
HUAWU_TRUNK_QUALIFY_S = env.TRUNK_QUALIFY_S
HUAWU_REJOIN_S = env.REJOIN_S
HUAWU_HEARTBEAT_S = env.HEARTBEAT_S
HUAWU_RECORDING_PAUSE_S = env.RECORDING_PAUSE_S
HUAWU_RECORDING_KEYS = env.RECORDING_KEYS
HUAWU_RECORDING_CONVERSIONS = env.RECORDING_CONVERSIONS
# Where ffmpeg is looked for by who converts recordings.
HUAWU_TOOLS_PATH = "/usr/local/bin:/usr/bin:/bin"
HUAWU_DATA_DIR = env.DATA_DIR.resolve()
HUAWU_ASTERISK_DIR = env.ASTERISK_DIR.resolve()
HUAWU_SOUNDS_DIR = (
    Path(env.SOUNDS_DIR).resolve() if env.SOUNDS_DIR else HUAWU_ASTERISK_DIR / "data/sounds"
)
HUAWU_AMI = {
    "host": env.AMI_HOST,
    "port": env.AMI_PORT,
    "user": env.AMI_USER,
    "secret": env.AMI_SECRET or ("demo-ami-secret" if DEMO else ""),
}
HUAWU_AGI = {"host": env.AGI_HOST, "port": env.AGI_PORT, "max_calls": env.AGI_MAX_CALLS}
HUAWU_BIND = env.BIND
HUAWU_HTTP_PORT = env.HTTP_PORT
HUAWU_SIP_PORT = env.SIP_PORT
HUAWU_MEDIA_ADDRESS = env.MEDIA_ADDRESS
HUAWU_SIP_REALM = env.SIP_REALM
HUAWU_WS_URL = env.WS_URL or f"ws://127.0.0.1:{env.WS_PORT}/ws"
HUAWU_SMS_URL = env.SMS_URL
HUAWU_SMS_TOKEN = env.SMS_TOKEN
HUAWU_SMS_TIMEOUT_S = env.SMS_TIMEOUT_S

HUAWU_IMPORT_MAX_BYTES = env.IMPORT_MAX_MB * 1024 * 1024
HUAWU_IMPORT_MAX_ROWS = env.IMPORT_MAX_ROWS
HUAWU_IMPORT_KEEP_DAYS = env.IMPORT_KEEP_DAYS

EMAIL_HOST = env.SMTP_HOST
EMAIL_PORT = env.SMTP_PORT
EMAIL_HOST_USER = env.SMTP_USER
EMAIL_HOST_PASSWORD = env.SMTP_PASSWORD
EMAIL_USE_TLS = env.SMTP_TLS == "starttls"
EMAIL_USE_SSL = env.SMTP_TLS == "tls"
# Only the worker sends; a server that hangs keeps one task, not a call.
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.MAIL_FROM

ALLOWED_HOSTS = env.ALLOWED_HOSTS
CSRF_TRUSTED_ORIGINS = env.TRUSTED_ORIGINS

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_tables2",
    "django_htmx",
    "django_celery_beat",
    "csp",
    "apps.core",
    "apps.tenants",
    "apps.accounts",
    "apps.audit",
    "apps.saved_views",
    "apps.numbers",
    "apps.prompts",
    "apps.customers",
    "apps.calls",
    "apps.recordings",
    "apps.voicemail",
    "apps.tasks",
    "apps.workorders",
    "apps.knowledge",
    "apps.acd",
    "apps.supervision",
    "apps.dispositions",
    "apps.missed",
    "apps.call_control",
    "apps.ivr",
    "apps.surveys",
    "apps.quality",
    "apps.workday",
    "apps.reports",
    "apps.staffing",
    "apps.promises",
    "apps.live_board",
    "apps.alarms",
    "apps.switchboard",
    "apps.imports",
    "apps.integrations",
    "apps.telephony",
    "apps.realtime",
    "apps.console",
    "apps.toolbar",
    "apps.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.toolbar.middleware.ToolbarSessionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # Outside the scope: it opens the person's own, also for whom a token names.
    "apps.audit.refusals.RefusedAccessMiddleware",
    "apps.accounts.middleware.TenantScopeMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASE_URL = env.DATABASE_URL or f"sqlite:///{HUAWU_DATA_DIR / 'huawu.sqlite3'}"
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # One writer at a time, asked for at BEGIN: a later upgrade of the lock cannot be refused.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"].update(
        ENGINE="apps.core.postgresql",
        CONN_MAX_AGE=60,
        CONN_HEALTH_CHECKS=True,
        OPTIONS={
            "connect_timeout": 3,
            "options": "-c lock_timeout=3s -c statement_timeout=30s "
            # Compiling a query takes longer than any of ours runs.
            "-c idle_in_transaction_session_timeout=30s -c jit=off",
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 8000,
        },
    )
# SQLite has no indexes with columns beside the key and makes them without: nothing to be done.
SILENCED_SYSTEM_CHECKS = ["models.W040"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if env.REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [env.REDIS_URL]},
        }
    }
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": env.REDIS_URL,
        }
    }
    CELERY_BROKER_URL = env.REDIS_URL
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    CELERY_BROKER_URL = "memory://localhost/"
HUAWU_REDIS_URL = env.REDIS_URL
# Sessions live in the database: a Redis restart signs nobody out.
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "tasks-alert": {"task": "tasks.tasks_alert", "schedule": 30.0},
    "voicemail-notices": {"task": "voicemail.notices_send", "schedule": 60.0},
    "recordings-ingest": {"task": "recordings.recordings_ingest", "schedule": 60.0},
    "recordings-sounds": {"task": "recordings.sounds_measure", "schedule": 60.0},
    "recordings-convert": {"task": "recordings.conversions_run", "schedule": 20.0},
    "recordings-keep": {"task": "recordings.recordings_keep", "schedule": 3600.0},
    "prompts-waiting": {"task": "prompts.audios_make_waiting", "schedule": 60.0},
    "work-orders-due": {"task": "workorders.work_orders_due", "schedule": 60.0},
    "knowledge-keep": {"task": "knowledge.keep", "schedule": 900.0},
    "what-if-clean": {"task": "acd.what_if_clean", "schedule": 120.0},
    "prompts-clean": {"task": "prompts.prompts_clean", "schedule": 3600.0},
    "imports-tend": {"task": "imports.imports_tend", "schedule": 30.0},
    # Plans draw when a period is over in the company's time zone.
    "quality-plans": {"task": "quality.plans_due", "schedule": 600.0},
    # Late looks are left out: the next one sees all that they would have.
    "alarms-watch": {
        "task": "alarms.alarms_watch",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "alarms-notices": {
        "task": "alarms.notices_send",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "reports-tend": {"task": "reports.rollups_tend", "schedule": 15.0},
    "reports-send": {"task": "reports.reports_send", "schedule": 60.0},
    "promises-tend": {"task": "promises.promises_tend", "schedule": 20.0},
    "imports-clean": {"task": "imports.imports_clean", "schedule": 3600.0},
    "erasures-expire": {"task": "customers.erasures_expire", "schedule": 600.0},
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["apps.accounts.backends.RoleBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "console:login"
LOGIN_REDIRECT_URL = "console:desk"
LOGOUT_REDIRECT_URL = "console:login"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = HUAWU_DATA_DIR / "collected_static"
# Served straight from the sources; a deployment may run collectstatic and let nginx serve.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# Converted recordings: files beside the originals, or an S3-compatible store.
RECORDING_STORE: dict[str, Any] = {"BACKEND": "apps.recordings.store.RecordingFiles"}
if env.RECORDING_S3_BUCKET:
    RECORDING_STORE = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.RECORDING_S3_BUCKET,
            "endpoint_url": env.RECORDING_S3_ENDPOINT or None,
            "region_name": env.RECORDING_S3_REGION,
            "access_key": env.RECORDING_S3_KEY or None,
            "secret_key": env.RECORDING_S3_SECRET or None,
            "file_overwrite": False,
            "default_acl": None,
            "client_config": BotoConfig(
                connect_timeout=5,
                read_timeout=30,
                retries={"max_attempts": 3},
                s3={"addressing_style": "path" if env.RECORDING_S3_ENDPOINT else "auto"},
            ),
        },
    }
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "recordings": RECORDING_STORE,
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 14
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.HTTPS:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31536000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

_WS_ORIGIN = HUAWU_WS_URL.rsplit("/", 1)[0]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "media-src": ["'self'", "blob:"],
        "connect-src": ["'self'", _WS_ORIGIN],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# 200 routing rules are one form; what a body may weigh stays Django's.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.integrations.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "apps.integrations.parsers.BoundedJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "apps.integrations.schema.HuawuAutoSchema",
    "DEFAULT_PAGINATION_CLASS": "apps.integrations.pagination.StandardPagination",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "apps.integrations.errors.exception_handler",
    "PAGE_SIZE": 50,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Huawu API",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.integrations.schema.errors_described",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
DJANGO_TABLES2_TEMPLATE = "console/table.html"
FORM_RENDERER = "apps.core.form_renderer.QuickRenderer"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "apps.core.logs.LineFormatter"}},
    "filters": {"refused": {"()": "apps.core.logs.RefusedInOneLine"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["refused"],
        }
    },
    "root": {"handlers": ["console"], "level": env.LOG_LEVEL},
    "loggers": {
        "daphne": {"level": "WARNING"},
        "django.channels.server": {"level": "WARNING"},
        "django.server": {"level": "WARNING"},
        # Each step of each PDF, and each table of each font.
        "weasyprint": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "twisted": {"level": "WARNING"},
    },
}

HUAWU_PHONE_SYSTEM = "apps.telephony.phone_system.ChannelLayerPhoneSystem"
HUAWU_QUEUE_DIRECTORY = "apps.acd.directory.QueueDirectory"
HUAWU_QUEUE_HOURS = "apps.ivr.queue_openings.QueueOpenings"
HUAWU_WORK_ORDER_HOURS = "apps.ivr.work_order_hours.WorkOrderHours"
HUAWU_TASK_WORKDAYS = "apps.ivr.workdays.workdays"
# Who speaks texts for prompts: apps.prompts.ports.Voice.
HUAWU_VOICES = {
    "espeak": "apps.prompts.voices.EspeakVoice",
    "http": "apps.prompts.voices.HttpVoice",
}
HUAWU_HTTP_LOOKUP_NETWORKS = env.HTTP_LOOKUP_NETWORKS
HUAWU_VOICE = env.VOICE
HUAWU_VOICE_URL = env.VOICE_URL
HUAWU_VOICE_KEY = env.VOICE_KEY
HUAWU_VOICE_TIMEOUT_S = env.VOICE_TIMEOUT_S
# Whom a person meets at work and may see although he is another's: ids of customers, by user.
HUAWU_CUSTOMERS_AT_WORK = [
    "apps.calls.customers_at_work.customer_ids_of_calls",
    "apps.workorders.customers_at_work.customer_ids_of_orders",
]
# What is open about a customer, for the call card: apps.calls.card_items.CardItems.
HUAWU_CARD_ITEMS = ["apps.workorders.card_items.order_items"]
# What a customer's timeline is made of: apps.customers.timeline.Source. First what is read from an
# index of the customer: how far it reaches bounds the others.
HUAWU_CUSTOMER_TIMELINE = [
    "apps.customers.timeline.note_entries",
    "apps.customers.timeline.change_entries",
    "apps.calls.customer_timeline.call_entries",
    "apps.dispositions.customer_timeline.disposition_entries",
    "apps.recordings.customer_timeline.recording_entries",
    "apps.tasks.customer_timeline.task_entries",
    "apps.acd.customer_timeline.voicemail_entries",
    "apps.surveys.customer_timeline.survey_entries",
    "apps.workorders.customer_timeline.order_entries",
]
# Who takes a person out of his own rows when a customer is erased: apps.customers.erasure.Eraser.
# In this order: recordings and messages are found by the numbers that the calls lose.
HUAWU_CUSTOMER_ERASERS = [
    "apps.quality.customer_erasure.inspections_erase",
    "apps.recordings.customer_erasure.recordings_erase",
    "apps.calls.customer_erasure.calls_erase",
    "apps.tasks.customer_erasure.tasks_erase",
    "apps.voicemail.customer_erasure.messages_erase",
    "apps.workorders.customer_erasure.orders_erase",
    "apps.saved_views.customer_erasure.views_erase",
    "apps.imports.customer_erasure.exports_erase",
]
# Who keeps sums of the ledger: apps.core.times_changed.Listener.
HUAWU_TIMES_CHANGED = ["apps.reports.dirty.times_changed", "apps.promises.dirty.times_changed"]
# Makes the file of a scheduled report: pages stand above the app that sends it.
HUAWU_REPORT_FILE = "apps.console.reports.attached.attached"
# Asked before a prompt is removed: apps.prompts.ports.PromptUses.
HUAWU_PROMPT_USES = [
    "apps.ivr.prompt_uses.flow_prompt_uses",
    "apps.acd.prompt_uses.queue_prompt_uses",
    "apps.surveys.prompt_uses.survey_prompt_uses",
    "apps.voicemail.prompt_uses.box_prompt_uses",
]
