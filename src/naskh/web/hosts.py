"""The names by which the server may be asked.

A page of the internet can have its own name resolve to this machine, and then its script may read what a server
here answers to that name (DNS rebinding). A server for this machine alone hence answers to no other name.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from naskh.web.problems import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

#: The names of this machine.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def is_loopback(address: str) -> bool:
    """Whether nothing but this machine reaches what listens on an address, which is one in figures."""
    found = ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback


def names_of(address: str, host: str, allowed: Collection[str]) -> frozenset[str] | None:
    """The names to which a server answers; None is any.

    Args:
        address: on which it listens.
        host: the name or address by which that was asked for.
        allowed: more names. Where there are any, a server that others reach is held to its names too.

    """
    if not allowed and not is_loopback(address):
        return None
    names = (address, host, *allowed)
    return LOOPBACK | {f"[{name}]" if ":" in name and not name.startswith("[") else name for name in names}


class Hosts:
    """Answers to some names only.

    Args:
        app: what answers.
        names: the names, without a port; None is any.

    """

    def __init__(self, app: ASGIApp, names: Collection[str] | None) -> None:
        self._app = app
        self._names = None if names is None else frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that was sent to one of the names."""
        if scope["type"] != "http" or self._names is None or _host(scope) in self._names:
            await self._app(scope, receive, send)
            return
        said = "this server does not answer to that name;  naskh serve --allow-host NAME  lets it"
        await problem(421, said)(scope, receive, send)


def _host(scope: Scope) -> str:
    """The name to which a request was sent, without the port."""
    given = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1").lower()
    name, colon, port = given.rpartition(":")
    return name if colon and port.isdigit() else given
