"""Any secret, in any encoding, at any place: it is never in what is stored, however that is decoded."""

import base64
import gzip
import html
import io
import json
import re
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

import hypothesis.strategies as st
import pytest
from archives import deflated, zipped
from hypothesis import assume, given

from pipelines.redaction import NOT_KEPT, Redacted, redact, redact_text

KEY = "MARKED-7f3c/9e+21=b0d4 5a8e"

# Decoders that share nothing with the code -------------------------------------------------------------------


def escapes(body: bytes) -> bytes:
    """Backslashes of JSON and JavaScript, one level of them."""
    hexed = re.sub(
        rb"\\+(?:u|x(?=[0-9a-fA-F]{2}))(?:00)?([0-9a-fA-F]{2})", lambda it: bytes.fromhex(it[1].decode()), body
    )
    return re.sub(rb"\\+(.)", rb"\1", hexed)


def entities(body: bytes) -> bytes:
    return html.unescape(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogatepass")


def members(body: bytes) -> Iterator[bytes]:
    for bits in (15, -15, 31):
        try:
            yield zlib.decompressobj(bits).decompress(body)
        except zlib.error:
            continue
    if zipfile.is_zipfile(io.BytesIO(body)):
        with zipfile.ZipFile(io.BytesIO(body)) as file:
            yield from (file.read(name) for name in file.namelist())


def decodings(body: bytes, depth: int = 3) -> Iterator[bytes]:
    """What a reader makes of a body, by the standard library."""
    yield body
    if not depth:
        return
    found = {unquote_to_bytes(body), escapes(body), entities(body), body.replace(b"\0", b""), *members(body)}
    for run in re.findall(rb"[A-Za-z0-9+/_\-\r\n]{11,}", body):
        text = re.sub(rb"[\r\n]", b"", run).replace(b"-", b"+").replace(b"_", b"/")
        found |= {base64.b64decode(text[at:] + b"A" * (-len(text[at:]) % 4)) for at in range(4)}
    for run in re.findall(rb"[0-9A-Fa-f]{16,}", body):
        found |= {bytes.fromhex(run[at : len(run) - (len(run) - at) % 2].decode()) for at in range(2)}
    for one in found - {body}:
        yield from decodings(one, depth - 1)


def shown(found: Redacted, secret: str) -> bool:
    return any(form in body for body in decodings(found.body) for form in (secret.encode(), secret.encode("utf-16-le")))


# Encoders ----------------------------------------------------------------------------------------------------

WAYS: dict[str, Callable[[str], str]] = {
    "raw": lambda mark: mark,
    "percent": lambda mark: "".join(f"%{byte:02X}" for byte in mark.encode()),
    "percent, small": lambda mark: "".join(f"%{byte:02x}" for byte in mark.encode()),
    "percent, twice": lambda mark: "".join(f"%25{byte:02x}" for byte in mark.encode()),
    "JSON": lambda mark: json.dumps(mark)[1:-1] if not mark.isascii() else f"\\u{ord(mark):04x}",
    "JSON, large": lambda mark: f"\\u{ord(mark):04X}" if ord(mark) < 0x10000 else json.dumps(mark)[1:-1],
    "JSON, twice": lambda mark: (
        json.dumps(json.dumps(mark)[1:-1])[1:-1] if not mark.isascii() else f"\\\\u{ord(mark):04x}"
    ),
    "backslash": lambda mark: f"\\{mark}" if not mark.isalnum() else mark,
    "decimal": lambda mark: f"&#{ord(mark)};",
    "hexadecimal": lambda mark: f"&#x{ord(mark):x};",
    "zeros": lambda mark: f"&#x000{ord(mark):X};",
    "entity": html.escape,
    "entity, twice": lambda mark: f"&amp;#{ord(mark)};",
}
AROUND = st.sampled_from(["", " ", '{"message": "', "<p>", "a=1&key=", "字", "\n", "'"])
SECRET = st.text(st.sampled_from("abzABZ0189-_./+=~ $!<>\"'#@:;{}[]字é"), min_size=8, max_size=40)


@st.composite
def mixed(draw: st.DrawFn, secret: str) -> str:
    """A secret, each character in a way of its own."""
    ways = draw(st.lists(st.sampled_from(sorted(WAYS)), min_size=len(secret), max_size=len(secret)))
    return "".join(WAYS[way](mark) for way, mark in zip(ways, secret, strict=True))


@given(st.data(), SECRET, AROUND, AROUND)
def test_any_mix_of_escapes_is_taken_out_and_all_else_stays(data: st.DataObject, secret: str, before: str, after: str):
    assume(secret not in before + "***" + after)
    written = data.draw(mixed(secret))
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        if encoding != "utf-8" and not secret.isascii():
            written = secret  # in UTF-16, other characters are known as they are only
        body = (before + written + after).encode(encoding)
        found = redact(body, {"K": secret})
        assert not shown(found, secret)
        assert (found.changed, found.refused) == (True, None)
        assert found.body == f"{before}***{after}".encode(encoding) or written is secret


BINARY: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "base64 without padding": lambda body: base64.b64encode(body).rstrip(b"="),
    "base64 of addresses": base64.urlsafe_b64encode,
    "base64 in lines": base64.encodebytes,
    "base64 in lines of JSON": lambda body: base64.encodebytes(body).replace(b"\n", b"\\r\\n"),
    "base64 of JSON": lambda body: base64.b64encode(body).replace(b"/", b"\\/"),
    "base64, percent": lambda body: base64.b64encode(body).replace(b"/", b"%2F").replace(b"+", b"%2B"),
    "hex": lambda body: body.hex().encode(),
    "large hex": lambda body: body.hex().upper().encode(),
    "hex with colons": lambda body: body.hex(":").encode(),
}


@given(
    st.data(), SECRET, st.binary(max_size=9), st.binary(max_size=9), st.sampled_from(sorted(BINARY)),
    st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]), AROUND, AROUND,
)  # fmt: skip
def test_a_secret_within_longer_base64_or_hexadecimal_is_taken_out(
    data: st.DataObject, secret: str, before: bytes, after: bytes, way: str, inner: str, left: str, right: str
):
    known = secret.isascii() or inner == "utf-8"
    written = data.draw(mixed(secret)) if known and data.draw(st.booleans()) else secret
    text = BINARY[way](before + written.encode(inner) + after).decode()
    for outer in ("utf-8", "utf-16-le", "utf-16-be"):
        found = redact(f'{left}"{text}"{right}'.encode(outer), {"K": secret})
        assert not shown(found, secret)
        assert found.changed
        assert found.refused is None
        assert found.body.startswith(f'{left}"'.encode(outer))
        assert found.body.endswith(f'"{right}'.encode(outer))


@given(SECRET, st.sampled_from(sorted(BINARY)), st.sampled_from(sorted(BINARY)), st.binary(max_size=5))
def test_encodings_within_each_other_are_seen(secret: str, inner: str, outer: str, before: bytes):
    found = redact(BINARY[outer](before + BINARY[inner](before + secret.encode())), {"K": secret})
    assert found.changed
    assert not shown(found, secret)


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "gzip, the second": lambda body: gzip.compress(b"first") + gzip.compress(body),
    "zlib": zlib.compress,
    "deflate": deflated,
    "zip": lambda body: zipped(body, zipfile.ZIP_DEFLATED),
    "stored zip": lambda body: zipped(body, zipfile.ZIP_STORED),
    "zip in zip": lambda body: zipped(zipped(body, zipfile.ZIP_DEFLATED), zipfile.ZIP_DEFLATED),
    "gzip in stored zip": lambda body: zipped(gzip.compress(body), zipfile.ZIP_STORED),
    "base64 of gzip": lambda body: base64.b64encode(gzip.compress(body)),
    "gzip of base64": lambda body: gzip.compress(base64.b64encode(body)),
}


@given(SECRET, st.sampled_from(sorted(PACKED)), st.binary(max_size=2000), st.binary(max_size=2000))
def test_a_body_with_a_secret_in_something_compressed_is_not_kept(secret: str, way: str, before: bytes, after: bytes):
    found = redact(PACKED[way](before + secret.encode() + after), {"K": secret})
    assert (found.body, found.changed) == (NOT_KEPT, True)
    assert found.refused == "expected a body without a secret of ours, found one where it cannot be taken out"


@given(st.binary(max_size=3000), st.sampled_from([bytes, *PACKED.values(), *BINARY.values()]))
def test_a_body_without_a_secret_stays_as_it_is(body: bytes, encode: Callable[[bytes], bytes]):
    encoded = encode(body)  # once: an archive holds the time
    assert redact(encoded, {"K": KEY}) == Redacted(encoded)
    encoded = encode(body + KEY.encode())
    assert redact(encoded, {}) == Redacted(encoded)


@pytest.mark.parametrize("at", [0, 1, (4 << 20) - 30, (4 << 20) - 1, 4 << 20, (8 << 20) - 7, 9_000_000 - 27])
def test_a_secret_is_found_at_any_place_of_a_long_body(at: int):
    body = bytearray(b"site,level\n" * 900_000)[: 9_000_000 - 27]
    body[at:at] = KEY.encode()
    found = redact(bytes(body), {"K": KEY})
    assert found.refused is None
    assert KEY.encode() not in found.body
    assert found.body[at : at + 3] == b"***"
    assert len(found.body) == len(body) - len(KEY) + 3


def test_a_body_that_was_cut_within_a_secret_keeps_less_than_eight_characters():
    assert redact(KEY[:-1].encode(), {"K": KEY}) == Redacted(KEY[:-1].encode()), "what is whole holds no secret"
    for encode in (
        bytes,
        gzip.compress,
        lambda body: body.hex().encode(),
        lambda body: "".join(f"%{it:02x}" for it in body).encode(),
    ):
        whole = encode(b"x" * 20 + KEY.encode())
        for end in range(len(whole)):
            found = redact(whole[:end], {"K": KEY}, cut=True)
            assert not any(KEY[:9].encode() in view for view in decodings(found.body))


def test_secrets_beside_each_other_are_all_taken_out():
    secrets = {"A": "first-secret", "B": "secret-second", "C": "first-secret-second"}
    text = "first-secret-second,secret-second,first-secret," + "first-secret" * 50
    assert redact_text(text, secrets) == "***,***,***,***"
    assert not any(value in redact_text("x".join(secrets.values()), secrets) for value in secrets.values())


@pytest.mark.parametrize(
    "secret", ["\\" * 9, "%" * 9, "*" * 9, " " * 9, "&amp;&amp;&amp;", "%41%41%41", "AAAAAAAAAAAA"]
)
def test_a_strange_secret_spoils_nothing_else(secret: str):
    assert redact_text("site,level\na,12.5", {"K": secret}) == "site,level\na,12.5"
    assert secret not in redact_text(f"site,level\na,{secret}", {"K": secret})


def test_what_holds_more_than_can_be_searched_is_not_kept(monkeypatch: pytest.MonkeyPatch):
    body = gzip.compress(bytes(3_000_000))
    assert redact(body, {"K": KEY}) == Redacted(body)
    monkeypatch.setattr("pipelines.redaction._UNPACKED_BYTES", 2_000_000)
    refused = "expected a body that can be searched for secrets, found too much compressed"
    assert redact(body, {"K": KEY}) == Redacted(NOT_KEPT, True, refused)
    assert redact(body, {}) == Redacted(body)


def seconds(body: bytes) -> float:
    began = time.process_time()
    redact(body, {"K": KEY})
    return time.process_time() - began


@pytest.mark.parametrize(
    "unit",
    [
        b"\\", b"\\\\u", b"\\u00", b"%", b"%25", b"%4D", b"&", b"&#", b"&#0", b"&amp;", b"&amp", b"M",
        KEY[:-1].encode(), b"TUFSS0VE",
        b"4d41524b", b"\0", b"\0M", b"PK\x03\x04", b"\x1f\x8b\x08\0\0\0\0\0\0\0", b"\r\n",
        b"A\r\n", b"u", KEY.encode(), b"%4dARKED-7f3c",
    ],
)  # fmt: skip
def test_the_time_is_in_proportion_to_the_body(unit: bytes):
    few, many = (seconds(unit * (size // len(unit))) for size in (200_000, 1_600_000))
    assert many < 40 * few + 0.5, "eight times as much; were each looked at from each, it would be 64 times"
