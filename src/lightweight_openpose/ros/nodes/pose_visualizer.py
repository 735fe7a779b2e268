"""Image, poses and heads of the same stamp -> annotated image, and an mp4 of it."""

from __future__ import annotations

from typing import List, Optional, Union

import message_filters
import numpy as np
import rospy
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from lightweight_openpose.display.anonymize import OFF, HeadAnonymizer
from lightweight_openpose.display.drawing import count_people, draw_poses, draw_status
from lightweight_openpose.display.heads import DrawnHead, drawn_head
from lightweight_openpose.msg import HeadOrientationArray, HumanPoseArray
from lightweight_openpose.poses import find_skeleton
from lightweight_openpose.ros.messages.images import bgr_to_image, bgr_to_jpeg, image_to_bgr
from lightweight_openpose.ros.messages.people import PeopleInImage, msg_to_head
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.awaited import HEADS_REMEDY, POSES_REMEDY, await_inputs
from lightweight_openpose.ros.plumbing.calibrated_camera import CalibratedCamera
from lightweight_openpose.ros.plumbing.diagnostics import MessageRate, StreamHealth, report
from lightweight_openpose.ros.plumbing.guard import guarded
from lightweight_openpose.ros.plumbing.image_topics import (
    BUFFER_BYTES,
    POSE_BYTES,
    bits_in_use,
    image_topic,
    image_type,
)
from lightweight_openpose.ros.plumbing.lazy import LazySubscriptions
from lightweight_openpose.ros.plumbing.recording import Recording
from lightweight_openpose.ros.plumbing.sync import StampSynchronizer
from lightweight_openpose.ros.settings.pose_visualizer import PoseVisualizerSettings

_IMAGE_REMEDY = "remap image:= to the camera's topic, or set ~image_transport to what it publishes"
_QUEUE = 60  # images kept while their poses are computed


class PoseVisualizerNode:
    """Draws what was found into each image once everything of its stamp is there."""

    def __init__(self, settings: PoseVisualizerSettings):
        self._settings = settings
        self._skeleton = find_skeleton(settings.skeleton)
        self._health = StreamHealth()
        self._bits = bits_in_use(image_topic(settings.image_transport))
        self._camera = CalibratedCamera(self._health, settings.rectified, settings.assumed_fov)
        self._anonymizer = None if settings.anonymize == OFF else HeadAnonymizer(self._skeleton)
        self._rate = MessageRate()
        self._recording = Recording(settings.record) if settings.record else None
        self._inputs = LazySubscriptions(self._subscribe, always=bool(settings.record))
        self._publisher = self._inputs.advertise("~image", Image, queue_size=1)
        self._jpegs = self._inputs.advertise("~image/compressed", CompressedImage, queue_size=1)
        updater = report("pose visualizer", self._health, lambda: self._inputs.wanted)
        if self._recording is not None:
            self._recording.report_by(updater)
        self._inputs.update()

    def close(self) -> None:
        """Finish the recording."""
        if self._recording is not None:
            self._recording.close()

    def _subscribe(self) -> List[rospy.Subscriber]:
        transport = self._settings.image_transport
        filters = [
            message_filters.Subscriber(
                image_topic(transport), image_type(transport), queue_size=2, buff_size=BUFFER_BYTES
            ),
            message_filters.Subscriber(
                "poses", HumanPoseArray, queue_size=10, buff_size=POSE_BYTES
            ),
        ]
        if self._settings.heads:
            filters.append(
                message_filters.Subscriber(
                    "heads", HeadOrientationArray, queue_size=10, buff_size=POSE_BYTES
                )
            )
        synchronizer = StampSynchronizer(filters, _QUEUE)
        synchronizer.registerCallback(guarded(self._health, self._on_match, self._skeleton))
        remedies = (_IMAGE_REMEDY, POSES_REMEDY, HEADS_REMEDY)
        await_inputs(self._health, dict(zip(filters, remedies)), synchronizer)
        return [self._camera.subscribe()] + [f.sub for f in filters]

    def _on_match(
        self,
        image_msg: Union[Image, CompressedImage],
        people: PeopleInImage,
        heads_msg: Optional[HeadOrientationArray] = None,
    ) -> None:
        self._rate.tick()
        image = np.array(image_to_bgr(image_msg, self._bits))
        poses = people.poses
        if self._anonymizer is not None:
            boxes = self._anonymizer.update(poses, image_msg.header.stamp.to_sec())
            self._anonymizer.anonymize(image, boxes, self._settings.anonymize)
        heads = [] if heads_msg is None else self._heads_on(image, heads_msg)
        draw_poses(image, poses, self._skeleton, heads)
        status = f"{self._rate():.1f} fps   {count_people(len(poses))}"
        draw_status(image, status, self._settings.legend)
        self._deliver(image, image_msg.header)

    def _heads_on(self, image: np.ndarray, msg: HeadOrientationArray) -> List[DrawnHead]:
        camera = self._camera.of(*image.shape[:2])
        heads = []
        for head in msg.heads:
            drawn = drawn_head(msg_to_head(head), camera)
            if drawn is not None:
                heads.append(drawn)
        return heads

    def _deliver(self, image: np.ndarray, header: Header) -> None:
        if self._publisher.get_num_connections():
            self._publisher.publish(bgr_to_image(image, header))
        if self._jpegs.get_num_connections():
            self._jpegs.publish(bgr_to_jpeg(image, header, self._settings.jpeg_quality))
        if self._recording is not None:
            self._recording.write(image, header.stamp.to_sec())


def main() -> None:
    """Run the node."""
    params.run("pose_visualizer_node", PoseVisualizerSettings, PoseVisualizerNode)
