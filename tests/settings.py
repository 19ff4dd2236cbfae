"""The product's settings, read from a test environment.

`make test` starts a private
PostgreSQL and Redis and names them in HUAWU_TEST_DATABASE_URL and HUAWU_TEST_REDIS_URL.
"""

import os
import tempfile
from pathlib import Path

SCRATCH = Path(tempfile.mkdtemp(prefix="huawu-test-"))

os.environ["HUAWU_DEMO"] = "0"
os.environ["HUAWU_SECRET_KEY"] = "only-for-tests-" + "0" * 40
os.environ["HUAWU_HEARTBEAT_S"] = "0"
os.environ["HUAWU_AMI_SECRET"] = "only-for-tests"
os.environ["HUAWU_DATA_DIR"] = str(SCRATCH / "data")
os.environ["HUAWU_ASTERISK_DIR"] = str(SCRATCH / "asterisk")
os.environ["HUAWU_DATABASE_URL"] = os.environ.get("HUAWU_TEST_DATABASE_URL", "sqlite://:memory:")
os.environ["HUAWU_REDIS_URL"] = os.environ.get("HUAWU_TEST_REDIS_URL", "")
(SCRATCH / "data" / "collected_static").mkdir(parents=True)
(SCRATCH / "asterisk").mkdir()

from config.settings import *  # noqa: E402, F403 - the environment had to come first

if template := os.environ.get("HUAWU_TEST_DATABASE_TEMPLATE"):
    # Migrated already (tools/migrated.py).
    DATABASES["default"]["TEST"] = {"TEMPLATE": template}  # noqa: F405
# Cheap on purpose: tests sign in often.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# No walk over all static files at each test client.
WHITENOISE_AUTOREFRESH = True
