"""One camera's topics, tracker and health in the estimator's node."""
from __future__ import annotations

import time

import rospy

from lightweight_openpose.msg import HumanPoseArray
from lightweight_openpose.ros.messages.people import poses_to_msg
from lightweight_openpose.ros.plumbing.diagnostics import (
    StreamHealth,
    publish_diagnostics,
    summarise,
)
from lightweight_openpose.ros.plumbing.image_topics import (
    BUFFER_BYTES,
    image_topic,
    image_type,
    why_no_images,
)
from lightweight_openpose.ros.plumbing.lazy import LazySubscriptions

SILENCE = 5.0  # s without images after which the node says why


class Stream:
    def __init__(self, name: str, transport: str, tracker, put, add_status):
        """name: of the camera, "" for the only one: topics `image` and `~poses`, else `<name>/image` and `~<name>/poses`;
        tracker: a Tracker, or None to publish poses without ids; put(stream, msg): takes images;
        add_status(status): more lines for the diagnostics.
        """
        prefix = f"{name}/" if name else ""
        self.topic, self.health = image_topic(transport, f"{prefix}image"), StreamHealth()
        self._type, self._tracker, self._put, self._add_status = image_type(transport), tracker, put, add_status
        self._warned = False
        self._inputs = LazySubscriptions(self._subscribe)
        self._publisher = self._inputs.advertise(f"~{prefix}poses", HumanPoseArray)
        self._diagnostics = publish_diagnostics("pose estimator" + (f": {name}" if name else ""), self._fill_status)

    def start(self) -> None:
        self._inputs.update()

    def publish(self, msg, image, poses, skeleton) -> None:
        """Track and publish the poses of an image."""
        if self._tracker is not None:
            poses = self._tracker.update(poses, msg.header.stamp.to_sec(), image)
        self._publisher.publish(poses_to_msg(poses, msg.header, image.shape[0], image.shape[1], skeleton))
        self.health.processed.tick()
        self.health.age_ms = (rospy.Time.now() - msg.header.stamp).to_sec() * 1000

    def _subscribe(self):
        self.health.last_received = time.monotonic()
        return [rospy.Subscriber(self.topic, self._type, self._on_image, queue_size=1, buff_size=BUFFER_BYTES)]

    def _on_image(self, msg):
        self.health.receive()
        self._put(self, msg)

    def _fill_status(self, status):
        wanted = self._inputs.wanted
        summarise(status, self.health, wanted, SILENCE)
        self._warn_if_silent(wanted)
        health = self.health
        for key, value in (("image topic", self.topic), ("fps in", f"{health.received():.1f}"),
                           ("fps out", f"{health.processed():.1f}"), ("bad frames", health.bad),
                           ("input age at publishing [ms]", f"{health.age_ms:.0f}"), ("last error", health.last_error)):
            status.add(key, str(value))
        self._add_status(self, status)
        return status

    def _warn_if_silent(self, wanted):
        silent = wanted and time.monotonic() - self.health.last_received > SILENCE
        if silent and not self._warned:
            rospy.logwarn("%s: no image on %s for %.0f s: %s", rospy.get_name(), self.topic, SILENCE, why_no_images(self.topic))
        self._warned = silent
