"""The style sheet, the script and the icon: small files of the package, named by their content."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from xxhash import xxh64_hexdigest

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
#: A name carries the digest of its content, so a browser need not ask again.
_FOR_EVER = "public, max-age=31536000, immutable"


class Asset(NamedTuple):
    """A file as it is served; `address` changes with its content."""

    content: bytes
    media_type: str
    address: str


def _load() -> dict[str, Asset]:
    found = {}
    for entry in files("naskh.web").joinpath("static").iterdir():
        suffix = entry.name[entry.name.rfind(".") :]
        if suffix in _TYPES:
            content = entry.read_bytes()
            address = f"/static/{entry.name}?v={xxh64_hexdigest(content)}"
            found[entry.name] = Asset(content, _TYPES[suffix], address)
    return found


ASSETS: Mapping[str, Asset] = MappingProxyType(_load())


def address_of(name: str) -> str:
    """Where a page finds an asset."""
    return ASSETS[name].address


async def serve_asset(request: Request) -> Response:
    """The asset that the path names."""
    asset = ASSETS.get(request.path_params["name"])
    if asset is None:
        return Response("not found\n", 404, media_type="text/plain")
    asked = asset.address.partition("?")[2].encode() == request.scope["query_string"]
    kept = {"Cache-Control": _FOR_EVER if asked else "no-cache"}
    return Response(asset.content, media_type=asset.media_type, headers=kept)
