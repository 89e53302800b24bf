"""The gate's rules as the operator sets them."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

from api.gate.limits import Limits
from api.gate.rules import GateRules, host_name, networks
from api.settings import Settings, is_loopback

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def rules_of(settings: Settings) -> GateRules:
    """The rules of a service that listens as `settings` say; InputError for what they cannot be.

    It goes by the names in `hosts` and `public_address`, by the address that it listens on and by `localhost`; where it
    listens on every address, also by this machine's name and by any literal address: a page of another site can send a
    browser here under a name that it owns, but not under an address.
    """
    listens_on_all = _is_unspecified(settings.host)
    names = {*_THIS_MACHINE, settings.host, *(one.strip() for one in settings.hosts.split(",") if one.strip())}
    if settings.public_address:
        names.add(urlsplit(settings.public_address).netloc)
    if not is_loopback(settings.host):
        names.add(socket.gethostname())
    return GateRules(
        frozenset(host_name(name) if name.count(":") < 2 or name.startswith("[") else name for name in names),
        any_address=listens_on_all,
        proxies=networks(settings.proxies),
        limits=Limits.of(settings.gate),
    )


def _is_unspecified(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False
