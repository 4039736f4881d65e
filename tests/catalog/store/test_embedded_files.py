"""The files of the embedded server: credentials that stay, all else made anew, and nobody else's to read."""

import json
import stat
import tomllib
from pathlib import Path

import pytest

from catalog.store.embedded_files import is_spoilt, read_keys, write_secrets


def test_credentials_stay_and_all_else_is_made_anew(tmp_path: Path) -> None:
    assert read_keys(tmp_path) == {}
    write_secrets(tmp_path)
    keys = read_keys(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_secrets(tmp_path)
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert read_keys(tmp_path) == keys
    assert sorted(after) == sorted(before) == ["inner.crt", "inner.key", "s3.json", "security.toml"]
    assert {name for name in after if after[name] == before[name]} == {"s3.json"}


def test_only_the_owner_reads_them(tmp_path: Path) -> None:
    (tmp_path / "security.toml").write_text("")
    (tmp_path / "security.toml").chmod(0o644)
    write_secrets(tmp_path)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("log", "room_mb", "spoilt"),
    [(None, 0, False), ("all is well\n", 0, False), ("a\nE: no space left on device\nb\n", 0, True),
     ("no space left on device", 1 << 40, False)],
    ids=["not started", "well", "was full", "is full"],
)  # fmt: skip
def test_a_full_disk_spoils_the_server_that_met_it(tmp_path: Path, log: str | None, room_mb: int, spoilt: bool) -> None:
    (tmp_path / "data").mkdir()
    if log is not None:
        (tmp_path / "weed.log").write_text(log)
    assert is_spoilt(tmp_path, room_mb) is spoilt


def test_there_is_one_identity_and_it_has_a_key(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    (admin,) = json.loads((tmp_path / "s3.json").read_text())["identities"]
    assert admin["credentials"] == [read_keys(tmp_path)]
    assert all(len(key) >= 20 for key in read_keys(tmp_path).values())


def test_every_part_has_both_kinds_of_door_closed(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    tables = tomllib.loads((tmp_path / "security.toml").read_text())
    own = {"cert": "inner.crt", "key": "inner.key"}
    assert tables["grpc"] == {"ca": "inner.crt"} | dict.fromkeys(("master", "volume", "filer", "s3", "client"), own)
    closed = own | {"ca": "inner.crt"}
    assert tables["https"] == dict.fromkeys(("master", "volume", "filer"), closed) | {
        "client": closed | {"enabled": True}
    }
    keys = [tables["jwt"][part] for part in ("signing", "filer_signing")]
    assert len({one["key"] for key in keys for one in (key, key["read"])}) == 4
