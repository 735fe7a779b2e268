"""Poses and the camera -> where heads point, or objects whose points are known."""

from __future__ import annotations

from collections import Counter
from typing import Dict, Iterator, List, Sequence, Tuple

import message_filters
import rospy
from geometry_msgs.msg import PoseArray, TransformStamped
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from lightweight_openpose.geometry import Camera, HeadTracker, Orientation
from lightweight_openpose.msg import HeadOrientation, HeadOrientationArray, HumanPoseArray
from lightweight_openpose.poses import find_skeleton
from lightweight_openpose.ros.messages.markers import MarkerMemory, head_markers, marker_id
from lightweight_openpose.ros.messages.people import PeopleInImage, head_to_msg
from lightweight_openpose.ros.messages.transforms import pose_of, transform
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.awaited import POSES_REMEDY, await_inputs
from lightweight_openpose.ros.plumbing.calibrated_camera import CalibratedCamera
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth, report
from lightweight_openpose.ros.plumbing.frame_sender import FrameSender
from lightweight_openpose.ros.plumbing.frames import Frames
from lightweight_openpose.ros.plumbing.guard import guarded
from lightweight_openpose.ros.plumbing.image_topics import POSE_BYTES
from lightweight_openpose.ros.plumbing.lazy import LazySubscriptions
from lightweight_openpose.ros.plumbing.reasons import kind_of
from lightweight_openpose.ros.settings.head_orientation import HeadOrientationSettings

from .target_frame import place_of


class HeadOrientationNode:
    """Solves for the heads of each array of poses, and filters their rotations over time."""

    def __init__(self, settings: HeadOrientationSettings):
        self._frame_prefix = settings.frame_prefix
        self._skeleton = find_skeleton(settings.skeleton)
        self._tracker = HeadTracker(self._skeleton, settings.min_score, settings.smoothing)
        self._health = StreamHealth()
        self._camera = CalibratedCamera(self._health, settings.rectified, settings.assumed_fov)
        # Kind of reason -> people without an orientation for it.
        self._untold: Counter[str] = Counter()
        self._shown = MarkerMemory()
        self._sender = FrameSender() if settings.publish_tf else None
        self._inputs = LazySubscriptions(self._subscribe, always=settings.publish_tf)
        self._heads = self._inputs.advertise("~heads", HeadOrientationArray)
        self._poses = self._inputs.advertise("~head_poses", PoseArray)
        self._markers = self._inputs.advertise("~markers", MarkerArray)
        self._target_frame = settings.target_frame.lstrip("/")
        self._frames = Frames(self._health)
        if settings.target_frame:
            self._moved = self._inputs.advertise("~target/head_poses", PoseArray)
        report("head orientation", self._health, lambda: self._inputs.wanted, self._counts)
        self._inputs.update()

    def _counts(self) -> Dict[str, int]:
        return {**self._untold, "without a transform": self._health.without_transform}

    def _subscribe(self) -> List[rospy.Subscriber]:
        on_poses = guarded(self._health, self._on_poses, self._skeleton)
        poses = message_filters.Subscriber(
            "poses", HumanPoseArray, queue_size=5, buff_size=POSE_BYTES
        )
        poses.registerCallback(on_poses)
        await_inputs(self._health, {poses: POSES_REMEDY})
        return [self._camera.subscribe(), poses.sub]

    def _on_poses(self, people: PeopleInImage) -> None:
        camera = self._camera.of(people.height, people.width)
        if camera.assumed:
            self._camera.warn_of_assumed("angles")
        found = list(self._solve(people, camera))
        heads = [head_to_msg(head, track_id) for track_id, head in found]
        self._publish(HeadOrientationArray(people.header, camera.assumed, heads))
        if self._target_frame and self._moved.get_num_connections():
            self._publish_moved(people.header, [head for _, head in found])

    def _solve(self, people: PeopleInImage, camera: Camera) -> Iterator[Tuple[int, Orientation]]:
        """(track id, Orientation) of the people whose head pose is known."""
        stamp = people.header.stamp.to_sec()
        answers = self._tracker.update(people.poses, camera, stamp, people.model)
        for pose, (head, reason) in zip(people.poses, answers):
            if head is None:
                self._untold[f"no orientation: {kind_of(reason)}"] += 1
                text = "%s: no orientation for track %d: %s"
                rospy.logdebug(text, rospy.get_name(), pose.track_id, reason)
            else:
                yield pose.track_id, head

    def _publish(self, msg: HeadOrientationArray) -> None:
        self._heads.publish(msg)
        self._poses.publish(PoseArray(msg.header, [head.pose for head in msg.heads]))
        markers = [
            marker
            for i, head in enumerate(msg.heads)
            for marker in head_markers(msg.header, marker_id(head.track_id, i), head, head.pose)
        ]
        self._markers.publish(self._shown.complete(msg.header, markers))
        if self._sender is not None:
            tracked = [head for head in msg.heads if head.track_id >= 0]
            self._sender.send([self._frame(msg.header, head) for head in tracked])

    def _publish_moved(self, header: Header, heads: Sequence[Orientation]) -> None:
        camera = place_of(self._frames, self._target_frame, header)
        if camera is not None:
            header = Header(header.seq, header.stamp, self._target_frame)
            moved = [pose_of(head.place.then(camera)) for head in heads]
            self._moved.publish(PoseArray(header, moved))

    def _frame(self, header: Header, head: HeadOrientation) -> TransformStamped:
        position = head.pose.position
        xyz = (position.x, position.y, position.z)
        name = f"{self._frame_prefix}head_{head.track_id}"
        return transform(header, name, xyz, head.pose.orientation)


def main() -> None:
    """Run the node."""
    params.run("head_orientation_node", HeadOrientationSettings, HeadOrientationNode)
