#!/bin/sh
# Make the role and the database that Huawu signs in with. The role is neither superuser nor
# BYPASSRLS, so row-level security binds it, and it owns its tables, so it can migrate them.
# Runs in the postgres image at the first start, or by hand as a superuser:
#   HUAWU_DB_PASSWORD=… sudo -u postgres --preserve-env=HUAWU_DB_PASSWORD sh deploy/postgres/role.sh
set -eu
: "${HUAWU_DB_PASSWORD:?set it to the password of HUAWU_DATABASE_URL}"

# The password goes through psql's own quoting, and never onto a command line.
psql -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv password HUAWU_DB_PASSWORD
CREATE ROLE huawu LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE huawu OWNER huawu ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE huawu FROM PUBLIC;
-- Without this a search reads every customer of its company: under row-level security PostgreSQL
-- uses an index for leak-proof functions only. What these two can say of a row they do not return
-- is nothing: their only error is about a LIKE pattern, which comes from who asks.
\connect huawu
ALTER FUNCTION pg_catalog.textlike(text, text) LEAKPROOF;
ALTER FUNCTION pg_catalog.jsonb_contains(jsonb, jsonb) LEAKPROOF;
SQL
