"""Which addresses of the web may be fetched: public ones, plainly written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from corpus.errors import FetchError

if TYPE_CHECKING:
    import httpx

PORTS = frozenset({80, 443, 8080, 8443})
_DEFAULT_PORT = {"http": 80, "https": 443}
# IANA's registries of special addresses; the last is where a cloud answers its own machines.
_SPECIAL_4 = [
    IPv4Network(block)
    for block in """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
    192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24
    198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32
    """.split()
]
_GLOBAL_6 = IPv6Network("2000::/3")
# Teredo and 6to4, which hold an IPv4 address for whoever relays them, are among these.
_SPECIAL_6 = [
    IPv6Network(block) for block in "2001::/23 2001:db8::/32 2002::/16 3ffe::/16 3fff::/20".split()
]
# What stands for an IPv4 address: connecting to it connects to that.
_MAPPED = [IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96")]
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_OTHER = "Save the publication as a file and add that."


def is_public(address: str) -> bool:
    """Whether an IP address is one that everybody on the internet reaches.

    An address that stands for another (IPv4 in IPv6, NAT64) is what that one is; with a zone, and
    in older forms of such a kind, it is not public. What is no IP address is not either.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.scope_id is not None:
            return False
        if not any(found in block for block in _MAPPED):
            return found in _GLOBAL_6 and not any(found in block for block in _SPECIAL_6)
        found = IPv4Address(int(found) & 0xFFFFFFFF)
    return not any(found in block for block in _SPECIAL_4)


def may_connect(address: str, port: int, loopback_ports: frozenset[int] = frozenset()) -> bool:
    """Whether an IP address may be connected to at a port; `loopback_ports` are for tests."""
    if is_public(address):
        return port in PORTS
    return port in loopback_ports and is_ip(address) and ip_address(address).is_loopback


def checked_url(url: str, loopback_ports: frozenset[int] = frozenset()) -> httpx.URL:
    """The address, taken apart by what will connect to it.

    Raises:
        FetchError: it is malformed, not of the web, names a user, another port, or a host in
            numbers other than a public IP address in its plain form.
    """
    import httpx

    try:
        found = httpx.URL(url)
        host = found.raw_host.decode("ascii").lower()
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError(f"{_short(url)} is no web address ({error}).", _OTHER) from error
    if found.scheme not in _DEFAULT_PORT:
        raise FetchError(f"{_short(url)} does not begin with http:// or https://.", _OTHER)
    if found.userinfo:
        raise FetchError(
            f"The address of {host} names a user or a password.", "Give it without them."
        )
    port = port_of(found)
    if port not in PORTS | loopback_ports:
        raise FetchError(f"{_short(url)} is at port {port}, which is not one of the web.", _OTHER)
    if not _is_plain_host(host, port, loopback_ports):
        raise FetchError(
            f"{_short(url)} does not name a public host in its plain form.",
            "Give the host's name as its publisher writes it.",
        )
    return found


def port_of(url: httpx.URL) -> int:
    """The port of an http or https address."""
    return _DEFAULT_PORT[url.scheme] if url.port is None else url.port


def check_answers(
    host: str, answers: Sequence[str], port: int, loopback_ports: frozenset[int]
) -> Sequence[str]:
    """The IP addresses that a host's name leads to.

    Raises:
        FetchError: there is none, or one of them is not public.
    """
    if not answers:
        raise FetchError(f"There is no host {host}.", "Check the address.")
    for answer in answers:
        if not may_connect(answer, port, loopback_ports):
            raise FetchError(
                f"{host} leads to {_short(answer)}, port {port}, which is not public.", _OTHER
            )
    return answers


def is_ip(host: str) -> bool:
    """Whether a host is an IP address rather than a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_plain_host(host: str, port: int, loopback_ports: frozenset[int]) -> bool:
    if is_ip(host):
        return may_connect(host, port, loopback_ports)
    labels = host.removesuffix(".").split(".")
    # Resolvers read 2130706433, 0x7f.1 and 0177.0.0.1 as addresses in numbers.
    return not _NUMBER.fullmatch(labels[-1]) and all(_LABEL.fullmatch(label) for label in labels)


def _short(text: str) -> str:
    return ascii(text[:200])[1:-1]
