#!/bin/sh
# Starts a standby of postgres-a. If there is no copy of it yet, it is made first, and from then
# on every COMMIT waits for it.
set -eu
PGDATA=${PGDATA:-/var/lib/postgresql/data}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  pg_basebackup -D "$PGDATA" -h "${PRIMARY_HOST:-postgres-a}" -U digiwijzer -R -X stream -c fast
  chmod 700 "$PGDATA"
  psql -h "${PRIMARY_HOST:-postgres-a}" -U digiwijzer -d digiwijzer -c "ALTER SYSTEM SET synchronous_standby_names = '*'" -c "SELECT pg_reload_conf()"
fi
exec "$@" -D "$PGDATA"
