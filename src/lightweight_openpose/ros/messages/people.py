"""Messages <-> the core's types. Pure functions: no node, no clock, no parameters."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import IO, Any, List, Optional, Sequence, Tuple

import numpy as np
from sensor_msgs.msg import RegionOfInterest
from std_msgs.msg import Header

from lightweight_openpose.geometry import Orientation
from lightweight_openpose.msg import HeadOrientation, HumanPose, HumanPoseArray, Keypoint
from lightweight_openpose.poses import GROUPS, Pose, Skeleton
from lightweight_openpose.poses.oks import extents
from lightweight_openpose.poses.people import People

from .keypoints import IN_IMAGE, read_bodies, read_groups
from .transforms import matrix_of_quaternion, pose_of
from .validation import LARGEST, BadMessage

_Box = Sequence[int]  # x, y of its corner, height, width [px], as of RegionOfInterest
# HumanPose as it is serialised: up to its keypoints, and the number of each list of them.
_PERSON = struct.Struct("<ifB4I?")
_COUNT = struct.Struct("<I")
_NONE = np.empty((0, 3), np.float32)


@dataclass(frozen=True, eq=False)
class PeopleInImage:
    """A HumanPoseArray in arrays."""

    header: Header  # of the image
    skeleton: str  # its name
    model: str  # name of the network, "" where it is not known
    height: int  # [px] of the image
    width: int  # [px]
    poses: List[Pose]
    boxes: List[RegionOfInterest]  # of each person, as they were published


def poses_to_msg(
    poses: Sequence[Pose],
    header: Header,
    height: int,
    width: int,
    skeleton: Skeleton,
    model: str = "",
) -> HumanPoseArray:
    """Poses of one image -> message with the image's own header.

    model: name of the network, "" where it is not known.
    """
    head = header, skeleton.name, model, height, width
    if not poses:
        return HumanPoseArray(*head, [])
    keypoints = np.stack([pose.keypoints for pose in poses])
    counts = (keypoints[:, :, 2] > 0).sum(1).tolist()
    return _PosesInArrays(*head, list(zip(poses, counts, _boxes(keypoints, height, width))))


def people_to_msg(people: People, header: Header) -> HumanPoseArray:
    """People -> message with the header of their image."""
    width, height = people.image_size
    return poses_to_msg(people, header, height, width, people.skeleton, people.model)


def _boxes(keypoints: np.ndarray, height: int, width: int) -> List[_Box]:
    """The box of each person (N, K, 3) around the joints found, within the image."""
    low, high = extents(keypoints)
    last = np.array([[width - 1], [height - 1]])
    first = np.clip(np.floor(low), 0, last)
    size = np.clip(np.ceil(high), 0, last) - first + 1
    somebody = low[0] <= high[0]
    rows = np.where(somebody, np.concatenate([first, size[::-1]]), 0)
    boxes: Any = rows.astype(int).T.tolist()
    return boxes


class _PosesInArrays(HumanPoseArray):
    """A HumanPoseArray that is serialised from arrays, without a message for each keypoint.

    Its `poses` are made when somebody asks for them, and count from then on.
    """

    def __init__(
        self,
        header: Header,
        skeleton: str,
        model: str,
        height: int,
        width: int,
        people: Sequence[Tuple[Pose, int, _Box]],
    ):
        """people: (Pose, joints found, box) each."""
        super().__init__(header, skeleton, model, height, width, [])
        self._people = people
        self._poses: Optional[List[HumanPose]] = None

    @property
    def poses(self) -> List[HumanPose]:
        """The people as messages."""
        if self._poses is None:
            self._poses = [_pose_to_msg(*person) for person in self._people]
        return self._poses

    @poses.setter
    def poses(self, poses: List[HumanPose]) -> None:
        self._poses = poses

    def serialize(self, buff: IO[bytes]) -> None:
        """Write the message into a buffer."""
        if self._poses is not None:
            super().serialize(buff)
            return
        head = io.BytesIO()
        HumanPoseArray(
            self.header, self.skeleton, self.model, self.height, self.width, []
        ).serialize(head)
        buff.write(head.getvalue()[: -_COUNT.size])  # without the number of people, which is 0
        buff.write(_COUNT.pack(len(self._people)))
        for pose, count, box in self._people:
            buff.write(_PERSON.pack(pose.track_id, pose.score, count, *box, False))
            groups = pose.groups
            for rows in (pose.keypoints, *(groups.get(name, _NONE) for name in GROUPS)):
                buff.write(_COUNT.pack(len(rows)))
                buff.write(rows.astype("<f4").tobytes())


def _pose_to_msg(pose: Pose, count: int, box: _Box) -> HumanPose:
    x, y, height, width = box
    return HumanPose(
        track_id=pose.track_id,
        score=pose.score,
        num_keypoints=count,
        bbox=RegionOfInterest(x, y, height, width, False),
        keypoints=_keypoints(pose.keypoints),
        **{name: _keypoints(group) for name, group in pose.groups.items()},
    )


def _keypoints(rows: np.ndarray) -> List[Keypoint]:
    return [Keypoint(*row) for row in rows.tolist()]


def read_people(msg: HumanPoseArray, skeleton: Optional[Skeleton] = None) -> PeopleInImage:
    """HumanPoseArray -> people; inverse of poses_to_msg but for the rounding to float32.

    skeleton: that the poses have to be of; None: of any. Raises BadMessage with the reason where
    the message is not what its definition says.
    """
    if not (0 < msg.width <= LARGEST and 0 < msg.height <= LARGEST):
        raise BadMessage(
            f"poses in an image of {msg.width}x{msg.height}: expected 1 to {LARGEST} px each way"
        )
    bodies = read_bodies(msg, IN_IMAGE, skeleton)
    boxes = [person.bbox for person in msg.poses]
    for box in boxes:
        if box.x_offset + box.width > msg.width or box.y_offset + box.height > msg.height:
            raise BadMessage(f"a box reaches out of the image of {msg.width}x{msg.height}")
    poses = [
        Pose(
            keypoints.astype(np.float32),
            person.score,
            person.track_id,
            **{name: points.astype(np.float32) for name, points in groups.items()},
        )
        for person, keypoints, groups in zip(msg.poses, bodies, read_groups(msg, IN_IMAGE))
    ]
    return PeopleInImage(msg.header, msg.skeleton, msg.model, msg.height, msg.width, poses, boxes)


def head_to_msg(head: Orientation, track_id: int) -> HeadOrientation:
    """Orientation of a head or object -> message; track_id: -1 for somebody without one."""
    return HeadOrientation(
        track_id=track_id,
        yaw=head.yaw,
        pitch=head.pitch,
        roll=head.roll,
        angle_stddev=head.angle_stddev,
        pose=pose_of(head.place),
        reprojection_error=head.reprojection_error,
        num_keypoints=head.num_keypoints,
    )


def msg_to_head(msg: HeadOrientation) -> Orientation:
    """HeadOrientation -> Orientation; inverse of head_to_msg but for the rounding to float32."""
    rotation = matrix_of_quaternion(msg.pose.orientation)
    at = msg.pose.position
    return Orientation(
        rotation,
        np.array([at.x, at.y, at.z]),
        msg.yaw,
        msg.pitch,
        msg.roll,
        msg.reprojection_error,
        msg.num_keypoints,
        tuple(msg.angle_stddev),
    )
