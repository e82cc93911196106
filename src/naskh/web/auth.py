"""Who may write: whoever has the token."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

_OFF = (
    "this server takes no articles: it was started without a token. Start it with  naskh serve --token-file FILE,  "
    "or with NASKH_TOKEN in its environment"
)
_ASKED = "give the token of the server:  Authorization: Bearer TOKEN"
_WRONG = "this is not the token of the server"

_bearer = HTTPBearer(auto_error=False, description="The token that `naskh serve` was started with.")


class Token:
    """The token of a server; it is held as a digest, so that nothing can print it.

    Args:
        token: what writers must have; None lets nobody write.

    """

    def __init__(self, token: str | None) -> None:
        self._digest = None if token is None else _digest(token)

    @property
    def is_set(self) -> bool:
        """Whether anybody may write."""
        return self._digest is not None

    def is_this(self, given: str) -> bool:
        """Whether a token is this one; the time that it takes tells nothing of either."""
        return self._digest is not None and hmac.compare_digest(_digest(given), self._digest)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


async def only_with_token(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    """Let through who has the token.

    Raises:
        HTTPException: 403, there is none; 401, it is missing or wrong.

    """
    token: Token = request.app.state.token
    if not token.is_set:
        raise HTTPException(403, _OFF)
    if given is None:
        raise HTTPException(401, _ASKED, {"WWW-Authenticate": "Bearer"})
    if not token.is_this(given.credentials):
        raise HTTPException(401, _WRONG, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
