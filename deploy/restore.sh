#!/bin/sh
# Bring a dump of backup.sh back into an EMPTY database.
#   systemctl stop huawu.target
#   sudo -u postgres deploy/restore.sh /var/backups/huawu/huawu-….dump
#   systemctl start huawu.target
# An existing database is never touched: rename or drop it yourself first. Calls meanwhile go to the
# fall-back queues that Asterisk already knows. Recordings: tar --extract into HUAWU_ASTERISK_DIR,
# prompts into HUAWU_DATA_DIR.
set -eu
dump=${1:?usage: restore.sh FILE.dump}
database=${HUAWU_DB:-huawu}
owner=${HUAWU_DB_OWNER:-huawu}
pg_restore --list "$dump" >/dev/null
if [ "$(psql -XAtc "SELECT 1 FROM pg_database WHERE datname = '$database'" postgres)" = 1 ]; then
    tables=$(psql -XAtc "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'" "$database")
    if [ "$tables" != 0 ]; then
        echo "database $database has $tables tables; ALTER DATABASE $database RENAME TO … first" >&2
        exit 1
    fi
else
    createdb --owner="$owner" --encoding=UTF8 --template=template0 "$database"
fi
pg_restore --exit-on-error --single-transaction --no-privileges --dbname="$database" "$dump"
echo "restored; now: manage.py migrate && manage.py row_level_security --apply && manage.py doctor"
