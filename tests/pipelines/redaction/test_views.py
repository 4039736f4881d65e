"""Views of a text: what they decode to, and where in the body each byte of them stands."""

import base64
import html.entities

import hypothesis.strategies as st
import pytest
from hypothesis import given

from pipelines.redaction import views
from pipelines.redaction.views import View, plain

UNESCAPE = views.unescape("臺😀")


def texts(data: bytes) -> list[bytes]:
    return [view.data for view in views.texts(plain(data), UNESCAPE)]


def places(view: View, body: bytes, part: bytes) -> bytes:
    """What stands in a body where a view holds a part."""
    start = view.data.index(part)
    first, last = view.locate(start, start + len(part))
    return body[first:last]


@pytest.mark.parametrize(
    ("said", "decoded"),
    [
        (b"a%4Bb%4bc", b"aKbKc"),
        (b"%25254B", b"K"),
        (b"\\u004b \\u004B \\\\u004b \\x4b \\u{4b}", b"K K K K K"),
        (b'\\/ \\" \\\\\\\\/ \\', b'/ " / '),
        (b"\\u81fa\\uD83D\\uDE00", "臺".encode() + "\ud83d\ude00".encode("utf-8", "surrogatepass")),
        (b"\\u4e2d", b"\\u4e2d"),
        (b"&#75;&#0075;&#x4b;&#X004B;&#75", b"KKKKK"),
        (b"&sol;&plus;&amp;&lowbar;", b"/+&_"),
        (b"&amp;amp;#75;", b"K"),
        (b"&#33274;&#x81fa;", "臺臺".encode()),
        (b"%zz \\ &#; &#x; & &nothing; %4", b"%zz  &#; &#x; & &nothing; %4"),
        ("K臺".encode("utf-16-le"), "K臺".encode("utf-16-le").replace(b"\0", b"")),
    ],
)
def test_what_a_text_decodes_to(said: bytes, decoded: bytes):
    assert texts(said)[-1] == decoded


def test_every_name_of_html_for_a_character_of_ascii_is_known():
    for name, mark in html.entities.html5.items():
        if name.endswith(";") and mark.isascii() and len(mark) == 1:
            assert texts(f"&{name}".encode())[1] == mark.encode()


@given(st.binary(max_size=40), st.binary(max_size=40), st.sampled_from([b"%4B", b"\\u004b", b"&#75;", b"&#x4b;"]))
def test_a_decoded_byte_is_found_where_it_stands(before: bytes, after: bytes, escaped: bytes):
    body = before + b"<<" + escaped + b"EY>>" + after
    view = UNESCAPE(plain(body))
    assert view is not None
    assert places(view, body, b"<KEY>"[1:4]).endswith(b"EY") or b"KEY" in before + after


@given(st.binary(max_size=20), st.binary(max_size=20), st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]))
def test_a_part_of_base64_is_found_at_each_of_its_beginnings(before: bytes, after: bytes, encode: object):
    secret = b"\xfb\xff<secret>"
    text = encode(before + secret + after).rstrip(b"=")  # type: ignore[operator]
    body = b'{"a": "' + text + b'"}'
    found = [view for view in views.from_base64(plain(body)) if secret in view.data]
    assert len(found) >= 1
    for view in found:
        place = places(view, body, secret)
        assert place in text
        assert len(place) in (14, 15), "80 bits are 13.3 characters, which touch 14 or 15"


@pytest.mark.parametrize("sep", ["", ":", "-", " ", "\n"])
@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_hexadecimal_is_found_in_both_cases(sep: str, case: object):
    digits = case(sep.join(f"{byte:02x}" for byte in b"secret\xfe\xff"))  # type: ignore[operator]
    body = f"<{digits}>".encode()
    assert [
        places(view, body, b"secret\xfe\xff") for view in views.from_hex(plain(body)) if b"secret" in view.data
    ] == [digits.encode()]


def test_ends_of_lines_within_base64_may_be_escaped():
    text = base64.encodebytes(bytes(range(200))).replace(b"\n", b"\\r\\n")
    assert bytes(range(200)) in b"".join(view.data for view in views.from_base64(views.unbroken(plain(text))))
    assert views.unbroken(view := plain(b"none")) is view


def test_a_place_is_told_for_what_stands_later_in_the_body():
    assert plain(b"abc", 100).locate(1, 2) == (101, 102)
