#!/usr/bin/env bash
# Tries an image as an operator would: how large it is and how soon it answers, that its root is
# read-only and nobody is root, kill -9, backup and restore in a new volume, and an upgrade with the
# volumes of before. Fails at the first thing that is not as promised.
#
#   bash deploy/try-image.sh IMAGE [OLDER-IMAGE]
#
# PODMAN is the command to run podman or docker, RUNFLAGS are extra flags for run. As root on a machine without
# overlay: PODMAN='podman --storage-driver vfs --runtime runc'.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: bash deploy/try-image.sh IMAGE [OLDER-IMAGE]" >&2; exit 2; }
image=$1 older=${2:-$1}
read -ra podman <<<"${PODMAN:-podman}"
read -ra flags <<<"${RUNFLAGS:-}"
name=digiwijzer-try-$$
port=${PORT:-$((20000 + RANDOM % 10000))}

cleanup() {
  "${podman[@]}" rm -f "$name" >/dev/null 2>&1 || true
  "${podman[@]}" volume rm -f "$name-data" "$name-key" "$name-backup" "$name-other" >/dev/null 2>&1 || true
}
trap cleanup EXIT

fail() {
  echo "failed: $*" >&2
  "${podman[@]}" logs "$name" 2>&1 | tail -n 20 >&2 || true
  exit 1
}

# once runs a command in a new container, with the volumes.
once() {
  local data=$1
  shift
  "${podman[@]}" run --rm "${flags[@]}" --network none --read-only --cap-drop ALL --security-opt no-new-privileges \
    -v "$data:/data" -v "$name-key:/key" -v "$name-backup:/backup" "$image" "$@"
}

# start starts an image and prints the milliseconds until it is ready.
start() {
  local began
  began=$(date +%s%N)
  "${podman[@]}" run -d --name "$name" "${flags[@]}" -p "127.0.0.1:$port:8080" --read-only --tmpfs /tmp --cap-drop ALL \
    --security-opt no-new-privileges --memory 384m --pids-limit 128 \
    -v "$name-data:/data" -v "$name-key:/key" -v "$name-backup:/backup" "$1" >/dev/null 2>&1 || fail "$1 does not start"
  ready "$began"
}

# ready waits until the program is ready, and prints the milliseconds since a moment.
ready() {
  local i
  for i in $(seq 600); do
    if curl -fsS "http://127.0.0.1:$port/readyz" >/dev/null 2>&1; then
      echo "ready after $((($(date +%s%N) - $1) / 1000000)) ms"
      return
    fi
    sleep 0.05
  done
  fail "not ready after 30 seconds"
}

# inside runs the program in the container that serves.
inside() { "${podman[@]}" exec "$name" /digiwijzer "$@"; }

# figures prints what must survive, by way of inside or once.
figures() { "$@" report --format json && "$@" partner list; }

echo "size: $("${podman[@]}" image inspect "$image" --format '{{.Size}}' | awk '{ printf "%.1f MB", $1 / 1e6 }')"
echo "user: $("${podman[@]}" image inspect "$image" --format '{{.Config.User}}')"
[ "$("${podman[@]}" image inspect "$image" --format '{{.Config.User}}')" = 65532:65532 ] || fail "the image has another user"

echo "== start of $older"
start "$older"
status=$(grep -E '^(Uid|CapEff|NoNewPrivs)' "/proc/$("${podman[@]}" inspect "$name" --format '{{.State.Pid}}')/status" | tr '\t\n' '  ')
echo "process: $status"
[[ $status == *"Uid: 65532 65532"* && $status == *"CapEff: 0000000000000000"* && $status == *"NoNewPrivs: 1"* ]] || fail "the process has rights"
if inside backup /figures.db >/dev/null 2>&1; then fail "the root can be written"; fi
echo "the root is read-only"

echo "== kill -9"
inside partner add proef --name Proef >/dev/null
report=$(figures inside)
[[ $report == *proef* ]] || fail "the partner that was added is not there"
"${podman[@]}" kill -s KILL "$name" >/dev/null
began=$(date +%s%N)
"${podman[@]}" start "$name" >/dev/null 2>&1
ready "$began"
[ "$(figures inside)" = "$report" ] || fail "the figures changed"

echo "== backup, and restore into an empty volume"
inside backup figures.db --with-waiting >/dev/null
once "$name-other" restore figures.db >/dev/null
[ "$(figures once "$name-other")" = "$report" ] || fail "the restored figures differ"
echo "the figures are the same"

echo "== upgrade to $image with the same volumes"
began=$(date +%s%N)
"${podman[@]}" stop -t 15 "$name" >/dev/null
echo "stopped after $((($(date +%s%N) - began) / 1000000)) ms"
"${podman[@]}" rm "$name" >/dev/null 2>&1
start "$image"
[ "$(figures inside)" = "$report" ] || fail "the figures changed"
inside doctor --live || fail "doctor --live"
{ inside doctor --offline || true; } | grep -E 'sleutel|gegevens|schijf|back-up|Digiwijzer draait' || fail "doctor"
echo "all as promised"
