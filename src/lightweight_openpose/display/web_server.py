"""The page, its live image and its numbers over HTTP (aiohttp)."""
from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import threading
from pathlib import Path
from typing import Callable

from aiohttp import web

PERIOD = 0.2     # s between the numbers sent to a page
LINGER = 3.0     # s after the last viewer left until nobody counts as watching


class Frames:
    """The newest JPEG, handed to every viewer: one encoding serves all of them."""

    def __init__(self):
        self.viewers = 0
        self._jpeg, self._number, self._fresh = None, 0, asyncio.Event()

    def put(self, jpeg: bytes) -> None:
        self._jpeg, self._number = jpeg, self._number + 1
        fresh, self._fresh = self._fresh, asyncio.Event()
        fresh.set()

    async def after(self, number: int):
        """(number, JPEG) of the newest frame, as soon as it is a later one."""
        while self._number == number:
            await self._fresh.wait()
        return self._number, self._jpeg


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class WebServer:
    """Serves in a thread of its own. snapshot() -> JSON-ready numbers; watching(bool) is called when the first viewer comes and
    after the last has left. Raises ValueError when host is not loopback and there is no token, OSError when the port is taken.
    """

    def __init__(self, page: Path, snapshot: Callable[[], dict], watching: Callable[[bool], None], host: str = "127.0.0.1",
                 port: int = 8080, token: str = ""):
        if not token and not is_loopback(host):
            raise ValueError(f"a page on {host} can be seen from other machines: set ~token to a secret of your own, or ~host to "
                             "127.0.0.1")
        self._page, self._snapshot, self._watching, self._token = page.read_text(), snapshot, watching, token
        self._frames, self._watched, self._leaving = None, False, None
        self._loop = asyncio.new_event_loop()
        self._ready, self._failure = threading.Event(), None
        self._thread = threading.Thread(target=self._serve, args=(host, port), daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def put(self, jpeg: bytes) -> None:
        """Show a JPEG; from any thread."""
        self._loop.call_soon_threadsafe(self._frames.put, jpeg)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    def _serve(self, host, port):
        asyncio.set_event_loop(self._loop)
        self._frames = Frames()
        app = web.Application(middlewares=[self._check])
        app.add_routes([web.get("/", self._on_page), web.get("/stream", self._on_stream), web.get("/events", self._on_events),
                        web.get("/api/people", self._on_people)])
        runner = web.AppRunner(app, access_log=None)
        try:
            self._loop.run_until_complete(runner.setup())
            self._loop.run_until_complete(web.TCPSite(runner, host, port).start())
        except OSError as error:
            self._failure = OSError(f"cannot serve on {host}:{port}: {error.strerror}; set ~port to another one")
            return
        finally:
            self._ready.set()
        self._loop.run_forever()
        viewers = asyncio.all_tasks(self._loop)
        for task in viewers:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*viewers, return_exceptions=True))
        self._loop.run_until_complete(runner.cleanup())

    @web.middleware
    async def _check(self, request, handler):
        given = request.query.get("token") or request.headers.get("Authorization", "").replace("Bearer ", "", 1)
        if self._token and not hmac.compare_digest(given.encode(), self._token.encode()):
            raise web.HTTPUnauthorized(text="a token is needed: add ?token=... to the address\n")
        return await handler(request)

    async def _on_page(self, request):
        return web.Response(text=self._page, content_type="text/html")

    async def _on_people(self, request):
        """For scripts: counts as watching for a while, since numbers are only made while somebody watches."""
        self._enter()
        self._leave()
        return web.json_response(self._snapshot())

    async def _on_stream(self, request):
        response = web.StreamResponse(headers={"Content-Type": "multipart/x-mixed-replace; boundary=frame",
                                               "Cache-Control": "no-store"})
        await response.prepare(request)
        self._enter()
        number = -1
        try:
            while True:
                number, jpeg = await self._frames.after(number)
                if jpeg is not None:
                    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
                    await response.write(head + jpeg + b"\r\n")
        except (ConnectionResetError, asyncio.CancelledError):
            pass
        finally:
            self._leave()
        return response

    async def _on_events(self, request):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        self._enter()
        try:
            while True:
                await response.write(f"data: {json.dumps(self._snapshot())}\n\n".encode())
                await asyncio.sleep(PERIOD)
        except (ConnectionResetError, asyncio.CancelledError):
            pass
        finally:
            self._leave()
        return response

    def _enter(self):
        self._frames.viewers += 1
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if not self._watched:
            self._watched = True
            self._watching(True)

    def _leave(self):
        self._frames.viewers -= 1
        if not self._frames.viewers:
            self._leaving = self._loop.call_later(LINGER, self._left)

    def _left(self):
        self._leaving, self._watched = None, False
        self._watching(False)
