#!/usr/bin/env bash
# Copies both stores while runs go on:   deploy/backup.sh DESTINATION
# DESTINATION: a folder, or a place that rclone knows (`remote:path`). Say it again: only what is new is copied.
# The settings are those of the environment: MINSHENG_STORE, MINSHENG_EVIDENCE, and AWS_… for an S3.
# docs/operating.md tells what is not in a backup, and how to restore.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/places.sh
. "$here/places.sh"
[ $# -eq 1 ] || stop "say where to: deploy/backup.sh DESTINATION"
places
to=${1%/}

# Nothing is replaced but what can be made again, so any file is right. Only the order matters: what names something is
# copied before what it names, and so all that is named has been there. What says that something was taken away comes
# after the files, so that a file that went meanwhile is explained.
step() { # step STORE PATTERN...: what matches; it is written once
    local store=$1 filters=()
    shift
    for pattern in "$@"; do filters+=(--filter "+ $pattern"); done
    copy --ignore-existing "${filters[@]}" --filter '- *' "${place[$store]}" "$to/$store"
}
rest() { # rest STORE PATTERN...: all but what matches; it can be made again, or is of a moment
    local store=$1 filters=()
    shift
    for pattern in "$@"; do filters+=(--filter "- $pattern"); done
    copy "${filters[@]}" "${place[$store]}" "$to/$store"
}
document='/datasets/*/datapackage-*.json'
files='/datasets/*/{data,schema,facts}/**'
notice='/datasets/*/notices/**'
outcome='/evidence/*/*.outcome.json'
witness='/releases/**'
decision='/decisions/**'
candidate='/candidates/*/*/**'
record='/evidence/*/*[0-9].json'
body='/evidence/blobs/**'
tombstone='/evidence/purged/**'
rest public "$document" "$files" "$notice"
rest evidence "$outcome" "$witness" "$decision" "$candidate" "$record" "$body" "$tombstone"
step evidence "$outcome" "$witness"
step public "$document"
step evidence "$decision"
step public "$files"
step public "$notice"
step evidence "$candidate"
step evidence "$record"
step evidence "$body"
step evidence "$tombstone"
echo "both stores are copied to $to"
