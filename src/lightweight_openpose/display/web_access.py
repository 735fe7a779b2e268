"""Who is answered over HTTP: the token, the name and the site that ask, and time to ask."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import re
import socket
from typing import Any, Callable, Dict, Iterable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

PATIENCE = 10.0  # s that a connection has to send a request's head
SLOWEST = 10.0  # s that somebody may take for an image or numbers, also in a weak WLAN
MAX_WAITING = 64  # connections that may be at that, so that they leave file descriptors to others

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
OUR_SITES = {"same-origin", "none"}  # Sec-Fetch-Site of this page, and of an address typed in
SHORT_TOKEN = 16  # characters; somebody could try all that are shorter


def is_loopback(host: str) -> bool:
    """True for an address or name that only this machine reaches."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_guessable(host: str, secret: str) -> bool:
    """Whether somebody on another machine could find a page's token by trying."""
    return not is_loopback(host) and len(secret) < SHORT_TOKEN


def host_of(header: str) -> str:
    """Name or address in a Host header, in lower case and without the port; empty if malformed."""
    match = re.fullmatch(r"(?:\[([^]]+)\]|([^][:/@]+))(?::\d*)?", header)
    return (match.group(1) or match.group(2)).lower().rstrip(".") if match else ""


def close_after(response: web.StreamResponse) -> None:
    """Give an answer of any status the headers above, and end its connection with it.

    A connection that is kept for more requests is one more that somebody can hold.
    """
    response.headers.update(HEADERS)
    response.force_close()


def is_ours(record: logging.LogRecord) -> bool:
    """False for what a log says of a bad request or of who left: anybody could fill the disk."""
    theirs = (HttpProcessingError, ConnectionError)
    return not (record.exc_info and isinstance(record.exc_info[1], theirs))


def is_from_elsewhere(request: web.BaseRequest) -> bool:
    """Whether a browser sends a request for a page of another site or port.

    A link that leads to the page is none. Old browsers do not say it, and scripts need not; nor do
    browsers where neither the name is localhost nor the connection encrypted.
    """
    sites = set(request.headers.getall("Sec-Fetch-Site", ()))
    get = request.headers.get
    is_link = get("Sec-Fetch-Mode") == "navigate" and get("Sec-Fetch-Dest") == "document"
    return not sites <= OUR_SITES and not (is_link and request.path == "/")


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

    def check(self, request: web.BaseRequest, is_open: bool) -> None:
        """Raise the HTTP error that refuses a request; is_open: no token is needed for it."""
        if is_from_elsewhere(request):
            raise web.HTTPForbidden(text="this page is not for other sites\n")
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


def _token_of(request: web.BaseRequest) -> bytes:
    """The bytes that were given; a header that is no UTF-8 comes with surrogates."""
    header = request.headers.get("Authorization", "")
    given = request.query.get("token") or header.replace("Bearer ", "", 1)
    return given.encode("utf-8", "backslashreplace")


def _close_when_silent(transport: Any) -> None:
    """Let the kernel end a connection whose other end takes nothing, or confirms nothing.

    Of numbers it would otherwise take minutes until all buffers are full and a write waits.
    """
    option = getattr(socket, "TCP_USER_TIMEOUT", None)  # of Linux
    if option is not None:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, option, int(1000 * SLOWEST))


class Doorway:
    """Makes a server's connections, and closes those that do not come to ask anything."""

    def __init__(self, server: Callable[[], Any], loop: asyncio.AbstractEventLoop):
        self._server = server
        self._loop = loop
        # The timer of each connection, oldest first.
        self._waiting: Dict[asyncio.BaseProtocol, asyncio.TimerHandle] = {}

    def __call__(self) -> Any:
        """A new connection, as asyncio's protocol factory."""
        if len(self._waiting) >= MAX_WAITING:
            self._close(next(iter(self._waiting)))
        connection = self._server()
        self._waiting[connection] = self._loop.call_later(PATIENCE, self._close, connection)
        return connection

    def asked(self, connection: Any) -> None:
        """A connection sent a request's whole head, and gets its answer."""
        self._forget(connection)
        if connection.transport is not None:
            _close_when_silent(connection.transport)

    def _forget(self, connection: Any) -> None:
        timer = self._waiting.pop(connection, None)
        if timer is not None:
            timer.cancel()

    def _close(self, connection: Any) -> None:
        self._forget(connection)
        # Not at once: of many that come together the oldest may not have its transport yet.
        self._loop.call_soon(connection.force_close)
