"""Who is answered over HTTP: the token, the name that was asked for, and time to ask."""
from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import re
from typing import Iterable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

PATIENCE = 10.0  # s that a connection has to send a request's head
MOST_WAITING = 64  # connections that may be at that, so that they leave file descriptors to others

# The page needs nothing from elsewhere, and nobody else's page may read or frame it.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def is_loopback(host: str) -> bool:
    """True for an address or name that only this machine reaches."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_of(header: str) -> str:
    """Name or address in a Host header, in lower case and without the port; empty if malformed."""
    match = re.fullmatch(r"(?:\[([^]]+)\]|([^][:/@]+))(?::\d*)?", header)
    return (match.group(1) or match.group(2)).lower().rstrip(".") if match else ""


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Give an answer of any status the headers above."""
    response.headers.update(HEADERS)


def is_ours(record: logging.LogRecord) -> bool:
    """False for what a log says of a bad request or of who left: anybody could fill the disk."""
    theirs = (HttpProcessingError, ConnectionError)
    return not (record.exc_info and isinstance(record.exc_info[1], theirs))


class Access:
    """Lets requests in: by the token where there is one, else by the name that they ask for.

    Without that name another site could have its own name lead here, and read in a browser on this
    machine what only this machine should see (DNS rebinding).
    """

    def __init__(self, host: str, token: str, names: Iterable[str]):
        """host: address that is served on; names: further ones that may be asked for.

        Raises ValueError when the host is not loopback and there is no token.
        """
        if not token and not is_loopback(host):
            raise ValueError(
                f"a page on {host} can be seen from other machines: set ~token to a secret of your "
                "own, or ~host to 127.0.0.1"
            )
        self._token = token.encode("utf-8", "backslashreplace")
        self._names = {name.lower() for name in (host, *names)}

    def check(self, request: web.Request, is_open: bool) -> None:
        """Raise the HTTP error that refuses a request; is_open: no token is needed for it."""
        if self._token:
            if not is_open and not hmac.compare_digest(_token_of(request), self._token):
                text = "a token is needed: add ?token=... to the address\n"
                raise web.HTTPUnauthorized(text=text)
            return
        name = host_of(request.headers.get("Host", ""))
        if not is_loopback(name) and name not in self._names:
            raise web.HTTPForbidden(
                text="this page is not served under that name: ask for localhost, or add the name "
                "to ~names\n"
            )


def _token_of(request):
    """The bytes that were given; a header that is no UTF-8 comes with surrogates."""
    header = request.headers.get("Authorization", "")
    given = request.query.get("token") or header.replace("Bearer ", "", 1)
    return given.encode("utf-8", "backslashreplace")


class Doorway:
    """Makes a server's connections, and closes those that do not come to ask anything."""

    def __init__(self, server, loop: asyncio.AbstractEventLoop):
        self._server = server
        self._loop = loop
        self._waiting = {}  # connection -> timer, oldest first

    def __call__(self):
        """A new connection, as asyncio's protocol factory."""
        if len(self._waiting) >= MOST_WAITING:
            self._close(next(iter(self._waiting)))
        connection = self._server()
        self._waiting[connection] = self._loop.call_later(PATIENCE, self._close, connection)
        return connection

    def asked(self, connection) -> None:
        """A connection sent a request's whole head."""
        timer = self._waiting.pop(connection, None)
        if timer is not None:
            timer.cancel()

    def _close(self, connection):
        self.asked(connection)
        # Not at once: of many that come together the oldest may not have its transport yet.
        self._loop.call_soon(connection.force_close)
