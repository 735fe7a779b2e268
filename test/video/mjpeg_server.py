"""A camera on the network for the tests: MJPEG over HTTP that can end, or fall silent, after some
frames.
"""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2


def _jpeg(picture):
    if picture is None:
        return b"\xff\xd8\xff\xe0 no picture \xff\xd9"
    return cv2.imencode(".jpg", picture)[1].tobytes()


class MjpegServer:
    """Serves pictures at 20 fps at .url.

    image: one, a list that is sent in turn, where None is damaged, or a function that gives the
    next; frames: per connection, afterwards it closes, or stays open and silent when `stall`.
    connections: how many clients came
    so far. port: 0 for any.
    """

    def __init__(self, image, frames, stall=False, port=0):
        self.connections = 0
        jpegs = None
        if not callable(image):
            jpegs = [_jpeg(picture) for picture in (image if isinstance(image, list) else [image])]
        outer = self
        self._closing = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.connections += 1
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                try:
                    for number in range(frames):
                        if outer._closing.is_set():
                            return
                        jpeg = jpegs[number % len(jpegs)] if jpegs else _jpeg(image())
                        self.wfile.write(
                            b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
                            % len(jpeg)
                            + jpeg
                            + b"\r\n"
                        )
                        time.sleep(0.05)
                    if stall:
                        outer._closing.wait(60)
                except OSError:
                    pass  # the client went away

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/stream.mjpg"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
