"""People and heads as rviz markers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Iterable, List, Mapping, Sequence, Set, Tuple

import numpy as np
import rospy
from geometry_msgs.msg import Point, Vector3
from geometry_msgs.msg import Pose as PoseMsg
from scipy.spatial.transform import Rotation
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker, MarkerArray

from lightweight_openpose.display.groups import group_colors
from lightweight_openpose.geometry.head_distance import on_body
from lightweight_openpose.geometry.rotations import matrix_of
from lightweight_openpose.poses import Skeleton, group_skeleton

from .transforms import matrix_of_quaternion, quaternion_of

if TYPE_CHECKING:
    from lightweight_openpose.display.labels import Color
    from lightweight_openpose.geometry import Person3D
    from lightweight_openpose.msg import HeadOrientation, HeadOrientationArray

    from .people_3d import People3D

LIFETIME = 1.0  # s; markers of a source that stopped vanish by themselves
_LIMB = 0.03  # m, width
_JOINT = 0.05  # m, diameter
_FINGER = 0.006  # m, width
_LABEL = 0.15  # m, height of the letters
_LABEL_ABOVE = 0.25  # m, over the topmost joint
_ARROW = (0.4, 0.05, 0.05)  # m, length, width, height
_GAZE = (1, 0.8, 0)  # red, green and blue of arrows and ellipses
_FLAT = 0.005  # m, thickness of an ellipse, and its least axis
_FAINT = 0.35  # opacity of an ellipse


class MarkerMemory:
    """Adds to markers the DELETE of those that were shown before and are gone."""

    def __init__(self) -> None:
        self._shown: Set[Tuple[str, int]] = set()  # namespace and id of each

    def complete(self, header: Header, markers: List[Marker]) -> MarkerArray:
        """The markers of a frame, and the end of those that it has no more."""
        shown = {(m.ns, m.id) for m in markers}
        gone = [
            Marker(header=header, ns=ns, id=number, action=Marker.DELETE)
            for ns, number in sorted(self._shown - shown)
        ]
        for marker in gone:
            marker.pose.orientation.w = 1.0
        self._shown = shown
        return MarkerArray(markers + gone)


def marker_id(track_id: int, index: int) -> int:
    """Id of a person's marker: the track id; below zero for those without one."""
    return track_id if track_id >= 0 else -1 - index


def body_markers(
    header: Header,
    number: int,
    points: np.ndarray,
    label: str,
    limbs: Iterable[Tuple[int, int]],
    limb_colors: Iterable[Color],
) -> List[Marker]:
    """Limbs, joints and label of a body.

    points: (K, >= 3) [m], NaN where unknown; limb_colors: BGR 0..255.
    """
    known, at = _places(points)
    if not known.any():
        return []
    joints = _marker(header, "joints", number, Marker.SPHERE_LIST, (_JOINT,) * 3, (1, 1, 1))
    joints.points = [at[i] for i in np.flatnonzero(known)]
    head = points[known][np.argmin(points[known, 1]), :3]
    text = _marker(header, "labels", number, Marker.TEXT_VIEW_FACING, (0, 0, _LABEL), (1, 1, 1))
    text.text = label
    text.pose.position = Point(float(head[0]), float(head[1]) - _LABEL_ABOVE, float(head[2]))
    lines = _lines(header, "limbs", number, _LIMB, known, at, limbs, limb_colors)
    return [joints, text, *lines]


def _places(points: np.ndarray) -> Tuple[np.ndarray, List[Point]]:
    """Which of points (K, >= 3) have a place, and all as messages."""
    return np.isfinite(points[:, :3]).all(1), [Point(*p) for p in points[:, :3].tolist()]


def group_markers(header: Header, number: int, groups: Mapping[str, np.ndarray]) -> List[Marker]:
    """Lines of the groups that somebody has, such as fingers; groups: points as of body_markers."""
    markers = []
    for name, points in groups.items():
        skeleton = group_skeleton(name)
        colors = group_colors(skeleton)
        places = _places(points)
        markers += _lines(header, f"{name}s", number, _FINGER, *places, skeleton.limbs, colors)
    return markers


def _lines(
    header: Header,
    namespace: str,
    number: int,
    width: float,
    known: np.ndarray,
    at: Sequence[Point],
    limbs: Iterable[Tuple[int, int]],
    limb_colors: Iterable[Color],
) -> List[Marker]:
    """One marker of the limbs between known points, none without any."""
    lines = _marker(header, namespace, number, Marker.LINE_LIST, (width, 0, 0), (1, 1, 1))
    for (a, b), color in zip(limbs, limb_colors):
        if known[a] and known[b]:
            lines.points += [at[a], at[b]]
            lines.colors += [ColorRGBA(*(c / 255 for c in reversed(color)), 1.0)] * 2
    return [lines] if lines.points else []


def head_marker(header: Header, number: int, pose: PoseMsg) -> Marker:
    """Arrow out of a face; pose: geometry_msgs/Pose with x out of the face."""
    marker = _marker(header, "heads", number, Marker.ARROW, _ARROW, _GAZE)
    marker.pose = pose
    return marker


def head_markers(header: Header, number: int, head: HeadOrientation, pose: PoseMsg) -> List[Marker]:
    """The arrow out of a face and, where the deviations of its angles are known, their ellipse.

    pose: of the face, which may be of another place than the head's own.
    """
    arrow = head_marker(header, number, pose)
    if not all(map(math.isfinite, head.angle_stddev[:2])):
        return [arrow]
    return [arrow, _uncertainty_marker(header, number, head, pose)]


def _uncertainty_marker(
    header: Header, number: int, head: HeadOrientation, pose: PoseMsg
) -> Marker:
    """A flat ellipse of one standard deviation of yaw and pitch around the tip of the arrow."""
    yaw, pitch = np.sin(np.minimum(head.angle_stddev[:2], np.pi / 2))
    size = 2 * _ARROW[0] * np.array([abs(math.cos(head.pitch)) * yaw, pitch])
    scale = (_FLAT, *np.maximum(size, _FLAT))
    marker = _marker(header, "head_uncertainty", number, Marker.SPHERE, scale, _GAZE)
    marker.color.a = _FAINT
    rotation = matrix_of_quaternion(pose.orientation)
    at = np.array([pose.position.x, pose.position.y, pose.position.z])
    marker.pose.position = Point(*(at + _ARROW[0] * rotation[:, 0]))
    upright = matrix_of(Rotation.from_euler("x", -head.roll))  # yaw goes sideways, not roll
    marker.pose.orientation = quaternion_of(rotation @ upright)
    return marker


def arrows_on_bodies(
    bodies: People3D, heads: HeadOrientationArray, skeleton: Skeleton
) -> List[Marker]:
    """Markers of the faces of those whose body is known, as far away as head or body are.

    As head_markers gives them. Somebody without an id has none: nothing says which body the head
    belongs to.
    """
    by_id = {body.track_id: body for body in bodies.poses if body.track_id >= 0}
    markers = []
    for head in heads.heads:
        if head.track_id in by_id:
            pose = _moved(head.pose, by_id[head.track_id], skeleton)
            markers += head_markers(heads.header, head.track_id, head, pose)
    return markers


def _moved(pose: PoseMsg, body: Person3D, skeleton: Skeleton) -> PoseMsg:
    by_face = np.array([pose.position.x, pose.position.y, pose.position.z])
    at = on_body(by_face, body.keypoints, body.position, skeleton)
    return PoseMsg(Point(*at), pose.orientation)


def _marker(
    header: Header,
    ns: str,
    number: int,
    kind: int,
    scale: Iterable[float],
    color: Iterable[float],
) -> Marker:
    marker = Marker(
        header=header,
        ns=ns,
        id=number,
        type=kind,
        action=Marker.ADD,
        scale=Vector3(*map(float, scale)),
        color=ColorRGBA(*map(float, color), 1.0),
        lifetime=rospy.Duration(LIFETIME),
    )
    marker.pose.orientation.w = 1.0
    return marker
