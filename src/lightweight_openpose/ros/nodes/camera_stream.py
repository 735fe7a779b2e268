"""One camera's topics, tracker and health in the estimator's node."""
from __future__ import annotations

import time

import rospy

from lightweight_openpose.estimation.pipeline import Stream
from lightweight_openpose.msg import HumanPoseArray
from lightweight_openpose.ros.messages.images import image_to_bgr
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
from lightweight_openpose.video.images import BadImage

SILENCE = 5.0  # s without images after which the node says why


class CameraStream(Stream):
    """Images of one camera to the pipeline, their poses to the camera's topic."""

    def __init__(self, name: str, transport: str, tracker, skeleton, pipeline, add_status):
        """name: of the camera, "" for the only one: topics `image` and `~poses`, else `<name>/image` and `~<name>/poses`;
        tracker: a Tracker, or None to publish poses without ids; add_status(stream, status): more lines for the diagnostics.
        """
        prefix = f"{name}/" if name else ""
        self.topic = image_topic(transport, f"{prefix}image")
        self._health = StreamHealth()
        self._type = image_type(transport)
        self._tracker = tracker
        self._skeleton = skeleton
        self._pipeline = pipeline
        self._add_status = add_status
        self._warned = False
        self._inputs = LazySubscriptions(self._subscribe)
        self._publisher = self._inputs.advertise(f"~{prefix}poses", HumanPoseArray)
        self._diagnostics = publish_diagnostics("pose estimator" + (f": {name}" if name else ""), self._fill_status)

    def start(self) -> None:
        self._inputs.update()

    def load(self, item):
        return image_to_bgr(item)

    def deliver(self, item, image, poses) -> None:
        """Track and publish the poses of an image message."""
        header = item.header
        if self._tracker is not None:
            poses = self._tracker.update(poses, header.stamp.to_sec(), image)
        msg = poses_to_msg(poses, header, image.shape[0], image.shape[1], self._skeleton)
        try:
            self._publisher.publish(msg)
        except rospy.ROSException:
            return  # the topic closed while the node goes down
        self._health.processed.tick()
        self._health.age_ms = (rospy.Time.now() - header.stamp).to_sec() * 1000

    def fail(self, error) -> None:
        """Count an image that could not be used."""
        self._health.fail(error if isinstance(error, BadImage) else f"{type(error).__name__}: {error}")

    def _subscribe(self):
        self._health.last_received = time.monotonic()
        return [rospy.Subscriber(self.topic, self._type, self._on_image, queue_size=1, buff_size=BUFFER_BYTES)]

    def _on_image(self, msg):
        self._health.receive()
        self._pipeline.put(self, msg)

    def _fill_status(self, status):
        wanted = self._inputs.wanted
        summarise(status, self._health, wanted, SILENCE)
        self._warn_if_silent(wanted)
        health = self._health
        for key, value in (("image topic", self.topic), ("fps in", f"{health.received():.1f}"),
                           ("fps out", f"{health.processed():.1f}"), ("bad frames", health.bad),
                           ("input age at publishing [ms]", f"{health.age_ms:.0f}"), ("last error", health.last_error)):
            status.add(key, str(value))
        self._add_status(self, status)
        return status

    def _warn_if_silent(self, wanted):
        silent = wanted and time.monotonic() - self._health.last_received > SILENCE
        if silent and not self._warned:
            rospy.logwarn("%s: no image on %s for %.0f s: %s", rospy.get_name(), self.topic, SILENCE, why_no_images(self.topic))
        self._warned = silent
