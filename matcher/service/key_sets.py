"""
The public keys of other issuers, fetched once and kept; a key that is new there is fetched at once.

A key that nobody knows costs one look, and not a look per request: whoever makes up key ids cannot
make us ask the issuer all day.
"""

import json
import threading
import time
from typing import Any, Final

import httpx2
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet
from joserfc.util import urlsafe_b64decode

from matcher.errors import Unavailable

KEPT_SECONDS: Final = 3600.0
FORCED_SECONDS: Final = 30.0
TIMEOUT_SECONDS: Final = 5.0
LONGEST_BODY: Final = 256 * 1024

_kept: dict[str, tuple[float, KeySet]] = {}
_forced: dict[str, float] = {}
_lock = threading.Lock()


def keys_for(url: str, token: str) -> KeySet:
    """
    Return the key of an issuer that a token names, as a set of one.

    A token without a key id is taken when the issuer has one key alone.

    Raises
    ------
    InvalidKeyIdError
        The issuer has no such key, also after a fresh look.
    Unavailable
        The issuer cannot be reached.
    """
    wanted = unverified_header(token).get("kid")
    found = _chosen(_keys(url), wanted)
    if found is None and _may_force(url):
        found = _chosen(_fetched_keys(url), wanted)
    if found is None:
        raise InvalidKeyIdError("no such key")
    return found


def unverified(token: str, claim: str) -> str:
    """Return what a token claims before anything of it is checked: to choose who can check it."""
    return str(_part(token, 1).get(claim, ""))


def unverified_header(token: str) -> dict[str, Any]:
    """Return a token's header, before anything of it is checked."""
    return _part(token, 0)


def fetched(url: str) -> Any:
    """
    Return a JSON document of an issuer.

    Raises
    ------
    Unavailable
        It cannot be reached, or does not answer with such a document.
    """
    try:
        with (
            httpx2.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client,
            client.stream("GET", url) as answer,
        ):
            answer.raise_for_status()
            body = b""
            for block in answer.iter_bytes():
                body += block
                if len(body) > LONGEST_BODY:
                    raise ValueError("too long")
            return json.loads(body)
    except (httpx2.HTTPError, ValueError) as error:
        raise Unavailable("The sign-in service cannot be reached; try again later.") from error


def _keys(url: str) -> KeySet:
    with _lock:
        at, keys = _kept.get(url, (0.0, None))
    if keys is None or time.monotonic() - at > KEPT_SECONDS:
        return _fetched_keys(url)
    return keys


def _fetched_keys(url: str) -> KeySet:
    # Not under the lock: who asks for a key that is here need not wait for a slow issuer.
    keys = KeySet.import_key_set(fetched(url))
    with _lock:
        _kept[url] = time.monotonic(), keys
    return keys


def _may_force(url: str) -> bool:
    with _lock:
        now = time.monotonic()
        if now - _forced.get(url, -FORCED_SECONDS) < FORCED_SECONDS:
            return False
        _forced[url] = now
        return True


def _chosen(keys: KeySet, wanted: object) -> KeySet | None:
    if wanted is None:
        return keys if len(keys.keys) == 1 else None
    found = [key for key in keys.keys if key.kid == wanted]
    return KeySet(found) if found else None


def _part(token: str, number: int) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("not a signed token")
    try:
        found = json.loads(urlsafe_b64decode(parts[number].encode()))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("not a signed token")
    return found
