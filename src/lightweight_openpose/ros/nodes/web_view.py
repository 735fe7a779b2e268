"""A page with the annotated image and the people, for browsers; works only while one is open."""
from __future__ import annotations

import threading

import cv2
import rospy
from sensor_msgs.msg import Image

from lightweight_openpose.display.web_state import WebState
from lightweight_openpose.files import share_dir
from lightweight_openpose.msg import HeadOrientationArray, HumanPose3DArray, HumanPoseArray
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth
from lightweight_openpose.ros.plumbing.image_topics import BUFFER_BYTES
from lightweight_openpose.video.images import BadImage


class WebViewNode:
    def __init__(self, host: str, port: int, token: str, quality: int):
        """quality: of the JPEGs, 1..100."""
        try:
            from lightweight_openpose.display.web_server import WebServer
        except ImportError:
            raise RuntimeError("the page needs aiohttp: apt install python3-aiohttp (or pip install aiohttp)") from None
        self._quality, self._health, self._state = quality, StreamHealth(), WebState()
        self._lock, self._subscribers = threading.Lock(), []
        self._server = WebServer(share_dir() / "web" / "index.html", self._state.snapshot, self._on_watching, host, port, token)
        rospy.loginfo("%s: open http://%s:%d/%s", rospy.get_name(), host, port, "?token=..." if token else "")

    def close(self) -> None:
        self._server.close()

    def _on_watching(self, watched):
        threading.Thread(target=self._connect, args=(watched,), daemon=True).start()  # the master may be slow to answer

    def _connect(self, watched):
        with self._lock:
            for subscriber in self._subscribers:
                subscriber.unregister()
            self._subscribers = []
            if watched:
                self._subscribers = [
                    rospy.Subscriber("image", Image, self._on_image, queue_size=1, buff_size=BUFFER_BYTES),
                    rospy.Subscriber("poses", HumanPoseArray, self._on_poses, queue_size=5),
                    rospy.Subscriber("heads", HeadOrientationArray, self._on_heads, queue_size=5),
                    rospy.Subscriber("poses_3d", HumanPose3DArray, self._on_poses_3d, queue_size=5)]

    def _on_image(self, msg):
        try:
            ok, jpeg = cv2.imencode(".jpg", image_to_bgr(msg), [cv2.IMWRITE_JPEG_QUALITY, self._quality])
        except BadImage as error:
            self._health.fail(error)
            return
        if ok:
            self._server.put(jpeg.tobytes())

    def _on_poses(self, msg):
        age = (rospy.Time.now() - msg.header.stamp).to_sec()
        self._state.on_poses([(p.track_id, p.score, p.num_keypoints) for p in msg.poses], age)

    def _on_heads(self, msg):
        self._state.on_heads([(h.track_id, h.yaw, h.pitch, h.roll) for h in msg.heads])

    def _on_poses_3d(self, msg):
        self._state.on_places([(p.track_id, p.position.z, msg.estimated) for p in msg.poses])


def make_node() -> WebViewNode:
    """Node from the private parameters (config/web_view.yaml)."""
    return WebViewNode(params.get("host", "127.0.0.1"), params.get("port", 8080, 1, 65535), params.get("token", ""),
                       params.get("jpeg_quality", 75, 1, 100))


def main() -> None:
    params.run("web_view_node", make_node)
