"""sandbox.yaml is read by the YAML rules of the declaration beside it: the cases of that reader, in this file."""

import shutil
from pathlib import Path

import pytest

from catalog.declaration.yaml12 import MAX_BYTES
from sandbox.errors import SandboxError
from sandbox.spec import Source, load

DATASETS = Path(__file__).parents[2] / "datasets"
CDC = "covid-19-onset-county"


def read(tmp_path: Path, text: bytes) -> Source:
    shutil.copytree(DATASETS / CDC, tmp_path / CDC)
    (tmp_path / CDC / "sandbox.yaml").write_bytes(text)
    return load(tmp_path)[CDC]


def written(host: str) -> bytes:
    """The file of the dataset, with another host in it."""
    said = (DATASETS / CDC / "sandbox.yaml").read_text(encoding="utf-8")
    old = next(line for line in said.splitlines() if line.startswith("host: "))
    return said.replace(old, f"host: {host}", 1).encode()


@pytest.mark.parametrize("word", ["no", "Yes", "on", "True", "~", "2026-07-01", "12:30", "0x1f", "010", "1_000", "<<"])
def test_a_plain_word_stays_text(tmp_path: Path, word: str):
    assert read(tmp_path, written(word)).file.host == word


def test_times_need_no_quotes(tmp_path: Path):
    quoted = (DATASETS / CDC / "sandbox.yaml").read_text(encoding="utf-8")
    begin = next(line for line in quoted.splitlines() if line.strip().startswith("begin: "))
    assert '"' in begin
    plain = quoted.replace(begin, begin.replace('"', ""), 1)
    assert read(tmp_path, plain.encode()).file == load(DATASETS)[CDC].file


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("seed: 1\nseed: 2", "the key 'seed' stands twice"),
        ("a: &x [1]\nb: *x", "alias"),
        ("true: 2", "True is not text"),
        ("a: !!python/object:os.system x", "a tag is not allowed"),
        ("a: !!set {b}", "a tag is not allowed"),
        ("a: !!timestamp 2026-07-01", "a tag is not allowed"),
        ("a: [1", "expected"),
        ("---\nb: 2", "another document"),
    ],
)
def test_a_fault_names_file_and_line(tmp_path: Path, more: str, words: str):
    text = written("x.example")
    with pytest.raises(SandboxError, match=words) as raised:
        read(tmp_path, text + b"\n" + more.encode())
    assert f"{CDC}/sandbox.yaml:" in str(raised.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"- a", "expected keys and values, found list"),
        (b"", "expected keys and values, found NoneType"),
        ("a: 臺".encode("big5"), "not UTF-8 at byte 3"),
        (b"a: " + b"x" * MAX_BYTES, "more than"),
        (b"a: " + b"[" * 3000, "nested hundreds deep"),
    ],
)
def test_what_is_no_mapping_is_refused(tmp_path: Path, body: bytes, words: str):
    with pytest.raises(SandboxError, match=words):
        read(tmp_path, body)
