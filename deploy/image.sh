#!/usr/bin/env bash
# Makes the image of Dockerfile with buildah, from a program that is built on this machine: no image
# is pulled, and no Docker is needed. The same commit gives the same layers, as times are those of
# the commit.
#
#   bash deploy/image.sh NAME [amd64|arm64]
#
# PROGRAM=FILE uses a program built before. BUILDAH is the command to run buildah; as root
# without overlay and user namespaces: BUILDAH='buildah --storage-driver vfs' ISOLATION=chroot.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: bash deploy/image.sh NAME [amd64|arm64]" >&2; exit 2; }
cd "$(dirname "$0")/.."
read -ra buildah <<<"${BUILDAH:-buildah}"
arch=${2:-$(go env GOHOSTARCH)}
stamp=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bash deploy/rootfs.sh "$work/build/rootfs" "$arch"
mkdir "$work/empty"
"${buildah[@]}" bud ${ISOLATION:+--isolation "$ISOLATION"} --format docker --timestamp "$stamp" --arch "$arch" --os linux \
  --build-arg VERSION="$(git describe --tags --always --dirty)" --build-arg REVISION="$(git rev-parse HEAD)" \
  --build-context build="$work/build" -f Dockerfile -t "$1" "$work/empty"
