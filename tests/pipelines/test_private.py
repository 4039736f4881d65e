"""What waits and what was heard is nobody's to read: at no address of the public side."""

import secrets
from pathlib import Path
from typing import Any

import httpx
from hosts import hosted
from watched import declare, readings, record, refresh

from catalog.keys import SOURCE_KIND

GOOD = readings({(f"s{i}", "2026-01-01"): float(i) for i in range(50)})
BAD = readings({(f"s{i}", "2026-01-01"): float(i) for i in range(10)})


def test_held_candidates_and_evidence_have_no_public_address(tmp_path: Path, s3_server: Any) -> None:
    name = secrets.token_hex(6)
    public, private = s3_server.open_public(name), s3_server.open_private(name)
    datasets = declare(tmp_path / "datasets", load="replace")
    items = refresh(public, private, datasets, record(tmp_path / "replay", [GOOD, BAD]), each=True)
    assert [item.outcome for item in items] == ["released", "held"]
    kept = [key for key in private.list("") if key != SOURCE_KIND]  # the mark of the kind stands in both
    assert any(key.startswith("candidates/") for key in kept)
    assert any(key.startswith("evidence/blobs/") for key in kept)
    with hosted(public) as served, httpx.Client(trust_env=False) as client:
        addresses = [served, f"{served}/datasets"]
        for bucket in (s3_server.public_bucket, s3_server.private_bucket):
            addresses += [f"{s3_server.endpoint}/{bucket}", f"{s3_server.endpoint}/{bucket}/{name}"]
        for key in kept:
            for address in addresses:
                assert client.get(f"{address}/{key}").status_code in (403, 404), f"{address}/{key}"
        pointer = client.get(
            f"{s3_server.endpoint}/{s3_server.public_bucket}/{name}/datasets/readings/datapackage.json"
        )
        assert pointer.status_code == 200, "the public side is public"
