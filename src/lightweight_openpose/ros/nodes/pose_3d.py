"""Poses and depth of the same moment -> people in metres, with TF and markers."""

from __future__ import annotations

from functools import partial
from typing import Callable, Dict, List, Optional, Tuple

import message_filters
import numpy as np
import rospy
from std_msgs.msg import Header
from visualization_msgs.msg import Marker, MarkerArray

from lightweight_openpose.display.colors import limb_colors
from lightweight_openpose.geometry import (
    Around,
    Camera,
    Person3D,
    body_position,
    guess_distance,
    lift_by,
    lift_flat,
)
from lightweight_openpose.geometry.group_lifting import lift_groups
from lightweight_openpose.geometry.uncertainty import position_covariance
from lightweight_openpose.msg import HumanPose3DArray, HumanPoseArray
from lightweight_openpose.poses import Pose, Skeleton, find_skeleton
from lightweight_openpose.ros.messages.markers import (
    MarkerMemory,
    body_markers,
    group_markers,
    marker_id,
)
from lightweight_openpose.ros.messages.people import PeopleInImage
from lightweight_openpose.ros.messages.people_3d import People3D, people_3d_to_msg
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.awaited import POSES_REMEDY, await_inputs
from lightweight_openpose.ros.plumbing.calibrated_camera import CalibratedCamera
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth, report
from lightweight_openpose.ros.plumbing.frames import Frames
from lightweight_openpose.ros.plumbing.guard import guarded
from lightweight_openpose.ros.plumbing.image_topics import POSE_BYTES
from lightweight_openpose.ros.plumbing.lazy import LazySubscriptions
from lightweight_openpose.ros.plumbing.sync import NearStampSynchronizer
from lightweight_openpose.ros.settings.pose_3d import Pose3DSettings

from .body_frames import BodyFrames
from .depth_input import DepthInput, DepthMsg
from .head_arrows import HeadArrows
from .target_frame import PeopleInTargetFrame
from .velocities import Velocities

_DEPTH_REMEDY = (
    "remap depth:= to the depth camera's topic and set ~depth to its kind (image, compressed or "
    "points), or set ~assume_height where there is none"
)
_QUEUE = 60  # depth images kept while the poses are computed
# (K, 4) points of a pose [x, y, z in m, score], and those of its groups by name.
_Lifted = Tuple[np.ndarray, Dict[str, np.ndarray]]


class Pose3DNode:
    """Lifts each array of poses into metres, by depth or by the height that people have."""

    def __init__(self, settings: Pose3DSettings):
        self._settings = settings
        self._skeleton = find_skeleton(settings.skeleton)
        self._health = StreamHealth()
        self._camera = CalibratedCamera(self._health, settings.rectified, settings.assumed_fov)
        frames = Frames(self._health)
        self._depth = DepthInput(settings.depth, settings.rectified, self._health, frames)
        self._velocities = Velocities()
        self._shown = MarkerMemory()
        self._inputs = LazySubscriptions(self._subscribe, always=settings.publish_tf)
        self._poses = self._inputs.advertise("~poses_3d", HumanPose3DArray)
        self._markers = self._inputs.advertise("~markers", MarkerArray)
        self._further = self._further_outputs(frames)
        report("people in metres", self._health, lambda: self._inputs.wanted, self._counts)
        self._inputs.update()

    def _counts(self) -> Dict[str, int]:
        return {"without a transform": self._health.without_transform}

    def _further_outputs(self, frames: Frames) -> List[Callable[[People3D], None]]:
        """Callables of the people in the camera's frame."""
        settings = self._settings
        outputs: List[Callable[[People3D], None]] = []
        self._arrows: Optional[HeadArrows] = None
        if settings.heads:
            self._arrows = HeadArrows(self._skeleton, self._markers, self._health)
            outputs.append(self._arrows.add)
        if settings.publish_tf:
            outputs.append(BodyFrames(self._skeleton, settings.frame_prefix).send)
        if settings.target_frame:
            publisher = self._inputs.advertise("~target/poses_3d", HumanPose3DArray)
            target = PeopleInTargetFrame(settings.target_frame, publisher, frames)
            outputs.append(target.publish)
        return outputs

    def _subscribe(self) -> List[rospy.Subscriber]:
        arrows = [] if self._arrows is None else self._arrows.subscribe()
        return [self._camera.subscribe(), *arrows, *self._subscribe_to_poses()]

    def _subscribe_to_poses(self) -> List[rospy.Subscriber]:
        on_poses = guarded(self._health, self._on_poses, self._skeleton)
        poses = message_filters.Subscriber(
            "poses", HumanPoseArray, queue_size=10, buff_size=POSE_BYTES
        )
        if self._settings.assume_height:
            poses.registerCallback(on_poses)
            await_inputs(self._health, {poses: POSES_REMEDY})
            return [poses.sub]
        depth = self._depth.subscribe()
        synchronizer = NearStampSynchronizer([poses, depth], _QUEUE, self._settings.slop)
        synchronizer.registerCallback(on_poses)
        await_inputs(self._health, {poses: POSES_REMEDY, depth: _DEPTH_REMEDY}, synchronizer)
        return [self._depth.subscribe_to_camera(), poses.sub, depth.sub]

    def _on_poses(self, people: PeopleInImage, depth_msg: Optional[DepthMsg] = None) -> None:
        camera = self._camera.of(people.height, people.width)
        if camera.assumed:
            self._camera.warn_of_assumed("places")
        lifted = self._lifter(people, depth_msg, camera)
        estimated = self._settings.assume_height > 0
        bodies = [self._person(pose, *lifted(pose), camera) for pose in people.poses]
        found = People3D(people.header, people.skeleton, estimated, camera.assumed, bodies)
        self._publish(self._velocities.add_to(found))

    def _lifter(
        self, people: PeopleInImage, depth_msg: Optional[DepthMsg], camera: Camera
    ) -> Callable[[Pose], _Lifted]:
        """What lifts a pose of these people into metres."""
        if depth_msg is None:
            return partial(self._guess, camera=camera)
        around = self._depth.around(depth_msg, people, camera)
        return partial(self._measure, around=around, camera=camera)

    def _measure(self, pose: Pose, around: Around, camera: Camera) -> _Lifted:
        points = lift_by(pose, around, camera, self._skeleton)

        def lift(group: Pose, skeleton: Skeleton) -> np.ndarray:
            return lift_by(group, around, camera, skeleton)

        return points, lift_groups(pose, points, self._skeleton, lift)

    def _guess(self, pose: Pose, camera: Camera) -> _Lifted:
        height = self._settings.assume_height
        distance = guess_distance(pose, camera, self._skeleton, height)
        distance = float("nan") if distance is None else distance

        def lift(group: Pose, _: Skeleton) -> np.ndarray:
            return lift_flat(group, distance, camera)

        points = lift(pose, self._skeleton)
        return points, lift_groups(pose, points, self._skeleton, lift)

    def _person(
        self, pose: Pose, points: np.ndarray, groups: Dict[str, np.ndarray], camera: Camera
    ) -> Person3D:
        position = body_position(points, self._skeleton)
        guessed = self._settings.assume_height > 0
        covariance = position_covariance(position, pose, camera, self._skeleton, guessed)
        in_double = {name: np.asarray(group, float) for name, group in groups.items()}
        keypoints = np.asarray(points, float)
        return Person3D(pose.track_id, pose.score, keypoints, position, covariance, in_double)

    def _publish(self, people: People3D) -> None:
        self._poses.publish(people_3d_to_msg(people))
        markers = []
        for i, person in enumerate(people.poses):
            markers += self._markers_of(people.header, i, person)
        self._markers.publish(self._shown.complete(people.header, markers))
        for output in self._further:
            output(people)

    def _markers_of(self, header: Header, index: int, person: Person3D) -> List[Marker]:
        number = marker_id(person.track_id, index)
        label = f"id {person.track_id}" if person.track_id >= 0 else f"{person.score:.2f}"
        limbs, colors = self._skeleton.limbs, limb_colors(self._skeleton)
        body = body_markers(header, number, person.keypoints, label, limbs, colors)
        return body + group_markers(header, number, person.groups)


def main() -> None:
    """Run the node."""
    params.run("pose_3d_node", Pose3DSettings, Pose3DNode)
