"""A sandbox.yaml is read whole, and a wrong one is refused with the file and the key."""

from pathlib import Path

import pytest
from simulated import AIR, CDC, CROPS, DATASETS, NIGHT_2, copied

from catalog.declaration.yaml12 import MAX_BYTES
from sandbox import SandboxError
from sandbox.spec import SandboxDataset, load

LOADED = load(DATASETS)


def test_every_dataset_with_a_sandbox_yaml_is_loaded() -> None:
    assert list(LOADED) == sorted(path.parent.name for path in DATASETS.glob("*/sandbox.yaml"))
    assert len(LOADED[AIR].entities) == 84
    assert LOADED[CROPS].entities[0].keys() >= {"market_code", "crop_code"}, "markets and crops are combined"
    assert len(LOADED[CROPS].file.paths) == 3


def test_a_timeline_is_read_with_its_faults() -> None:
    (planned,) = LOADED[AIR].timeline
    assert (planned.fault.name, planned.start <= NIGHT_2 < planned.end) == ("down", True)


@pytest.mark.parametrize(
    ("dataset", "host", "path", "expected"),
    [
        (LOADED[AIR], "data.moenv.gov.tw", "/api/v2/AQX_P_432", True),
        (LOADED[AIR], "DATA.moenv.gov.tw", "/api/v2/aqx_p_432", True),
        (LOADED[AIR], "data.moenv.gov.tw", "/api/v2/aqx_p_433", False),
        (LOADED[AIR], "od.cdc.gov.tw", "/api/v2/aqx_p_432", False),
        (LOADED[CDC], "od.cdc.gov.tw", "/eic/Age_County_Gender_day_19Cov.csv", True),
        (LOADED[CDC], "od.cdc.gov.tw", "/eic/age_county_gender_day_19cov.csv", False),
    ],
)
def test_an_address_ignores_case_in_the_host_and_where_declared_in_the_path(
    dataset: SandboxDataset, host: str, path: str, expected: bool
) -> None:
    assert dataset.has_address(host, path) is expected


@pytest.mark.parametrize(
    ("slug", "fault", "message"),
    [
        (CDC, {"fault": "short_page"}, f"{CDC}: protocol file cannot show fault short_page"),
        (CROPS, {"fault": "wrong_key"}, f"{CROPS}: protocol moa cannot show fault wrong_key"),
        (
            CDC,
            {"fault": "vanished_column", "column": "aqi"},
            f"{CDC}: fault vanished_column names column 'aqi'; known: ",
        ),
        (CDC, {"fault": "flood"}, "unknown fault 'flood'"),
    ],
)
def test_a_fault_that_a_dataset_cannot_show_is_refused(slug: str, fault: dict[str, str], message: str) -> None:
    with pytest.raises(SandboxError, match=message):
        LOADED[slug].read_fault(fault)


def test_an_unknown_column_may_have_any_name() -> None:
    fault = LOADED[CDC].read_fault({"fault": "unknown_column", "column": "new"})
    assert fault.as_json() == {"fault": "unknown_column", "column": "new"}


@pytest.mark.parametrize(
    ("slug", "old", "new", "message"),
    [
        (AIR, "protocol: moenv", "protocol: smoke", "unknown protocol 'smoke'; known: file, moa, moenv"),
        (AIR, "seed: 432", "sead: 432", "sandbox.yaml: .*sead: is not known here"),
        (AIR, "quota: 300", "qouta: 300", "speaks.qouta: is not known here"),
        (AIR, "digits: 2", "digit: 2", "rows.window.columns.co.number.digit: is not known here"),
        (AIR, '"no": {number', "5: {number", r"sandbox.yaml:\d+: .*the key 5 is not text: write it in quotes"),
        (AIR, "county: {entity: county}", "county: {entity: county, text: x}", "columns.county.*exactly one of"),
        (AIR, "county: {entity: county}", "county: {entity: shire}", "has no column 'shire'"),
        (AIR, "sandbox-stations.csv", "../x.csv", "expected entities to name a file in this folder, got '../x.csv'"),
        (AIR, "bands:\n          of: aqi", "bands:\n          of: iqa", "'iqa' is not one of columns"),
        (AIR, "fault: down", "fault: flood", "timeline.0: unknown fault 'flood'"),
        (AIR, 'until: "2026-11-22T03:00:00+08:00"', "until: tomorrow", "timeline.0.until: .*ISO 8601 time such as"),
        (AIR, 'until: "2026-11-22T03:00:00+08:00"', "until: 20261122", "timeline.0.until: .*text, got 20261122"),
        (CDC, "    column: 是否為境外移入", "    column: 是否", "timeline.0: .*names column '是否'"),
        (CDC, "withdrawn_after_days: [2, 9]", "withdrawn_after_days: two", "withdrawn_after_days"),
        (CDC, "rows:\n  ledger:", "rows: {}\nother:\n  ledger:", "exactly one of window, ledger"),
        (CDC, "host: od", "host: [", "sandbox.yaml"),
        (CDC, "unique: [確定病名", "unique: [病名", "'病名' is not one of columns"),
        (CDC, "weight: weight", "weight: heads", "has no column 'heads'"),
        (CDC, "corrected: {column: 確定病例數", "corrected: {column: 病例", "'病例' is not one of columns"),
        (CROPS, "weekdays: rests", "weekdays: sleeps", "has no column 'sleeps'"),
        (CROPS, "by: [market_code, kind]", "by: [market]", "has no column 'market'"),
        (CROPS, "by: [market_code], share", "by: [town], share", "has no column 'town'"),
        (CROPS, "CropName: 休市", "CropTitle: 休市", "'CropTitle' is not one of columns"),
        (CROPS, "scaled: {of: kilograms", "scaled: {of: tons", "has no column 'tons'"),
        (CROPS, "[sandbox-markets.csv, sandbox-crops.csv]", "[sandbox-markets.csv, x.csv]", "file in this folder"),
    ],
)
def test_a_wrong_sandbox_yaml_names_file_and_key(tmp_path: Path, slug: str, old: str, new: str, message: str) -> None:
    datasets = copied(tmp_path, slug, (old, new))
    with pytest.raises(SandboxError, match=rf"{slug}/sandbox\.yaml") as caught:
        load(datasets)
    assert caught.match(f"(?s){message}")


def test_two_datasets_cannot_have_one_address(tmp_path: Path) -> None:
    for slug in ("first", "second"):
        copied(tmp_path, CDC)
        (tmp_path / CDC).rename(tmp_path / slug)
    with pytest.raises(SandboxError, match=r"second/sandbox\.yaml: first has this host and path already"):
        load(tmp_path)


def test_a_folder_without_a_sandbox_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"expected folders with a sandbox\.yaml, found none"):
        load(tmp_path)


def load_text(folder: Path, text: bytes) -> SandboxDataset:
    """The COVID dataset with another text as its sandbox.yaml."""
    (copied(folder, CDC) / CDC / "sandbox.yaml").write_bytes(text)
    return load(folder)[CDC]


def own_text() -> str:
    return (DATASETS / CDC / "sandbox.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", ["no", "Yes", "on", "True", "~", "2026-07-01", "12:30", "0x1f", "010", "1_000", "<<"])
def test_a_plain_word_is_a_text(tmp_path: Path, word: str) -> None:
    text = own_text().replace("host: od.cdc.gov.tw", f"host: {word}", 1)
    assert load_text(tmp_path, text.encode()).file.host == word


def test_times_need_no_quotes(tmp_path: Path) -> None:
    begin = next(line for line in own_text().splitlines() if line.strip().startswith("begin: "))
    assert '"' in begin
    without_quotes = own_text().replace(begin, begin.replace('"', ""), 1)
    assert load_text(tmp_path, without_quotes.encode()).file == LOADED[CDC].file


@pytest.mark.parametrize(
    ("added", "message"),
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
def test_wrong_yaml_names_file_and_line(tmp_path: Path, added: str, message: str) -> None:
    with pytest.raises(SandboxError, match=message) as caught:
        load_text(tmp_path, f"{own_text()}\n{added}".encode())
    assert f"{CDC}/sandbox.yaml:" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"- a", "expected keys and values, found list"),
        (b"", "expected keys and values, found NoneType"),
        ("a: 臺".encode("big5"), "not UTF-8 at byte 3"),
        (b"a: " + b"x" * MAX_BYTES, "more than"),
        (b"a: " + b"[" * 3000, "nested hundreds deep"),
    ],
)
def test_a_file_without_keys_and_values_is_refused(tmp_path: Path, text: bytes, message: str) -> None:
    with pytest.raises(SandboxError, match=message):
        load_text(tmp_path, text)
