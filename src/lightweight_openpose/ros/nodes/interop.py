"""Republishes people in the messages of other packages, those that are asked for and installed."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Tuple

import message_filters
import rospy
from sensor_msgs.msg import Image

from lightweight_openpose.msg import HeadOrientationArray, HumanPose3DArray, HumanPoseArray
from lightweight_openpose.poses.ranged import some_of
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages import other_packages
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth
from lightweight_openpose.ros.plumbing.guard import guarded
from lightweight_openpose.ros.plumbing.image_topics import BUFFER_BYTES
from lightweight_openpose.ros.plumbing.lazy import LazySubscriptions
from lightweight_openpose.ros.plumbing.sync import StampSynchronizer

PACKAGES = {  # output -> (package, how to install it)
    "hri": ("hri_msgs", "apt install ros-noetic-hri-msgs"),
    "jsk": ("jsk_recognition_msgs", "apt install ros-noetic-jsk-recognition-msgs"),
    "spencer": (
        "spencer_tracking_msgs",
        "build spencer_tracking_msgs from spencer_people_tracking in your workspace",
    ),
    "vision": ("vision_msgs", "apt install ros-noetic-vision-msgs"),
    "people": ("people_msgs", "apt install ros-noetic-people-msgs"),
}
_QUEUE = 30


@dataclass(frozen=True)
class InteropSettings:
    """Parameters of interop_node (config/interop.yaml)."""

    outputs: Tuple[str, ...] = some_of(PACKAGES)
    cropped: bool = False  # hri gets the images of the bodies too
    frame_prefix: str = ""  # of hri's frames, such as front/


def messages_of(output: str):
    """Module with the messages of an output. Raises RuntimeError that names the package."""
    package, remedy = PACKAGES[output]
    try:
        return importlib.import_module(f"{package}.msg")
    except ImportError:
        raise RuntimeError(f"output {output} needs the package {package}: {remedy}") from None


class _Outputs:
    """What is to be done with each message of an input."""

    def __init__(self, health: StreamHealth):
        self._health = health
        self.of_all = []  # callables of a message
        self.of_people = []  # likewise; these take joints by their names

    def __call__(self, msg) -> None:
        for act in self.of_all:
            self._do(act, msg)
        if self.of_people and self._health.accepts(msg, COCO18):
            for act in self.of_people:
                self._do(act, msg)

    def _do(self, act, msg):
        """One output that fails keeps nothing from the others."""
        try:
            act(msg)
        except Exception as error:  # the node outlives any one message
            self._health.fail(error, msg)


class InteropNode:
    """Converts each array for the outputs that somebody listens to."""

    def __init__(self, settings: InteropSettings):
        if not settings.outputs:
            name = rospy.resolve_name("~outputs")
            raise params.BadParameter(f"{name} is []; expected some of [{', '.join(PACKAGES)}]")
        self._cropped = settings.cropped
        self._frame_prefix = settings.frame_prefix
        self._health = StreamHealth()
        self._flat = _Outputs(self._health)  # of HumanPoseArray
        self._metric = _Outputs(self._health)  # of HumanPose3DArray
        self._humans = None
        self._detections = 0  # how many were numbered so far
        self._inputs = LazySubscriptions(self._subscribe, always="hri" in settings.outputs)
        for output in settings.outputs:
            getattr(self, f"_add_{output}")(messages_of(output))
        self._inputs.update()

    def _subscribe(self):
        flat, metric = guarded(self._health, self._flat), guarded(self._health, self._metric)
        made = [
            rospy.Subscriber("poses_3d", HumanPose3DArray, metric, queue_size=5),
            rospy.Subscriber("poses", HumanPoseArray, flat, queue_size=5),
        ]
        if self._humans is not None:
            heads = guarded(self._health, self._humans.on_heads)
            made.append(rospy.Subscriber("heads", HeadOrientationArray, heads, queue_size=5))
            if self._cropped:
                made += self._subscribe_to_images()
        return made

    def _subscribe_to_images(self):
        filters = [
            message_filters.Subscriber("poses", HumanPoseArray, queue_size=10),
            message_filters.Subscriber("image", Image, queue_size=2, buff_size=BUFFER_BYTES),
        ]
        synchronizer = StampSynchronizer(filters, _QUEUE)
        synchronizer.registerCallback(guarded(self._health, self._on_image, COCO18))
        return [f.sub for f in filters]

    def _on_image(self, msg, image_msg):
        self._humans.on_poses(msg, image_msg)

    def _published(self, topic, kind, convert):
        """Callable that publishes a message converted, while somebody listens."""
        publisher = self._inputs.advertise(f"~{topic}", kind)

        def publish(msg):
            if publisher.get_num_connections():
                publisher.publish(convert(msg))

        return publish

    def _add_hri(self, types):
        from .humans import Humans

        self._humans = Humans(types, self._frame_prefix)
        self._metric.of_people.append(self._humans.on_poses_3d)
        if not self._cropped:
            self._flat.of_people.append(self._humans.on_poses)

    def _add_jsk(self, types):
        def people_poses(msg):
            return other_packages.people_poses(msg, types)

        def skeletons(msg):
            return other_packages.skeletons(msg, types)

        poses = types.PeoplePoseArray
        bones = types.HumanSkeletonArray
        self._flat.of_people.append(self._published("people_pose", poses, people_poses))
        self._metric.of_people.append(self._published("people_pose_3d", poses, people_poses))
        self._metric.of_people.append(self._published("skeletons", bones, skeletons))

    def _add_spencer(self, types):
        def detected_persons(msg):
            converted = other_packages.detected_persons(msg, types, self._detections)
            self._detections += len(converted.detections)
            return converted

        kind = types.DetectedPersons
        self._metric.of_all.append(self._published("detected_persons", kind, detected_persons))

    def _add_vision(self, types):
        def detections(msg):
            return other_packages.detections_2d(msg, types)

        kind = types.Detection2DArray
        self._flat.of_all.append(self._published("detections", kind, detections))

    def _add_people(self, types):
        def people(msg):
            return other_packages.people(msg, types)

        self._metric.of_all.append(self._published("people", types.People, people))


def main() -> None:
    """Run the node."""
    params.run("interop_node", InteropSettings, InteropNode)
