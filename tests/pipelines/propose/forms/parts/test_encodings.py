"""Which encoding a body is text in."""

import pytest

from catalog.errors import SourceError
from pipelines.propose.forms.parts.encodings import encoding_of

CHINESE = "臺北市信義區，空氣品質監測站\n" * 20


@pytest.mark.parametrize(
    ("body", "options"),
    [
        (CHINESE.encode(), {}),
        (b"\xef\xbb\xbf" + CHINESE.encode(), {}),
        (CHINESE.encode("cp950"), {"encoding": "cp950"}),
        ((CHINESE + "塩行里\n").encode("cp950", "ignore") + b"\x88\x77\n", {"encoding": "big5-uao"}),
        (CHINESE.encode("utf-16"), {"encoding": "utf-16"}),
        ("id,level\nA,1\n".encode("utf-16-le"), {"encoding": "utf-16"}),
        ("Zürich; Genève; Größe\n".encode("cp1252") * 9, {"encoding": "windows-1252"}),
    ],
)
def test_the_encoding_is_proved(body: bytes, options: dict[str, str]) -> None:
    encoded = encoding_of(body)
    assert encoded.options == options
    assert encoded.decoded(body)
    assert encoding_of(CHINESE.encode("cp950"), "big5").notes(CHINESE) == [
        "Guess: the text is in cp950, as in '臺北市信義區'."
    ]


def test_a_few_bytes_that_are_no_text_are_set_aside_and_many_are_refused() -> None:
    encoded = encoding_of(CHINESE.encode() * 20 + b"\xff\n")
    assert encoded.options == {"undecodable": "quarantine"}
    assert "1 bytes that are no text" in encoded.notes("")[0]
    with pytest.raises(SourceError, match="expected text in UTF-8 or Big5"):
        encoding_of(bytes(range(128, 256)) * 50)
