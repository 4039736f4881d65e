"""Digests, canonical forms, and ranges of numbers."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.release.digest import canonical, numbers, ranges, sealed, sha256, unsealed


@given(st.sets(st.integers(1, 60)))
def test_ranges_and_numbers_are_inverse(found: set[int]):
    listed = ranges(found)
    assert numbers(listed) == tuple(sorted(found))
    assert all(second[0] - first[1] > 1 for first, second in itertools.pairwise(listed))


def test_ranges_have_both_ends():
    assert ranges([7, 3, 1, 2, 2]) == [[1, 3], [7, 7]]
    assert ranges([]) == []


def test_the_order_of_keys_does_not_change_the_canonical_form() -> None:
    assert canonical({"b": [1.0, None], "a": "空氣"}) == canonical({"a": "空氣", "b": [1, None]})
    assert canonical({"b": [1.0, None], "a": "空氣"}) == '{"a":"空氣","b":[1,null]}'.encode()


def test_what_is_no_json_has_no_canonical_form() -> None:
    with pytest.raises(ValueError, match="nan"):
        canonical(float("nan"))


def test_the_digest_is_that_of_the_standard() -> None:
    # FIPS 180-2, appendix B.1
    assert sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_sealed_document_comes_back_plain_and_whole() -> None:
    assert unsealed(sealed({"a": "臺", "b": [1.5, None]})) == ({"a": "臺", "b": [1.5, None]}, True)
    assert unsealed(b'{"a": 1}') == ({"a": 1}, True), "from before there were seals"


@pytest.mark.parametrize(
    "body", [b'{"a": 1, "sha256": null}', b'{"a": 1, "sha256": "0"}', b'{"a": 1e999, "sha256": "0"}', b'{"sha256": {}}']
)
def test_another_seal_is_not_whole(body: bytes) -> None:
    assert not unsealed(body).whole


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"\xff", '{"a": 1}'.encode("utf-16")])
def test_what_is_no_object_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        unsealed(body)
