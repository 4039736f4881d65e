"""What looks like a person's data, and which ordinary places, codes and goods do not."""

from typing import Any

import pyarrow as pa
import pytest
from worlds import column, dataset, text

from catalog.reasons.measures import PersonalColumns
from quality.guards import GuardFinding
from quality.personal import PERSONAL, look

NAMES = ["王小明", "陳美玲", "林志豪", "張淑芬", "歐陽佩珊", "李大同"]
TOWNS = ["林口區", "石門區", "金山區", "萬里區", "馬公市", "白河區", "高樹鄉", "方寮鄉"]


def finding(values: list[Any], title: str = "column", kind: str = "string", **more: Any) -> GuardFinding:
    said = column("site", kind) | {"title": {"en": title, "zh-TW": title}}
    said |= {"unit": "1"} if kind == "number" else {}
    declared = dataset(fields=[said], **more)
    return look(declared, [pa.table({"site": pa.array(values, declared.arrow.field("site").type)})], {"site"})


def found(values: list[Any], title: str = "column", kind: str = "string", **more: Any) -> tuple[str, ...]:
    observed = finding(values, title, kind, **more).observed
    assert isinstance(observed, PersonalColumns)
    return observed.columns[0].found if observed.count else ()


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        (NAMES, ("names",)),
        (["王○明"], ("names",)),
        (["中正路", "聯絡林小姐"], ("names",)),
        (["中正路", "王大文先生"], ("names",)),
        (["a", "A123456789"], ("ids",)),
        (["Ａ１２３４５６７８９"], ("ids",)),
        (["A12345****"], ("ids",)),
        (["0912-345-678"], ("phones",)),
        (["洽 (02)2345-6789 分機 12"], ("phones",)),
        (["+886 2 2345 6789"], ("phones",)),
        (["電話：0223456789"], ("phones",)),
        ([f"091234567{i}" for i in range(6)], ("phones",)),
        (["a", "write to ming.wang@mail.example.tw please"], ("mails",)),
        (["臺北市信義路五段7號"], ("addresses",)),
        (["中正路１２３巷４號之５"], ("addresses",)),
        (["三義鄉勝興村建國路1~30號"], ("addresses",)),
        (["崙背村5鄰中山12號"], ("addresses",)),
        (["No. 7, Sec. 5, Xinyi Rd."], ("addresses",)),
        (["王小明先生 0912-345-678"], ("names", "phones")),
    ],
)
def test_what_looks_like_personal_data(values: list[str], kinds: tuple[str, ...]):
    assert found(values) == kinds


@pytest.mark.parametrize(
    "values",
    [
        TOWNS,
        ["林口", "石門", "古亭", "板橋", "高雄", "金山"],
        ["吳郭魚", "白帶魚", "馬頭魚", "黃魚", "鮭魚", "石斑魚"],
        ["高麗菜", "白蘿蔔", "黃豆芽", "馬鈴薯", "金針菇", "番茄"],
        ["石門水庫", "曾文水庫", "翡翠水庫"],
        ["中正路與中山路口", "國道1號", "台3線", "捷運南京東路站(5號出口)", "公園路3號水門", "中正路12巷口"],
        ["大安段123地號", "民生段三小段12-3地號"],
        ["2026-07-05", "2026-07-05T12:00:00+08:00", "02-28-2020", "0800-1200"],
        ["C0A520", "467490", "TW-TPE", "09007010001", "0912", "A1234567890"],
        ["0937010019", "0101090517", "1101020018", "0501110514", "2101010013", "0401180014"],
        ["user@", "@home", "a@b"],
        ["林務局", "高公局", "陳列館", "方志館", "游泳池館", "史前館"],
        [],
        [None],
        [""],
    ],
)
def test_what_places_codes_times_and_goods_look_like(values: list[str]):
    assert found(values) == ()


def test_in_a_column_of_persons_one_name_is_enough():
    assert found(["王明", "某公司"], "負責人") == ("names",)
    assert found(["王明", "某公司"], "品名") == ()


def test_codes_of_the_shape_of_an_id_are_not_ids_where_their_check_digits_are_random():
    codes = [f"A1{number:08d}" for number in range(10_000, 10_200)]
    assert found(codes) == ()
    assert found([*codes[:2], "A123456789", "F131104093", "A223456781"]) == ("ids",)


@pytest.mark.parametrize(
    ("kind", "values", "kinds"),
    [
        ("integer", [912345670 + i for i in range(6)], ("phones",)),
        ("integer", [100, 912345678, 20, 35, 7, 8], ()),
        ("number", [912345678.0] * 6, ()),
    ],
)
def test_numbers(kind: str, values: list[Any], kinds: tuple[str, ...]):
    assert found(values, kind=kind) == kinds


def test_the_first_values_are_for_stewards_and_the_kinds_for_all():
    trips = finding(["王小明先生", "0912-345-678", "0912-345-679", "0912-345-670"])
    assert (trips.id, trips.severity, trips.success) == (PERSONAL, "hold", False)
    assert isinstance(trips.observed, PersonalColumns)
    assert trips.observed.columns[0].values == ("王小明先生", "0912-345-678", "0912-345-679")
    assert trips.observed.public().columns[0].values == ()


def test_a_column_with_a_declared_reason_is_not_looked_at_nor_one_that_is_not_asked_for():
    assert found(NAMES, personal={"site": text("Offices.")}) == ()
    declared = dataset()
    table = pa.table({"site": NAMES, "level": [1.0] * len(NAMES)})
    assert look(declared, [table], {"level"}).success
    assert look(declared, [], {"site"}).success
    assert not look(declared, [table.slice(0, 3), table.slice(3)], {"site"}).success, "of all partitions together"
