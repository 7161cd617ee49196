#!/bin/sh
# Lets the standby follow; run once, when the primary is made (the image of PostgreSQL runs it).
set -eu
echo "host replication digiwijzer samenet scram-sha-256" >> "$PGDATA/pg_hba.conf"
