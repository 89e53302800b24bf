"""What the gate goes by: which names it answers to, whose forwarded headers it believes, and its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from api.gate.limits import Limits
from geo.errors import InputError

Network = IPv4Network | IPv6Network
_IPV6_CLIENT_BITS: Final = 64
"""A client of IPv6 commonly has all addresses of such a network."""


@dataclass(frozen=True, slots=True)
class GateRules:
    """`hosts` are the names that a `Host` header may carry, without port and in lower case; None for all.

    `any_address` lets literal addresses through beside them: no other site can make a browser send one that is not its
    own. `proxies` are the networks whose `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Request-ID` are believed.
    """

    hosts: frozenset[str] | None = None
    any_address: bool = False
    proxies: tuple[Network, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def answers_to(self, host: bytes) -> bool:
        """Whether a `Host` header names this service."""
        return self.hosts is None or _is_ours(host, self.hosts, self.any_address)

    def trusts(self, address: str) -> bool:
        """Whether `address` is one of the named proxies."""
        return bool(self.proxies) and _within(address, self.proxies)


ANY_HOST: Final = GateRules()


def host_name(host: str) -> str:
    """The name in a `Host` header, in lower case, without port, brackets and the dot at its end."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.rpartition(":")[0].rstrip(".") if name.count(":") == 1 else name.rstrip(".")


def networks(texts: str) -> tuple[Network, ...]:
    """Addresses and networks joined by commas; InputError for one that is none."""
    try:
        return tuple(ip_network(text.strip()) for text in texts.split(",") if text.strip())
    except ValueError as reason:
        raise InputError(f"proxies: {reason}", parameter="proxies") from None


@lru_cache(maxsize=4096)
def client_of(address: str) -> str | None:
    """Under which name an address is counted; None for this machine, which is not held to limits per client.

    A proxy on this machine that nobody named would else be one client for everybody; and whoever runs programs here
    can read the data folder itself.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    mapped = getattr(found, "ipv4_mapped", None) or found
    if mapped.is_loopback:
        return None
    if mapped.version == 4:
        return str(mapped)
    return str(ip_network((int(mapped), _IPV6_CLIENT_BITS), strict=False))


@lru_cache(maxsize=256)
def _is_ours(host: bytes, names: frozenset[str], any_address: bool) -> bool:
    name = host_name(host.decode("latin-1"))
    return name in names or (any_address and _is_address(name))


@lru_cache(maxsize=4096)
def _within(address: str, proxies: tuple[Network, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in proxies)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
