"""Personal data before it is published: names, national ids, phones, mails and house addresses in a new column.

What a column holds is judged by its distinct values, so that the cost follows what is new in them. A rule that a place
or a code may fulfil by chance needs most values of the column; one that only a person's data fulfil needs a single one.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dataset import Dataset
from catalog.declaration.fields import FieldDeclaration
from catalog.reasons.measures import NoPersonal, PersonalColumn, PersonalColumns, PersonalKind
from quality.guards import GuardFinding
from quality.national_ids import SHAPE, is_national_id

PERSONAL = "guard.personal"
_EXAMPLES = 3
_MOST_NAMED = 20
_MOSTLY = 0.5
_FEWEST = 5
"""Distinct values from which on a share of them says something."""
_LOOKED_AT = 1_000
"""Texts of the shape of an id whose check digit is computed."""
_BY_CHANCE = 0.3
"""Of random codes of that shape a tenth has a right check digit: a column with no more than this is one of codes."""

# The 120 most frequent surnames, 97% of Taiwan: Ministry of the Interior, https://www.ris.gov.tw/app/portal/2121
_SURNAMES = (
    "陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏孫戴范方宋鄧杜侯傅曹薛丁卓"
    "馬董阮唐溫藍蔣石古紀姚連馮歐程湯田康姜汪白尤鄒巫黎涂龔嚴韓袁金童陸夏柳凃邵錢伍倪于譚駱熊任甘秦顧毛章史官萬俞雷粘"
)
_TWO = "歐陽|司馬|范姜|張簡|張廖|上官|諸葛"
_NO_PERSON = (
    "縣市區鄉鎮村里鄰路街巷段號站國中小學院校港口灣溪河橋島湖潭圳園"
    "廟宮寺庫壩場廠局處署部會所館隊組室司社店行魚菜瓜果米豆茶薯菇芽蔔椒蔥"
)
"""Signs in which the names of places, offices and goods end, and hardly any person's."""
_HAN = r"\p{Han}"
_NAME = rf"^(?:(?:{_TWO}){_HAN}{{1,2}}|[{_SURNAMES}]{_HAN}{{2}})$"
_SHORT_NAME = rf"^[{_SURNAMES}]{_HAN}{{1,2}}$"
_NOT_A_NAME = rf"[{_NO_PERSON}]$"
_MASKED_NAME = rf"^(?:{_TWO}|[{_SURNAMES}])(?:[○〇◯*OXＯＸ]{{1,2}}{_HAN}?|{_HAN}[○〇◯*])$"
_ADDRESSED_NAME = rf"[{_SURNAMES}]{_HAN}{{0,2}}(?:先生|小姐|女士)(?:[^紀故銅墓]|$)"
_OF_PERSONS = (
    "姓名|負責人|代表人|聯絡人|聯絡人|承辦人|申請人|所有權人|經辦人|駕駛人|患者|病患|學生|家長|[Cc]ontact person"
)
"""Titles of columns that hold persons: there a single name counts."""

_MASKED_ID = r"(?:^|[^A-Za-z0-9])[A-Z][1289A-D][0-9]{0,7}[*xX○●]{3,8}[0-9]{0,4}(?:[^A-Za-z0-9]|$)"
_PHONE = (
    r"(?:^|[^0-9.-])(?:09[0-9]{2}[- ][0-9]{3}[- ]?[0-9]{3}"  # 0912-345-678
    r"|\(0[2-8][0-9]{0,2}\) ?[0-9]{3,4}[- ]?[0-9]{3,4}"  # (02)2345-6789
    r"|0[2-8][0-9]{0,2}-[0-9]{3,4}-?[0-9]{3,4}"  # 02-23456789
    r"|\+886[- ]?[0-9][0-9 -]{6,11}[0-9])(?:[^0-9-]|$)"
    r"|(?:電話|手機|專線|傳真|[Tt][Ee][Ll])[: ]*\(?0[2-9][0-9]{7,8}"
)
_BARE_PHONE = r"^0(?:9[0-9]{8}|[2-8][0-9]{7,8})$"
_MOBILE_NUMBER = r"^9[0-9]{8}$"
"""A mobile phone in a column of integers, where its first zero is lost."""
_MAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
_COUNTED = "[0-9一二三四五六七八九十百]+"
_NUMBER = rf"{_COUNTED}(?:[-之~][0-9一二三四五六七八九十]+)*\s*號(?:[^出水公井道碼閘抽倉池]|$)"
"""A house number; not that of an exit, a gate, a park, a well or a motorway."""
_ADDRESS = (
    rf"(?:[路街巷弄段鄰]|大道)\s*{_NUMBER}|[村里鄰]{_HAN}{{0,4}}{_NUMBER}"
    r"|\bNo\. ?[0-9].{0,60}\b(?:Rd|St|Road|Street|Ave|Avenue|Blvd|Ln|Lane)\b"
)


@dataclass(frozen=True)
class _Values:
    """The distinct texts of a column."""

    texts: pa.Array
    """Of one width, without blanks at their ends."""
    raw: pa.Array
    """The same, as they are published."""

    def __len__(self) -> int:
        return len(self.texts)

    def that(self, pattern: str) -> pa.BooleanArray:
        """Return for each text whether a part of it fits a pattern (RE2)."""
        return pc.match_substring_regex(self.texts, pattern)


def look(
    dataset: Dataset,
    tables: Iterable[pa.Table],
    columns: Collection[str],
    left: Mapping[str, pa.ChunkedArray] = MappingProxyType({}),
) -> GuardFinding:
    """Look for personal data in columns.

    Args:
        dataset: the declaration. A field that `minsheng.personal` names, with a reason, is not looked at.
        tables: the rows to be published; each has the published fields.
        columns: the published fields to look at.
        left: by field, the raw texts of cells that left, if they are published in the quarantine.

    Returns:
        The finding of `guard.personal`: it trips where a column holds what looks like personal data.
    """
    tables = list(tables)
    found = []
    for field in dataset.published:
        if field.name not in columns or field.name in dataset.minsheng.personal:
            continue
        kinds = _kinds(field, [table.column(field.name) for table in tables], left.get(field.name))
        if kinds:
            examples = dict.fromkeys(text for texts in kinds.values() for text in texts)
            found.append(
                PersonalColumn(column=field.name, found=tuple(kinds), values=tuple(list(examples)[:_EXAMPLES]))
            )
    observed = PersonalColumns(count=len(found), columns=tuple(found[:_MOST_NAMED]))
    return GuardFinding(PERSONAL, "hold", not found, observed, NoPersonal())


def _kinds(
    field: FieldDeclaration, columns: list[pa.ChunkedArray], left: pa.ChunkedArray | None
) -> dict[PersonalKind, list[str]]:
    """The kinds of personal data that a column and its quarantine seem to hold, and the first examples of each."""
    # What a list of categories allows is the steward's; what does not fit it may be anything.
    texts = [*(columns if field.type == "string" and not field.categories else ()), *([left] if left else ())]
    found: dict[PersonalKind, list[str]] = dict(_of_texts(field, values)) if (values := _distinct(texts)) else {}
    if field.type == "integer" and (numbers := _distinct(columns)):
        found = dict(_some("phones", numbers, _mostly(numbers.that(_MOBILE_NUMBER)))) | found
    return found


def _distinct(columns: list[pa.ChunkedArray]) -> _Values | None:
    """The distinct values of columns, as texts; None where there are none."""
    uniques = [pc.unique(column).drop_null().cast(pa.string()) for column in columns]
    raw = pc.unique(pa.chunked_array(uniques, pa.string()))
    return _Values(pc.utf8_trim_whitespace(pc.utf8_normalize(raw, "NFKC")), raw) if len(raw) else None


def _of_texts(field: FieldDeclaration, values: _Values) -> Iterator[tuple[PersonalKind, list[str]]]:
    """Each kind of personal data that texts seem to hold, and its first examples."""
    yield from _some("names", values, _names(field, values))
    yield from _some("ids", values, _ids(values))
    yield from _some("phones", values, pc.or_(values.that(_PHONE), _mostly(values.that(_BARE_PHONE))))
    yield from _some("mails", values, values.that(_MAIL))
    yield from _some("addresses", values, values.that(_ADDRESS))


def _some(kind: PersonalKind, values: _Values, mask: pa.BooleanArray) -> Iterator[tuple[PersonalKind, list[str]]]:
    texts = values.raw.filter(mask)
    if len(texts):
        yield kind, texts[:_EXAMPLES].to_pylist()


def _mostly(mask: pa.BooleanArray) -> pa.BooleanArray:
    """A mask, if it is true of most values and they are not too few; else of none."""
    enough = len(mask) >= _FEWEST and pc.sum(mask).as_py() > _MOSTLY * len(mask)
    return mask if enough else pa.array(np.zeros(len(mask), bool))


def _names(field: FieldDeclaration, values: _Values) -> pa.BooleanArray:
    """Which values are names of persons: most look so, or the column is called so, or it says so in the text."""
    called = re.search(_OF_PERSONS, " ".join((field.title.en, field.title.zh_tw, *field.heard)))
    plausible = pc.invert(values.that(_NOT_A_NAME))
    if called:
        names = pc.and_(values.that(f"{_NAME}|{_SHORT_NAME}"), plausible)
    else:
        names = _mostly(pc.and_(values.that(_NAME), plausible))
    return pc.or_(names, values.that(f"{_MASKED_NAME}|{_ADDRESSED_NAME}"))


def _ids(values: _Values) -> pa.BooleanArray:
    """Which values hold a national id or the number of a resident certificate, whole or masked."""
    alike = values.that(SHAPE)
    places = np.flatnonzero(alike.to_numpy(zero_copy_only=False))[:_LOOKED_AT]
    right = [int(place) for place in places if is_national_id(values.texts[int(place)].as_py())]
    found = np.zeros(len(values), bool)
    if len(right) > _BY_CHANCE * len(places):
        found[right] = True
    return pc.or_(pa.array(found), values.that(_MASKED_ID))
