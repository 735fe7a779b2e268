"""How fast people move in the frame that they are in."""

from __future__ import annotations

from geometry_msgs.msg import Vector3

from lightweight_openpose.geometry.body import Motion
from lightweight_openpose.msg import HumanPose3DArray
from lightweight_openpose.ros.messages.people_3d import position_of
from lightweight_openpose.tracking.per_track import PerTrack


class Velocities:
    """Follows the positions of tracked people in one frame."""

    def __init__(self):
        self._motions = PerTrack(Motion)

    def add_to(self, msg: HumanPose3DArray) -> None:
        """Fill in the velocity of each tracked person."""
        stamp = msg.header.stamp.to_sec()
        self._motions.at(stamp)
        for person in msg.poses:
            if person.track_id >= 0:
                motion = self._motions[person.track_id]
                person.velocity = Vector3(*motion.update(position_of(person), stamp))
