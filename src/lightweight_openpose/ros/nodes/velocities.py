"""How fast people move in the frame that they are in."""

from __future__ import annotations

from dataclasses import replace

from lightweight_openpose.geometry import Motion, Person3D
from lightweight_openpose.ros.messages.people_3d import People3D
from lightweight_openpose.tracking import PerTrack


class Velocities:
    """Follows the positions of tracked people in one frame."""

    def __init__(self) -> None:
        self._motions = PerTrack(Motion)

    def add_to(self, people: People3D) -> People3D:
        """The same people with the velocity of each who is tracked."""
        stamp = people.header.stamp.to_sec()
        self._motions.at(stamp)
        return replace(people, poses=[self._moving(person, stamp) for person in people.poses])

    def _moving(self, person: Person3D, stamp: float) -> Person3D:
        if person.track_id < 0:
            return person
        velocity = self._motions[person.track_id].update(person.position, stamp)
        return replace(person, velocity=velocity)
