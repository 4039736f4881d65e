#!/usr/bin/env bash
# The S3 of compose.s3.yaml: SeaweedFS with the two buckets, and the rights that stand beside this file.
#     store.sh FOLDER
# Keys come from S3_WRITER_KEY, S3_WRITER_SECRET, and the same of DELETING and READER; an identity without a key is left
# out. Everyone reads single objects of the public bucket. Only S3 is open; the server's own parts know each other by TLS.
set -euo pipefail
umask 077
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
port=${S3_PORT:-8333} inner=${S3_INNER_PORT:-9333}
python - "$here" >identities.json <<'PY'
import json, os, sys
from pathlib import Path

names = ("writer", "deleting", "reader")
said = {name: [os.environ.get(f"S3_{name}_{part}".upper(), "") for part in ("key", "secret")] for name in names}
if not all(said["writer"]) and not all(said["deleting"]):
    sys.exit("expected S3_WRITER_KEY and S3_WRITER_SECRET, or those of DELETING, in settings.env, found none")
identities = [{"name": "anonymous", "actions": ["Read:open-data"]}]
identities += [
    {"name": name, "credentials": [{"accessKey": key, "secretKey": secret}], "policyNames": [name]}
    for name, (key, secret) in said.items()
    if key and secret
]
policies = [{"name": name, "content": Path(sys.argv[1], f"{name}.json").read_text()} for name in names]
print(json.dumps({"identities": identities, "policies": policies}))
PY
# The port of S3's own part, 10,000 above, is where S3 is: only who has the certificate of this start is heard there.
python -c 'from pathlib import Path; from catalog.store.embedded_files import close_inner_ports as c; c(Path.cwd())'
mkdir -p data
weed server -dir=data -ip=127.0.0.1 -ip.bind=127.0.0.1 -s3 -s3.ip.bind="${S3_BIND:-0.0.0.0}" -s3.port="$port" \
    -s3.config=identities.json -s3.iam=false -s3.autoCreateBucket=false -s3.localSocket="$PWD/s3.sock" \
    -s3.port.iceberg=0 -s3.port.lance=0 -master.port="$inner" -volume.port=$((inner + 1)) -filer.port=$((inner + 2)) \
    -master.volumeSizeLimitMB=1024 -volume.max=0 -master.telemetry=false &
server=$!
trap 'kill -TERM $server' TERM INT
ask() { echo "$1" | weed shell -master="127.0.0.1:$inner" -filer="127.0.0.1:$((inner + 2))" 2>&1; }
for bucket in open-data open-data-private; do
    until ask s3.bucket.list | grep -qw "$bucket"; do
        kill -0 $server
        ask "s3.bucket.create -name $bucket" >/dev/null || true
        sleep 1
    done
done
echo "both buckets are there"
wait $server
