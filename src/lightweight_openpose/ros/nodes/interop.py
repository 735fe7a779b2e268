"""Republishes people in the messages of other packages, those that are asked for and installed."""
from __future__ import annotations

import importlib

import message_filters
import rospy
from sensor_msgs.msg import Image

from lightweight_openpose.msg import HeadOrientationArray, HumanPose3DArray, HumanPoseArray
from lightweight_openpose.ros.messages import other_packages
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.image_topics import BUFFER_BYTES
from lightweight_openpose.ros.plumbing.lazy import LazySubscriptions
from lightweight_openpose.ros.plumbing.params import BadParameter
from lightweight_openpose.ros.plumbing.sync import StampSynchronizer

PACKAGES = {  # output -> (package, how to install it)
    "hri": ("hri_msgs", "apt install ros-noetic-hri-msgs"),
    "jsk": ("jsk_recognition_msgs", "apt install ros-noetic-jsk-recognition-msgs"),
    "spencer": ("spencer_tracking_msgs", "build spencer_tracking_msgs from spencer_people_tracking in your workspace"),
    "vision": ("vision_msgs", "apt install ros-noetic-vision-msgs"),
    "people": ("people_msgs", "apt install ros-noetic-people-msgs")}
_QUEUE = 30


def messages_of(output: str):
    """Module with the messages of an output. Raises RuntimeError that names the package."""
    package, remedy = PACKAGES[output]
    try:
        return importlib.import_module(f"{package}.msg")
    except ImportError:
        raise RuntimeError(f"output {output} needs the package {package}: {remedy}") from None


class InteropNode:
    def __init__(self, outputs, cropped: bool):
        """outputs: of PACKAGES; cropped: hri gets the images of the bodies too, for which the node subscribes to `image`."""
        self._on_2d, self._on_3d, self._detections = [], [], 0
        self._cropped, self._humans = cropped, None
        self._inputs = LazySubscriptions(self._subscribe, always="hri" in outputs)
        for output in outputs:
            types = messages_of(output)
            if output == "hri":
                from .humans import Humans
                self._humans = Humans(types)
                self._on_3d.append(self._humans.on_poses_3d)
            else:
                getattr(self, f"_add_{output}")(types)
        self._inputs.update()

    def _subscribe(self):
        made = [rospy.Subscriber("poses_3d", HumanPose3DArray, lambda msg: [act(msg) for act in self._on_3d], queue_size=5),
                rospy.Subscriber("poses", HumanPoseArray, lambda msg: [act(msg) for act in self._on_2d], queue_size=5)]
        if self._humans is None:
            return made
        made.append(rospy.Subscriber("heads", HeadOrientationArray, self._humans.on_heads, queue_size=5))
        if not self._cropped:
            return made + [rospy.Subscriber("poses", HumanPoseArray, self._humans.on_poses, queue_size=5)]
        filters = [message_filters.Subscriber("poses", HumanPoseArray, queue_size=10),
                   message_filters.Subscriber("image", Image, queue_size=2, buff_size=BUFFER_BYTES)]
        synchronizer = StampSynchronizer(filters, _QUEUE)
        synchronizer.registerCallback(self._humans.on_poses)
        return made + [f.sub for f in filters]

    def _publish(self, acts, topic, kind, convert):
        publisher = self._inputs.advertise(f"~{topic}", kind)
        acts.append(lambda msg: publisher.publish(convert(msg)) if publisher.get_num_connections() else None)

    def _add_jsk(self, types):
        self._publish(self._on_2d, "people_pose", types.PeoplePoseArray, lambda msg: other_packages.people_poses(msg, types))
        self._publish(self._on_3d, "people_pose_3d", types.PeoplePoseArray, lambda msg: other_packages.people_poses(msg, types))
        self._publish(self._on_3d, "skeletons", types.HumanSkeletonArray, lambda msg: other_packages.skeletons(msg, types))

    def _add_spencer(self, types):
        def convert(msg):
            converted = other_packages.detected_persons(msg, types, self._detections)
            self._detections += len(converted.detections)
            return converted

        self._publish(self._on_3d, "detected_persons", types.DetectedPersons, convert)

    def _add_vision(self, types):
        self._publish(self._on_2d, "detections", types.Detection2DArray, lambda msg: other_packages.detections_2d(msg, types))

    def _add_people(self, types):
        self._publish(self._on_3d, "people", types.People, lambda msg: other_packages.people(msg, types))


def make_node() -> InteropNode:
    """Node from the private parameters (config/interop.yaml)."""
    outputs = params.names("outputs")
    unknown = [output for output in outputs if output not in PACKAGES]
    if unknown or not outputs:
        raise BadParameter(f"{rospy.resolve_name('~outputs')} is {outputs}; expected some of [{', '.join(PACKAGES)}]")
    return InteropNode(outputs, params.get("cropped", False))


def main() -> None:
    params.run("interop_node", make_node)
