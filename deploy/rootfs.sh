#!/usr/bin/env bash
# Puts everything that is in the image in a folder: the program, certificates and empty folders.
#
#   bash deploy/rootfs.sh DIR [amd64|arm64]
#
# PROGRAM=FILE takes a program that was built before.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: bash deploy/rootfs.sh DIR [amd64|arm64]" >&2; exit 2; }
certificates=${CERTIFICATES:-/etc/ssl/certs/ca-certificates.crt}
here=$(dirname "$0")

umask 022
mkdir -p "$1/etc/ssl/certs" "$1/data" "$1/key" "$1/backup" "$1/tmp"
chmod 0700 "$1/data" "$1/key" "$1/backup"
chmod 1777 "$1/tmp"
if [ -n "${PROGRAM:-}" ]; then
  cp "$PROGRAM" "$1/digiwijzer"
else
  bash "$here/build.sh" "$1/digiwijzer" "${2:-}"
fi
chmod 0755 "$1/digiwijzer"
cp "$certificates" "$1/etc/ssl/certs/ca-certificates.crt"
