#!/usr/bin/env bash
# Copies a backup back into empty stores:   deploy/restore.sh BACKUP [public] [evidence]
# Without a name both stores. End all that runs before; then `minsheng verify` each dataset, and run the night.
# The settings are those of the environment, as for backup.sh. docs/operating.md tells what to do if only one is lost.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/places.sh
. "$here/places.sh"
[ $# -ge 1 ] || stop "say from where: deploy/restore.sh BACKUP [public] [evidence]"
places
from=${1%/}
shift
[ $# -gt 0 ] || set -- public evidence
for store in "$@"; do
    [ -n "${place[$store]:-}" ] || stop "there is no store $store: say public, or evidence"
    found=$(rclone lsf --log-level ERROR --max-depth 1 --filter '- /.minsheng/**' "${place[$store]}" 2>/dev/null | head -3 || true)
    [ -z "$found" ] || stop "the store $store is not empty (${found//$'\n'/ }): move away what is there, so that nothing is mixed"
    rclone lsf --log-level ERROR --max-depth 1 "$from/$store" >/dev/null || stop "there is no backup of the store $store in $from"
done
for store in "$@"; do
    copy "$from/$store" "${place[$store]}"
    echo "the store $store is as in $from"
done
