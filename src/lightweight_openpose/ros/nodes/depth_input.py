"""The depth that belongs to poses: registered to their image, or of a camera of its own."""

from __future__ import annotations

from functools import partial
from typing import Optional, Tuple, Union

import message_filters
import numpy as np
import rospy
from sensor_msgs.msg import CompressedImage, Image, PointCloud2

from lightweight_openpose.geometry import Around, Camera, RigidTransform, windows
from lightweight_openpose.geometry.separate_depth import SeparateDepth, pixel_directions
from lightweight_openpose.ros.messages.depth import depth_to_metres, scaled_to_image
from lightweight_openpose.ros.messages.people import PeopleInImage
from lightweight_openpose.ros.plumbing.calibrated_camera import CalibratedCamera
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth
from lightweight_openpose.ros.plumbing.frames import Frames
from lightweight_openpose.ros.plumbing.image_topics import BUFFER_BYTES
from lightweight_openpose.video import BadImage

DEPTH_TYPES = {"image": Image, "compressed": CompressedImage, "points": PointCloud2}
DepthMsg = Union[Image, CompressedImage, PointCloud2]
_SAME = 0.01  # of the width, by which the matrices of one camera may differ
_ALIGN = (
    "have the driver register depth to colour (RealSense align_depth:=true, Azure depth_to_rgb) "
    "and remap depth:= to that topic"
)
_REMEDY = f"publish it (tf2_ros has static_transform_publisher), or {_ALIGN}"


class DepthInput:
    """Depth images, and the depths around pixels of the colour image that they tell."""

    def __init__(self, kind: str, rectified: bool, health: StreamHealth, frames: Frames):
        """kind: of DEPTH_TYPES; rectified: P of the calibration counts instead of K and D."""
        self._kind = kind
        self._frames = frames
        self._camera = CalibratedCamera(health, rectified, topic="depth/camera_info")
        self._key: Optional[tuple] = None  # of the directions
        self._directions = np.empty((3, 0, 0), np.float32)

    def subscribe(self) -> message_filters.Subscriber:
        """Start to listen to the depth."""
        kind = DEPTH_TYPES[self._kind]
        return message_filters.Subscriber(self._topic(), kind, queue_size=2, buff_size=BUFFER_BYTES)

    def subscribe_to_camera(self) -> rospy.Subscriber:
        """Start to listen to the depth camera's calibration."""
        return self._camera.subscribe()

    def _topic(self) -> str:
        topic = rospy.resolve_name("depth")
        if self._kind == "compressed" and not topic.endswith("/compressedDepth"):
            topic += "/compressedDepth"
        return topic

    def around(self, depth_msg: DepthMsg, people: PeopleInImage, camera: Camera) -> Around:
        """Depths around pixels of the image of people; camera: of that image.

        Raises BadImage, and NoTransform for depth of another frame of which TF knows no place.
        """
        depth = depth_to_metres(depth_msg)
        frames = depth_msg.header.frame_id.lstrip("/"), people.header.frame_id.lstrip("/")
        if frames[0] == frames[1] and not self._sees_otherwise(people, camera):
            return partial(windows, scaled_to_image(depth, people.height, people.width))
        depth_camera = self._calibrated(depth, frames)
        place = self._frames.transform(frames[1], frames[0], people.header.stamp, _REMEDY)
        height, width = depth.shape
        directions = self._directions_of(depth_camera, (height, width), place)
        return SeparateDepth(depth, directions, depth_camera, camera, place).around

    def _sees_otherwise(self, people: PeopleInImage, camera: Camera) -> bool:
        """Whether depth of the image's frame is calibrated differently all the same."""
        of_depth = self._camera.of(people.height, people.width)
        if of_depth.assumed or camera.assumed:
            return False
        return bool(np.abs(of_depth.matrix - camera.matrix).max() > _SAME * people.width)

    def _calibrated(self, depth: np.ndarray, frames: Tuple[str, str]) -> Camera:
        camera = self._camera.of(*depth.shape)
        if camera.assumed:
            raise BadImage(
                f"depth in frame '{frames[0]}', poses in '{frames[1]}', and no depth camera's "
                f"calibration on {self._camera.topic}: remap depth/camera_info:= to it, or {_ALIGN}"
            )
        return camera

    def _directions_of(
        self, camera: Camera, shape: Tuple[int, int], place: RigidTransform
    ) -> np.ndarray:
        """Those of the last frame, unless something changed."""
        parts = (camera.matrix, np.asarray(camera.distortion), place.rotation)
        key = (shape, camera.lens, *(part.tobytes() for part in parts))
        if key != self._key:
            self._key = key
            self._directions = pixel_directions(camera, *shape, place)
        return self._directions
