"""A page with the annotated image and the people, for browsers; works only while one is open."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any, Callable, List, Type

import message_filters
import numpy as np
import rospy
from sensor_msgs.msg import Image

from lightweight_openpose.display.anonymize import OFF, HeadAnonymizer
from lightweight_openpose.display.web_state import WebState
from lightweight_openpose.files import share_dir
from lightweight_openpose.msg import HeadOrientationArray, HumanPose3DArray, HumanPoseArray
from lightweight_openpose.poses import GROUPS, Pose, find_skeleton
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.ros.messages.people import PeopleInImage
from lightweight_openpose.ros.messages.people_3d import People3D
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth, report
from lightweight_openpose.ros.plumbing.guard import guarded
from lightweight_openpose.ros.plumbing.image_topics import BUFFER_BYTES, POSE_BYTES, bits_in_use
from lightweight_openpose.ros.plumbing.retire import retire
from lightweight_openpose.ros.plumbing.sync import StampSynchronizer
from lightweight_openpose.ros.settings.web_view import WebViewSettings
from lightweight_openpose.video.jpeg import encode_jpeg

_QUEUE = 60  # images kept until the poses to hide are there


class WebViewNode:
    """Feeds the page from the topics while somebody watches."""

    def __init__(self, settings: WebViewSettings):
        try:
            from lightweight_openpose.display.web_access import is_guessable
            from lightweight_openpose.display.web_server import WebServer
        except ImportError:
            remedy = "apt install python3-aiohttp (or pip install aiohttp)"
            raise RuntimeError(f"the page needs aiohttp: {remedy}") from None
        self._quality = settings.jpeg_quality
        self._poses_3d = settings.poses_3d
        self._anonymize = settings.anonymize
        self._anonymizer = None
        if settings.anonymize != OFF:
            self._anonymizer = HeadAnonymizer(find_skeleton(settings.skeleton))
        self._health = StreamHealth()
        self._bits = bits_in_use(rospy.resolve_name("image"))
        self._state = WebState()
        self._lock = threading.Lock()
        self._subscribers: List[rospy.Subscriber] = []
        self._server = WebServer(
            share_dir() / "web",
            self._state.snapshot,
            self._on_watching,
            settings.host,
            settings.port,
            settings.token,
            settings.names.split(),
        )
        report("web view", self._health, lambda: bool(self._subscribers))
        if is_guessable(settings.host, settings.token):
            text = "%s: ~token is short enough to be guessed: take one of `openssl rand -hex 16`"
            rospy.logwarn(text, rospy.get_name())
        query = "?token=..." if settings.token else ""
        text = "%s: open http://%s:%d/%s"
        rospy.loginfo(text, rospy.get_name(), settings.host, settings.port, query)

    def close(self) -> None:
        """End the server."""
        self._server.close()

    def _on_watching(self, watched: bool) -> None:
        if watched:
            self._state.restart()
        # In a thread of its own: the master may be slow to answer.
        threading.Thread(target=self._connect, args=(watched,), daemon=True).start()

    def _connect(self, watched: bool) -> None:
        with self._lock:
            for subscriber in self._subscribers:
                retire(subscriber)
            self._subscribers = self._subscribe() if watched else []

    def _subscribe(self) -> List[rospy.Subscriber]:
        hide = self._anonymizer
        subscribers = [
            *(self._listen_to_images() if hide is None else self._listen_to_both(hide)),
            self._listen("poses", HumanPoseArray, self._on_poses),
            self._listen("heads", HeadOrientationArray, self._on_heads),
        ]
        if self._poses_3d:
            subscribers.append(self._listen("poses_3d", HumanPose3DArray, self._on_places))
        return subscribers

    def _listen_to_images(self) -> List[rospy.Subscriber]:
        on_image = guarded(self._health, self._on_image)
        return [rospy.Subscriber("image", Image, on_image, queue_size=1, buff_size=BUFFER_BYTES)]

    def _listen_to_both(self, anonymizer: HeadAnonymizer) -> List[rospy.Subscriber]:
        """No image is shown before it is known where its heads are."""
        filters = [
            message_filters.Subscriber("image", Image, queue_size=2, buff_size=BUFFER_BYTES),
            message_filters.Subscriber(
                "poses", HumanPoseArray, queue_size=10, buff_size=POSE_BYTES
            ),
        ]
        synchronizer = StampSynchronizer(filters, _QUEUE)
        on_match = guarded(self._health, partial(self._on_match, anonymizer))
        synchronizer.registerCallback(on_match)
        return [f.sub for f in filters]

    def _listen(
        self, topic: str, kind: Type[rospy.Message], callback: Callable[[Any], object]
    ) -> rospy.Subscriber:
        callback = guarded(self._health, callback)
        return rospy.Subscriber(topic, kind, callback, queue_size=5, buff_size=POSE_BYTES)

    def _on_image(self, msg: Image) -> None:
        self._show(image_to_bgr(msg, self._bits))

    def _on_match(
        self, anonymizer: HeadAnonymizer, image_msg: Image, people: PeopleInImage
    ) -> None:
        image = np.array(image_to_bgr(image_msg, self._bits))
        boxes = anonymizer.update(people.poses, image_msg.header.stamp.to_sec())
        anonymizer.anonymize(image, boxes, self._anonymize)
        self._show(image)

    def _show(self, image: np.ndarray) -> None:
        jpeg = encode_jpeg(image, self._quality)
        self._state.on_image()
        self._server.put(jpeg)

    def _on_poses(self, people: PeopleInImage) -> None:
        age = (rospy.Time.now() - people.header.stamp).to_sec()
        self._state.on_poses([_summary(pose) for pose in people.poses], age)

    def _on_heads(self, msg: HeadOrientationArray) -> None:
        self._state.on_heads(
            [(h.track_id, h.yaw, h.pitch, h.roll, *h.angle_stddev) for h in msg.heads]
        )

    def _on_places(self, people: People3D) -> None:
        places = [
            (p.track_id, *p.position[::2].tolist(), *p.velocity[::2].tolist()) for p in people.poses
        ]
        self._state.on_places(places, people.estimated)


def _summary(pose: Pose) -> tuple:
    """What the page's state takes of a person."""
    groups = pose.groups
    points = (groups[name].tolist() if name in groups else [] for name in GROUPS)
    return (pose.track_id, pose.score, pose.num_keypoints, *points)


def main() -> None:
    """Run the node."""
    params.run("web_view_node", WebViewSettings, WebViewNode)
