"""Poses and registered depth of the same moment -> people in metres, with TF and markers."""

from __future__ import annotations

from dataclasses import dataclass

import message_filters
import numpy as np
import rospy
import tf2_ros
from geometry_msgs.msg import Point, Quaternion, Vector3
from sensor_msgs.msg import CompressedImage, Image, PointCloud2
from visualization_msgs.msg import MarkerArray

from lightweight_openpose.display.drawing import limb_colors
from lightweight_openpose.geometry.body import Motion, body_position, torso_rotation
from lightweight_openpose.geometry.lifting import guess_distance, lift, lift_flat
from lightweight_openpose.msg import HumanPose3D, HumanPose3DArray, HumanPoseArray, Keypoint3D
from lightweight_openpose.poses.ranged import one_of, ranged
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.ros.messages.depth import check_registered, depth_to_metres
from lightweight_openpose.ros.messages.markers import MarkerMemory, body_markers, marker_id
from lightweight_openpose.ros.messages.people import msg_to_pose
from lightweight_openpose.ros.messages.transforms import quaternion_of, transform
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.calibrated_camera import CalibratedCamera
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth
from lightweight_openpose.ros.plumbing.guard import guarded
from lightweight_openpose.ros.plumbing.image_topics import BUFFER_BYTES
from lightweight_openpose.ros.plumbing.lazy import LazySubscriptions
from lightweight_openpose.ros.plumbing.sync import NearStampSynchronizer
from lightweight_openpose.tracking.per_track import PerTrack
from lightweight_openpose.video.images import BadImage

from .head_arrows import HeadArrows

DEPTH_TYPES = {"image": Image, "compressed": CompressedImage, "points": PointCloud2}
VIEW_FRAME = "people_view"  # at the camera: x forward, y left, z up
_UPRIGHT = Quaternion(0.5, -0.5, 0.5, 0.5)  # of VIEW_FRAME in the optical frame
_QUEUE = 60  # depth images kept while the poses are computed


@dataclass(frozen=True)
class Pose3DSettings:
    """Parameters of pose_3d_node (config/pose_3d.yaml)."""

    skeleton: str = "coco18"
    depth: str = one_of("image", DEPTH_TYPES)
    slop: float = ranged(0.03, 0.0, 1.0)  # s between poses and depth
    assume_height: float = ranged(0.0, 0.0, 2.5)  # m, of people; 0: there is a depth camera
    rectified: bool = False
    publish_tf: bool = False
    frame_prefix: str = ""  # of the frames sent, such as front/
    heads: bool = False  # arrows out of the faces, too


class Pose3DNode:
    """Lifts each array of poses into metres, by depth or by the height that people have."""

    def __init__(self, settings: Pose3DSettings):
        self._settings = settings
        self._skeleton = find_skeleton(settings.skeleton)
        self._health = StreamHealth()
        self._camera = CalibratedCamera(self._health, settings.rectified)
        self._motions = PerTrack(Motion)
        self._shown = MarkerMemory()
        self._frames = _BodyFrames(settings.frame_prefix) if settings.publish_tf else None
        self._inputs = LazySubscriptions(self._subscribe, always=settings.publish_tf)
        self._poses = self._inputs.advertise("~poses_3d", HumanPose3DArray)
        self._markers = self._inputs.advertise("~markers", MarkerArray)
        self._arrows = self._head_arrows() if settings.heads else None
        self._inputs.update()

    def _head_arrows(self):
        return HeadArrows(self._skeleton, self._markers, self._health)

    def _subscribe(self):
        arrows = [] if self._arrows is None else self._arrows.subscribe()
        return [self._camera.subscribe(), *arrows, *self._subscribe_to_poses()]

    def _subscribe_to_poses(self):
        on_poses = guarded(self._health, self._on_poses, self._skeleton)
        if self._settings.assume_height:
            return [rospy.Subscriber("poses", HumanPoseArray, on_poses, queue_size=5)]
        kind = DEPTH_TYPES[self._settings.depth]
        filters = [
            message_filters.Subscriber("poses", HumanPoseArray, queue_size=10),
            message_filters.Subscriber(
                self._depth_topic(), kind, queue_size=2, buff_size=BUFFER_BYTES
            ),
        ]
        synchronizer = NearStampSynchronizer(filters, _QUEUE, self._settings.slop)
        synchronizer.registerCallback(on_poses)
        return [f.sub for f in filters]

    def _depth_topic(self):
        topic = rospy.resolve_name("depth")
        if self._settings.depth == "compressed" and not topic.endswith("/compressedDepth"):
            topic += "/compressedDepth"
        return topic

    def _on_poses(self, msg, depth_msg=None):
        camera = self._calibrated(msg)
        depth = None if depth_msg is None else _registered(depth_msg, msg)
        poses = [msg_to_pose(person) for person in msg.poses]
        self._publish(msg, [self._lift(pose, depth, camera) for pose in poses])

    def _calibrated(self, msg):
        camera = self._camera.of(msg.height, msg.width)
        if camera.assumed:
            raise BadImage(
                f"no calibration on {rospy.resolve_name('camera_info')}: metres need the camera's "
                "intrinsics; remap camera_info:= to that of the colour image, or calibrate with "
                "camera_calibration"
            )
        return camera

    def _lift(self, pose, depth, camera):
        if depth is not None:
            return lift(pose, depth, camera, self._skeleton)
        height = self._settings.assume_height
        distance = guess_distance(pose, camera, self._skeleton, height)
        return lift_flat(pose, float("nan") if distance is None else distance, camera)

    def _publish(self, msg, bodies):
        """bodies: (K, 4) points of each person [m]."""
        stamp = msg.header.stamp.to_sec()
        self._motions.at(stamp)
        people, markers = [], []
        for i, (person, points) in enumerate(zip(msg.poses, bodies)):
            position = body_position(points, self._skeleton)
            velocity = self._velocity(person.track_id, position, stamp)
            people.append(_to_msg(person, points, position, velocity))
            markers += self._markers_of(msg.header, i, person, points)
        estimated = self._settings.assume_height > 0
        bodies_msg = HumanPose3DArray(msg.header, msg.skeleton, estimated, people)
        self._poses.publish(bodies_msg)
        self._markers.publish(self._shown.complete(msg.header, markers))
        if self._arrows is not None:
            self._arrows.add(bodies_msg)
        if self._frames is not None:
            self._frames.send(msg.header, self._placed(people, bodies))

    def _velocity(self, track_id, position, stamp):
        if track_id < 0:
            return np.full(3, np.nan)
        return self._motions[track_id].update(position, stamp)

    def _markers_of(self, header, index, person, points):
        number = marker_id(person.track_id, index)
        label = f"id {person.track_id}" if person.track_id >= 0 else f"{person.score:.2f}"
        limbs, colors = self._skeleton.limbs, limb_colors(self._skeleton)
        return body_markers(header, number, points, label, limbs, colors)

    def _placed(self, people, bodies):
        """(HumanPose3D, rotation of the torso) of the tracked people who have one."""
        for person, points in zip(people, bodies):
            rotation = torso_rotation(points, self._skeleton)
            if person.track_id >= 0 and rotation is not None:
                yield person, rotation


class _BodyFrames:
    """Sends frames <prefix>human_<track_id>, and one that stands upright.

    rviz's views cannot stand upright in an optical frame.
    """

    def __init__(self, prefix: str):
        self._prefix = prefix
        self._broadcaster = tf2_ros.TransformBroadcaster()
        self._static = tf2_ros.StaticTransformBroadcaster()
        self._camera_frame = None

    def send(self, header, placed):
        """placed: (HumanPose3D, (3, 3) rotation)."""
        if header.frame_id != self._camera_frame:
            self._camera_frame = header.frame_id
            frame = self._prefix + VIEW_FRAME
            self._static.sendTransform(transform(header, frame, (0, 0, 0), _UPRIGHT))
        transforms = []
        for person, rotation in placed:
            at = (person.position.x, person.position.y, person.position.z)
            frame = f"{self._prefix}human_{person.track_id}"
            transforms.append(transform(header, frame, at, quaternion_of(rotation)))
        self._broadcaster.sendTransform(transforms)


def _registered(depth_msg, msg):
    """(H, W) metres for the image of the poses. Raises BadImage."""
    depth = depth_to_metres(depth_msg)
    frame = depth_msg.header.frame_id
    return check_registered(depth, frame, msg.height, msg.width, msg.header.frame_id)


def _to_msg(person, points, position, velocity):
    return HumanPose3D(
        track_id=person.track_id,
        score=person.score,
        num_keypoints=int(np.isfinite(points[:, 2]).sum()),
        position=Point(*position),
        velocity=Vector3(*velocity),
        keypoints=[Keypoint3D(*row) for row in points.tolist()],
    )


def main() -> None:
    """Run the node."""
    params.run("pose_3d_node", Pose3DSettings, Pose3DNode)
