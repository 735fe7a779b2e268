"""A camera on the network for the tests: MJPEG over HTTP that can end, or fall silent, after some
frames.
"""
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2


class MjpegServer:
    """Serves `image` at 20 fps at .url. frames: per connection, afterwards it closes, or stays open
    and silent when `stall`. connections: how many clients came so far.
    """

    def __init__(self, image, frames, stall=False):
        self.connections = 0
        jpeg = cv2.imencode(".jpg", image)[1].tobytes()
        outer = self
        self._closing = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.connections += 1
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                try:
                    for _ in range(frames):
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

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/stream.mjpg"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
