"""Which addresses may be asked: those of the public internet, and none that leads into a private network by a detour.

The lists stand here, for those of `ipaddress` differ between the patch versions of Python:
https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/iana-ipv6-special-registry
"""

import ipaddress
from collections.abc import Sequence

from catalog.errors import SourceError

_REFUSED_IPV4 = [
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by the customers of a provider
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local: where clouds tell their credentials
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
]
_UNICAST_IPV6 = ipaddress.IPv6Network("2000::/3")
"""All else is local, reserved, multicast, or an IPv4 address in another form: ::/96, ::ffff:0:0/96, 64:ff9b::/96."""
_REFUSED_IPV6 = [
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments; Teredo, which holds an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which holds an IPv4 address
        "3fff::/20",  # documentation
    )
]
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
"""The third quarter of an address whose last quarter is an IPv4 address (RFC 5214)."""


def is_public(address: str) -> bool:
    """Whether an address, as text, is one of the public internet; what is no address is not."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if not found.is_global or found.is_multicast:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return not any(found in network for network in _REFUSED_IPV4)
    if found.scope_id is not None or found not in _UNICAST_IPV6:
        return False
    return (int(found) >> 32) & 0xFFFF_FFFF not in _ISATAP and not any(found in network for network in _REFUSED_IPV6)


def refuse_private(host: str, addresses: Sequence[str]) -> None:
    """Refuse a host that leads anywhere but to public addresses; raises SourceError."""
    for address in addresses:
        if not is_public(address):
            raise SourceError(f"expected a public address for {host}, found {address}; it is not asked")
