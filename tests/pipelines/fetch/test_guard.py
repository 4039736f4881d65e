"""Addresses that lead into a private network, in whatever way they are written; and those of the public internet."""

import ipaddress
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given
from worlds import AGENCIES, declaration

from catalog.declaration.dataset import Agency, Dataset
from catalog.errors import SourceError
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.guard import is_public, refuse_private
from pipelines.fetch.transport import FetchLimits

IPv4, IPv6 = ipaddress.IPv4Address, ipaddress.IPv6Address
NOT_PUBLIC_IPV4 = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4",
]  # fmt: skip
NOT_PUBLIC_IPV6 = [
    "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64",
    "2001::/32", "2001:2::/48", "2001:10::/28", "2001:db8::/32", "2002::/16", "3fff::/20", "4000::/3", "5f00::/16",
    "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "61.57.63.1", "117.56.5.1", "2001:4860:4860::8888", "2400:cb00::1", "2606:4700::1111"]


def within(network: str) -> st.SearchStrategy[str]:
    """Any address of a network, as text."""
    found = ipaddress.ip_network(network)
    first, last = int(found[0]), int(found[-1])
    return st.integers(first, last).map(lambda number: str(type(found[0])(number)))


PRIVATE_IPV4 = st.sampled_from(NOT_PUBLIC_IPV4).flatmap(within).map(IPv4)
TRANSITIONS = {
    "compatible": lambda inner, _: inner,
    "mapped": lambda inner, _: 0xFFFF << 32 | inner,
    "translated": lambda inner, _: 0xFFFF << 48 | inner,
    "NAT64": lambda inner, _: 0x64FF9B << 96 | inner,
    "NAT64 of a site": lambda inner, more: 0x64FF9B0001 << 80 | (more % 2**48) << 32 | inner,
    "6to4": lambda inner, more: 0x2002 << 112 | inner << 80 | more % 2**80,
    "Teredo": lambda inner, more: 0x20010000 << 96 | (more % 2**64) << 32 | inner ^ 0xFFFFFFFF,
    "ISATAP": lambda inner, more: 0x2400CB00 << 96 | (more % 2**32) << 64 | 0x5EFE << 32 | inner,
    "ISATAP, unique": lambda inner, more: 0x2606 << 112 | (more % 2**48) << 64 | 0x2005EFE << 32 | inner,
}


@given(st.sampled_from(NOT_PUBLIC_IPV4 + NOT_PUBLIC_IPV6).flatmap(within))
def test_no_address_of_a_special_network_is_public(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("network", NOT_PUBLIC_IPV4 + NOT_PUBLIC_IPV6)
def test_neither_end_of_a_special_network_is_public(network: str):
    found = ipaddress.ip_network(network)
    assert not is_public(str(found[0]))
    assert not is_public(str(found[-1]))


@given(PRIVATE_IPV4, st.sampled_from(sorted(TRANSITIONS)), st.integers(0, 2**128 - 1))
def test_no_private_address_hides_in_another_form(inner: IPv4, form: str, more: int):
    address = IPv6(TRANSITIONS[form](int(inner), more))
    assert not is_public(str(address)), (form, address.exploded)
    assert not is_public(address.exploded)


@given(st.ip_addresses())
def test_what_ipaddress_does_not_call_global_is_not_public(address: IPv4 | IPv6):
    assert address.is_global or not is_public(str(address))


@given(st.one_of(st.ip_addresses(v=6), st.just(IPv6("fe80::1")), st.just(IPv6("2606:4700::1111"))))
def test_no_address_of_one_link_is_public(address: IPv6):
    assert not is_public(f"{address}%eth0")


@given(st.ip_addresses(v=4), st.lists(st.sampled_from(PUBLIC)))
def test_other_addresses_are_public(address: IPv4, others: list[str]):
    special = any(address in ipaddress.IPv4Network(network) for network in NOT_PUBLIC_IPV4)
    assert is_public(str(address)) == (address.is_global and not special)
    refuse_private("waters.example", others)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_public(address: str):
    assert is_public(address)


@pytest.mark.parametrize("address", ["", "waters.example", "1.2.3", "0x7f.1", "2130706433", "::1%", "8.8.8.8/32"])
def test_what_is_no_address_is_not_public(address: str):
    assert not is_public(address)


def test_one_private_address_among_public_ones_is_enough():
    with pytest.raises(SourceError, match=r"expected a public address for waters\.example, found 10\.1\.2\.3; it is"):
        refuse_private("waters.example", [*PUBLIC, "10.1.2.3"])


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["64:ff9b::a00:1"], ["fe80::1%eth0"]])
def test_an_agency_whose_name_leads_inside_is_not_asked(addresses: list[str]):
    source = {"protocol": "file", "address": "https://waters.example/x.csv", "format": "csv"}
    said = Dataset.load(declaration(source=source), "x")
    looked_up: list[str] = []

    def look_up(host: str, seconds: float | None) -> list[str]:
        looked_up.append(host)
        return addresses

    fetcher = Fetcher({}, FetchLimits(attempts=1), look_up=look_up)
    fetched = fetcher.fetch(said, Path(), Agency.model_validate(AGENCIES["waters"]), None)
    assert str(fetched.why).startswith("expected a public address for waters.example, found ")
    assert (looked_up, fetched.pages) == (["waters.example"], ())
