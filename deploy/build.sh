#!/usr/bin/env bash
# Builds the program for Linux as one static file without dependencies on its machine:
# no C library, time zones or user database. The same commit, Go and C compiler give the same
# file. Another architecture than that of this machine needs its C compiler; on Debian and Ubuntu:
# gcc-aarch64-linux-gnu libc6-dev-arm64-cross, or gcc-x86-64-linux-gnu libc6-dev-amd64-cross.
#
#   bash deploy/build.sh FILE [amd64|arm64]
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: bash deploy/build.sh FILE [amd64|arm64]" >&2; exit 2; }
out=$(realpath -m "$1")
cd "$(dirname "$0")/.."
host=$(go env GOHOSTARCH)
arch=${2:-$host}

case $arch in
  "$host") compiler=${CC:-gcc} ;;
  arm64) compiler=aarch64-linux-gnu-gcc ;;
  amd64) compiler=x86_64-linux-gnu-gcc ;;
  *) echo "no compiler is known for $arch" >&2; exit 2 ;;
esac

# Without netgo and osusergo, names and users would be looked up by the C library, which cannot be
# linked statically for that; an extension of SQLite cannot be loaded without it either.
CGO_ENABLED=1 GOOS=linux GOARCH=$arch CC=$compiler go build -trimpath "-buildvcs=${BUILDVCS:-true}" \
  -tags 'netgo osusergo sqlite_omit_load_extension' \
  -ldflags '-s -w -linkmode external -extldflags "-static"' -o "$out" ./cmd/digiwijzer
