"""The people of a camera as TF frames."""

from __future__ import annotations

from typing import Any, Optional

from geometry_msgs.msg import Quaternion

from lightweight_openpose.geometry import torso_rotation
from lightweight_openpose.poses import Skeleton
from lightweight_openpose.ros.messages.people_3d import People3D
from lightweight_openpose.ros.messages.transforms import quaternion_of, transform
from lightweight_openpose.ros.plumbing.frame_sender import FrameSender

VIEW_FRAME = "people_view"  # at the camera: x forward, y left, z up
_UPRIGHT = Quaternion(0.5, -0.5, 0.5, 0.5)  # of VIEW_FRAME in the optical frame


class BodyFrames:
    """Sends frames <prefix>human_<track_id>, and one that stands upright.

    rviz's views cannot stand upright in an optical frame.
    """

    def __init__(self, skeleton: Skeleton, prefix: str):
        self._skeleton = skeleton
        self._prefix = prefix
        self._sender = FrameSender()
        self._camera_frame: Optional[str] = None

    def send(self, people: People3D) -> None:
        """Frames of the tracked people in the camera's frame whose torso is known."""
        header = people.header
        if header.frame_id != self._camera_frame:
            self._camera_frame = header.frame_id
            frame = self._prefix + VIEW_FRAME
            self._sender.send([transform(header, frame, (0, 0, 0), _UPRIGHT)], static=True)
        transforms = []
        for person in people.poses:
            rotation = torso_rotation(person.keypoints, self._skeleton)
            if person.track_id >= 0 and rotation is not None:
                frame = f"{self._prefix}human_{person.track_id}"
                at: Any = person.position.tolist()
                transforms.append(transform(header, frame, at, quaternion_of(rotation)))
        self._sender.send(transforms)
