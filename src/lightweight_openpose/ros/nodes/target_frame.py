"""People in a frame of the robot or of the map."""

from __future__ import annotations

from typing import Optional

import rospy
from std_msgs.msg import Header

from lightweight_openpose.geometry import RigidTransform
from lightweight_openpose.ros.messages.people_3d import People3D, people_3d_to_msg
from lightweight_openpose.ros.plumbing.frames import Frames
from lightweight_openpose.ros.plumbing.reasons import NoTransform

from .velocities import Velocities

REMEDY = (
    "publish it on /tf (robot_state_publisher, localisation, or static_transform_publisher of "
    "tf2_ros), or give another ~target_frame"
)


def place_of(frames: Frames, frame: str, header: Header) -> Optional[RigidTransform]:
    """From the header's frame to the target frame at the header's stamp.

    None where TF does not tell: what is published in the camera's frame is an answer all the same.
    """
    try:
        return frames.transform(frame, header.frame_id, header.stamp, REMEDY)
    except NoTransform:  # counted and named by frames
        return None


class PeopleInTargetFrame:
    """Publishes people once more, in another frame, while somebody listens."""

    def __init__(self, frame: str, publisher: rospy.Publisher, frames: Frames):
        self._frame = frame.lstrip("/")
        self._publisher = publisher
        self._frames = frames
        self._velocities = Velocities()

    def publish(self, people: People3D) -> None:
        """The people of a frame, unless TF does not tell where the camera was."""
        if not self._publisher.get_num_connections():
            return
        place = place_of(self._frames, self._frame, people.header)
        if place is not None:
            moved = self._velocities.add_to(people.moved(place, self._frame))
            self._publisher.publish(people_3d_to_msg(moved))
