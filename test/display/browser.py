"""A headless Chromium, driven over its DevTools protocol."""

import asyncio
import base64
import os
import shutil
import subprocess
import tempfile

import aiohttp

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--hide-scrollbars",
    "--mute-audio",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--disable-background-networking",
)


class Browser:
    """One page. Messages of its console that are errors are in `errors`."""

    def __init__(self):
        self.errors = []
        self._folder = tempfile.TemporaryDirectory()
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        folder = f"--user-data-dir={self._folder.name}"
        self._process = subprocess.Popen(
            [PROGRAM, *FLAGS, *root, folder, "about:blank"],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        self._loop = asyncio.new_event_loop()
        self._number = 0
        self._loop.run_until_complete(asyncio.wait_for(self._open(self._address()), 30))

    def _address(self):
        for line in self._process.stderr:
            if "DevTools listening on " in line:
                return line.split(" on ")[1].strip()
        raise RuntimeError("chromium ended")

    async def _open(self, address):
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(address, max_msg_size=0)
        self._page = None
        target = await self._send("Target.createTarget", url="about:blank")
        attached = await self._send("Target.attachToTarget", flatten=True, **target)
        self._page = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            await self._send(domain + ".enable")

    async def _send(self, method, **params):
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._page:
            message["sessionId"] = self._page
        await self._socket.send_json(message)
        while True:
            answer = await self._socket.receive_json()
            self._note(answer)
            if answer.get("id") == message["id"]:
                if "error" in answer:
                    raise RuntimeError(answer["error"])
                return answer["result"]

    def _note(self, message):
        params = message.get("params", {})
        if message.get("method") == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append("{text} {url}".format(**{"url": "", **params["entry"]}))
        if message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(str(params["exceptionDetails"]))

    def send(self, method, **params):
        """Result of a command."""
        return self._loop.run_until_complete(asyncio.wait_for(self._send(method, **params), 30))

    def open(self, address, width=1280, height=800, theme="light"):
        """Show a page in a window of that many CSS pixels; theme: light or dark."""
        phone = width < 600
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )
        self.theme(theme)
        self.send("Page.navigate", url=address)

    def theme(self, name):
        feature = {"name": "prefers-color-scheme", "value": name}
        self.send("Emulation.setEmulatedMedia", features=[feature])

    def run(self, script):
        """Value of a JavaScript expression; a promise is waited for."""
        result = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def press(self, key):
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, text=key)

    def picture(self):
        """PNG of what the window shows."""
        return base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])

    def close(self):
        self._loop.run_until_complete(self._socket.close())
        self._loop.run_until_complete(self._session.close())
        self._loop.close()
        self._process.terminate()
        self._process.wait(timeout=20)
        self._process.stderr.close()
        try:
            self._folder.cleanup()
        except OSError:  # a child of it still writes
            shutil.rmtree(self._folder.name, ignore_errors=True)
