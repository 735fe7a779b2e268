"""The page, its live image and its numbers over HTTP (aiohttp)."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from pathlib import Path
from typing import Any, AsyncIterator, Callable, Iterable, Optional, Tuple

from aiohttp import web

from .web_access import SLOWEST, Access, Doorway, close_after, is_ours
from .web_frames import Frames
from .web_rate import Guesses, RateLimit
from .web_viewers import MAX_VIEWERS, Viewers, viewer_of

PERIOD = 0.2  # s between the numbers sent to a page
_NEXT_PART = b"\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\n"
log = logging.getLogger(__name__)
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


def _answer(path: Path) -> dict:
    """What web.Response needs for a file of the page."""
    return {"body": path.read_bytes(), "content_type": TYPES[path.suffix], "charset": "utf-8"}


def _note(_: asyncio.AbstractEventLoop, context: dict) -> None:
    """What a bad request made fail inside of aiohttp: anybody could fill the disk with it."""
    log.debug("%s: %r", context["message"], context.get("exception"))


class WebServer:
    """Serves in a thread of its own.

    snapshot() -> JSON-ready numbers; watching(bool) is called when the first viewer comes and after
    the last has left, both in the server's loop. Raises ValueError when host is not loopback and
    there is no token, OSError when the port is taken.
    """

    def __init__(
        self,
        pages: Path,
        snapshot: Callable[[], dict],
        watching: Callable[[bool], None],
        host: str = "127.0.0.1",
        port: int = 8080,
        token: str = "",
        names: Iterable[str] = (),
    ):
        """pages: folder of index.html and what it needs; names: see Access."""
        self._access = Access(host, token, names)
        self._rate = RateLimit()
        self._guesses = Guesses()
        self._doorway: Doorway
        self._parts = {f"/{p.name}": _answer(p) for p in pages.iterdir() if p.suffix in TYPES}
        self._page = self._parts.pop("/index.html")
        self._handlers = {
            "/": self._on_page,
            "/stream": self._on_stream,
            "/events": self._on_events,
            "/api/people": self._on_people,
            **dict.fromkeys(self._parts, self._on_page),
        }
        self._snapshot = snapshot
        self._watching = watching
        self._frames: Frames
        self._loop = asyncio.new_event_loop()
        self._viewers = Viewers(self._loop, self._on_watching)
        self._ready = threading.Event()
        self._failure: Optional[OSError] = None
        self._thread = threading.Thread(target=self._serve, args=(host, port), daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def put(self, jpeg: bytes) -> None:
        """Show a JPEG; from any thread."""
        self._loop.call_soon_threadsafe(self._frames.put, jpeg)

    def close(self) -> None:
        """Stop serving."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    def _serve(self, host: str, port: int) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(_note)
        self._frames = Frames()
        log.addFilter(is_ours)
        try:
            server, listening = self._loop.run_until_complete(self._listen(host, port))
        except OSError as error:
            self._failure = OSError(
                f"cannot serve on {host}:{port}: {error.strerror}; set ~port to another one"
            )
            return
        finally:
            self._ready.set()
        self._loop.run_forever()
        listening.close()
        # Again and again: wait_for loses a cancellation that comes together with its result.
        while asyncio.all_tasks(self._loop):
            viewers = asyncio.all_tasks(self._loop)
            for task in viewers:
                task.cancel()
            self._loop.run_until_complete(asyncio.wait(viewers, timeout=PERIOD))
        self._loop.run_until_complete(server.shutdown())

    async def _listen(self, host: str, port: int) -> Tuple[Any, asyncio.AbstractServer]:
        server = web.Server(self._answer, access_log=None, logger=log, lingering_time=0)
        self._doorway = Doorway(server, self._loop)
        return server, await self._loop.create_server(self._doorway, host, port)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer any request; its connection ends with that."""
        self._doorway.asked(request.protocol)
        try:
            handler = await self._let_in(request)
            response = await handler(request)
        except web.HTTPException as refusal:
            close_after(refusal)
            raise
        close_after(response)
        return response

    async def _let_in(self, request: web.BaseRequest) -> Callable:
        """What answers a request; raises the HTTP error that refuses it."""
        # The page's parts say nothing of the robot, and the page asks for them by name alone. A
        # refusal would cost as much as they do, so they are not counted.
        is_open = request.path in self._parts
        try:
            self._access.check(request, is_open)
        except web.HTTPUnauthorized:
            await self._guesses.wait()
            raise
        if not is_open and not self._rate.allows():
            raise web.HTTPTooManyRequests(text="too many requests: wait a moment\n")
        if any(v.lower() != "100-continue" for v in request.headers.getall("Expect", ())):
            raise web.HTTPExpectationFailed(text="this cannot be expected\n")
        if request.path not in self._handlers:
            raise web.HTTPNotFound()
        if request.method not in ("GET", "HEAD"):
            raise web.HTTPMethodNotAllowed(request.method, ["GET", "HEAD"])
        return self._handlers[request.path]

    async def _on_page(self, request: web.BaseRequest) -> web.Response:
        return web.Response(**self._parts.get(request.path, self._page))

    async def _on_people(self, request: web.BaseRequest) -> web.Response:
        """For scripts: counts as watching for a while, since numbers are only made while somebody
        watches.
        """
        self._viewers.glance()
        return web.json_response(self._snapshot())

    async def _on_stream(self, request: web.BaseRequest) -> web.StreamResponse:
        content_type = "multipart/x-mixed-replace; boundary=frame"
        return await self._send(request, content_type, self._jpegs(request))

    async def _jpegs(self, request: web.BaseRequest) -> AsyncIterator[bytes]:
        """Each frame with the beginning of the next part: a browser shows it when that has come.

        So a header cannot say how long its frame is.
        """
        yield _NEXT_PART
        number = -1
        # Who left is not noticed by sending while no image comes.
        while request.transport is not None:
            try:
                number, jpeg = await asyncio.wait_for(self._frames.after(number), PERIOD)
            except asyncio.TimeoutError:
                continue
            if jpeg is not None:
                yield jpeg + _NEXT_PART

    async def _on_events(self, request: web.BaseRequest) -> web.StreamResponse:
        return await self._send(request, "text/event-stream", self._events())

    async def _events(self) -> AsyncIterator[bytes]:
        while True:
            yield f"data: {json.dumps(self._snapshot())}\n\n".encode()
            await asyncio.sleep(PERIOD)

    async def _send(
        self, request: web.BaseRequest, content_type: str, parts: Any
    ) -> web.StreamResponse:
        """Send parts to a viewer until it leaves, or takes too long for one."""
        response = web.StreamResponse(headers={"Content-Type": content_type})
        transport = request.transport
        if request.method == "HEAD" or transport is None:
            return response
        who = viewer_of(request.query.get("viewer", ""))
        if not self._viewers.enter(who, request.path, transport):
            raise web.HTTPServiceUnavailable(text=f"{MAX_VIEWERS} are watching already\n")
        close_after(response)
        try:
            await response.prepare(request)
            async for part in parts:
                late = self._loop.call_later(SLOWEST, self._viewers.drop, who)
                try:
                    await response.write(part)
                finally:
                    late.cancel()
        except ConnectionError:
            pass
        finally:
            self._viewers.leave(who, request.path, transport)
            await parts.aclose()
        return response

    def _on_watching(self, is_watched: bool) -> None:
        if is_watched:
            self._frames.forget()
        self._watching(is_watched)
