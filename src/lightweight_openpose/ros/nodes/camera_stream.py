"""One camera's topics, tracker and health in the estimator's node."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Callable, List, Optional, Tuple, Union

import rospy
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_updater import DiagnosticStatusWrapper
from sensor_msgs.msg import CompressedImage, Image

from lightweight_openpose.estimation.pipeline import Pipeline, Stream
from lightweight_openpose.msg import HumanPoseArray
from lightweight_openpose.poses.people import People
from lightweight_openpose.ros.messages.images import image_to_picture, size_of_image
from lightweight_openpose.ros.messages.people import people_to_msg
from lightweight_openpose.ros.plumbing.account import SequenceGaps
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth, summarise
from lightweight_openpose.ros.plumbing.footage import waits_for_answers
from lightweight_openpose.ros.plumbing.image_topics import (
    BUFFER_BYTES,
    bits_in_use,
    image_topic,
    image_type,
    why_no_images,
)
from lightweight_openpose.ros.plumbing.lazy import LazySubscriptions
from lightweight_openpose.ros.plumbing.topic_status import TopicStatus
from lightweight_openpose.tracking import PersonTracker, with_ids

if TYPE_CHECKING:
    from lightweight_openpose.estimation import Regions
    from lightweight_openpose.poses import Pose, Skeleton
    from lightweight_openpose.video import Picture

_ImageMsg = Union[Image, CompressedImage]
_LOOKS = {"whole": "whole images", "parts": "parts of images"}
SILENCE = 5.0  # s without images after which the node says why


class CameraStream(Stream):
    """Images of one camera to the pipeline, their poses to the camera's topic."""

    def __init__(
        self,
        name: str,
        transport: str,
        tracker: Optional[PersonTracker],
        skeleton: Skeleton,
        pipeline: Pipeline,
        model: str = "",
        regions: Optional[Regions] = None,
    ):
        """name: of the camera, for topics `<name>/image` and `~<name>/poses`; "" for the only one.

        tracker: None to publish poses without ids; skeleton: of the poses; model: name of the
        network, "" where it is not known; regions: of the images, None: each is looked at as a
        whole.
        """
        prefix = f"{name}/" if name else ""
        self.title = f"pose estimator: {name}" if name else "pose estimator"
        self.topic = image_topic(transport, f"{prefix}image")
        self._type = image_type(transport)
        self._tracker = tracker
        self._skeleton = skeleton
        self._model = model
        self.regions = regions
        self._pipeline = pipeline
        self._health = StreamHealth()
        self._gaps = SequenceGaps()
        self._bits = bits_in_use(self.topic)
        self._warned = False
        self._preparing: Optional[Tuple[int, int]] = None  # (width, height) [px]
        self._ready: Optional[Tuple[int, int]] = None  # likewise, of the latest
        self._inputs = LazySubscriptions(self._subscribe)
        self._publisher = self._inputs.advertise(f"~{prefix}poses", HumanPoseArray)
        self._sender = ""  # name of the node whose image came last
        self.topic_status = TopicStatus(
            f"{self.title}: images",
            lambda: self._inputs.wanted,
            lambda: waits_for_answers(self._sender),
        )

    def start(self) -> None:
        """Listen to the images from now on, while somebody wants the poses."""
        self._inputs.update()

    def prepare(self, width: int, height: int) -> None:
        """Get ready for images of this size [px], before the first comes."""
        self._pipeline.prepare(self, width, height)

    def size_of(self, item: _ImageMsg) -> Optional[Tuple[int, int]]:
        """(width, height) [px] that a message names, None where it names none."""
        return size_of_image(item)

    def preparing(self, width: int, height: int) -> None:
        """Say so, once per size."""
        self._preparing = width, height
        if self._ready != self._preparing:
            text = "%s: preparing the network for images of %dx%d px on %s"
            rospy.loginfo(text, rospy.get_name(), width, height, self.topic)

    def prepared(self, width: int, height: int, seconds: float) -> None:
        """Say so, once per size."""
        if self._ready != (width, height):
            text = "%s: ready for images of %dx%d px after %.1f s"
            rospy.loginfo(text, rospy.get_name(), width, height, seconds)
        self._ready = width, height
        self._preparing = None

    def unprepared(self, error: Exception) -> None:
        """Leave it to the first image of the size to say what fails."""
        self._preparing = None

    def overtaken(self) -> None:
        """Count an image that waited for the network to get ready until a newer one came."""
        self._health.account.drop()

    def load(self, item: _ImageMsg, size: Optional[Tuple[int, int]], reduction: int) -> Picture:
        """Picture of a message. Raises BadImage."""
        return image_to_picture(item, reduction, self._bits, size)

    def deliver(
        self,
        item: _ImageMsg,
        picture: Picture,
        poses: List[Pose],
        complete: Callable[..., List[Pose]],
    ) -> List[Pose]:
        """Track, complete and publish the poses of an image message."""
        header = item.header
        size = picture.width, picture.height
        people = People(tuple(poses), size, self._skeleton, model=self._model)
        if self._tracker is not None:
            stamp = rospy.Time.now() if header.stamp.is_zero() else header.stamp
            people = with_ids(
                self._tracker,
                people,
                stamp.to_sec(),
                picture.image,
                picture.reduction,
                complete,
            )
        else:
            people = people.with_poses(complete(people))
        try:
            self._publisher.publish(people_to_msg(people, header))
        except rospy.ROSException:
            self._health.account.drop()
            return list(people)  # the topic closed while the node goes down
        self._health.answer()
        self._health.age_ms = (rospy.Time.now() - header.stamp).to_sec() * 1000
        return list(people)

    def fail(self, error: Exception) -> None:
        """Count an image that could not be used."""
        self._health.fail(error)

    def _subscribe(self) -> List[rospy.Subscriber]:
        self._health.last_received = time.monotonic()
        self._gaps.forget()
        if self.regions is not None:
            self.regions.forget()
        subscriber = rospy.Subscriber(
            self.topic, self._type, self._on_image, queue_size=1, buff_size=BUFFER_BYTES
        )
        return [subscriber]

    def _on_image(self, msg: _ImageMsg) -> None:
        self._health.receive()
        self._sender = _sender(msg)
        self._gaps.see(self._sender, msg.header.seq)
        self.topic_status.tick(msg.header.stamp)
        if self._pipeline.put(self, msg):
            self._health.account.drop()

    def fill_status(self, status: DiagnosticStatusWrapper) -> None:
        """What became of the images, as lines of the diagnostics; also warns of silence."""
        health = self._health
        summarise(status, health, self._inputs.wanted, SILENCE)
        self._warn_if_silent()
        preparing = self._preparing
        if preparing is not None:
            text = "preparing the network for images of {}x{} px".format(*preparing)
            status.summary(DiagnosticStatus.WARN, text)
        status.add("image topic", self.topic)
        status.add("ready for images of [px]", "{}x{}".format(*self._ready) if self._ready else "")
        status.add("fps in", f"{health.received():.1f}")
        status.add("fps out", f"{health.processed():.1f}")
        status.add("lost before the node", str(self._gaps.lost))
        health.add_totals(status)
        if self.regions is not None:
            for kind, count in self.regions.looks.items():
                status.add(f"looks at {_LOOKS[kind]}", str(count))
        status.add("input age at publishing [ms]", f"{health.age_ms:.0f}")

    def _warn_if_silent(self) -> None:
        silence = time.monotonic() - self._health.last_received
        silent = self._inputs.wanted and silence > SILENCE
        if silent and not self._warned:
            text = "%s: no image on %s for %.0f s: %s"
            reason = why_no_images(self.topic)
            rospy.logwarn(text, rospy.get_name(), self.topic, SILENCE, reason)
        self._warned = silent


def _sender(msg: _ImageMsg) -> str:
    """Name of the node that published a message."""
    return (msg._connection_header or {}).get("callerid", "")
