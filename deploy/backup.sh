#!/bin/sh
# Back up database, companies' prompts and (with --with-recordings) what callers and agents said.
#   sudo -u postgres deploy/backup.sh /var/backups/huawu [--with-recordings]
# Run it as a PostgreSQL superuser: row-level security would give Huawu's own role an empty dump,
# and pg_dump refuses that. Calls go on meanwhile; the dump is of one moment.
# PGHOST, PGPORT, HUAWU_DB (huawu), HUAWU_ASTERISK_DIR (/srv/huawu), HUAWU_DATA_DIR (/var/lib/huawu)
# and KEEP_DAYS (14) may be set.
set -eu
target=${1:?usage: backup.sh FOLDER [--with-recordings]}
database=${HUAWU_DB:-huawu}
shared=${HUAWU_ASTERISK_DIR:-/srv/huawu}
data=${HUAWU_DATA_DIR:-/var/lib/huawu}
umask 077
mkdir -p "$target"
stamp=$(date -u +%Y%m%dT%H%M%SZ)
part=$target/.huawu-$stamp.part
trap 'rm -f "$part"' EXIT

pg_dump --format=custom --dbname="$database" --file="$part"
# A dump that cannot be listed is no backup.
pg_restore --list "$part" >/dev/null
mv "$part" "$target/huawu-$stamp.dump"

# Small, and nothing else has the uploads that prompts are made of.
if [ -d "$data/prompts" ]; then
    tar --create --gzip --file="$part" --directory="$data" prompts
    mv "$part" "$target/huawu-$stamp-prompts.tar.gz"
else
    echo "backup: no prompts saved: $data/prompts is not there, or not for this user" >&2
fi

if [ -d "$data/work_orders" ]; then
    tar --create --gzip --file="$part" --directory="$data" work_orders
    mv "$part" "$target/huawu-$stamp-work-orders.tar.gz"
fi

if [ -d "$data/knowledge" ]; then
    tar --create --gzip --file="$part" --directory="$data" knowledge
    mv "$part" "$target/huawu-$stamp-knowledge.tar.gz"
fi

if [ "${2:-}" = --with-recordings ]; then
    # A call that is being recorded changes under tar; its next backup has it whole.
    tar --create --gzip --file="$part" --directory="$shared" --warning=no-file-changed \
        recordings voicemail || [ $? -eq 1 ]
    mv "$part" "$target/huawu-$stamp-recordings.tar.gz"
fi

find "$target" -maxdepth 1 -name 'huawu-*' -mtime "+${KEEP_DAYS:-14}" -delete
echo "$target/huawu-$stamp.dump"
