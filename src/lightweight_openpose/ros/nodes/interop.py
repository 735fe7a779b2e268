"""Republishes people in the messages of other packages, those that are asked for and installed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Optional, Type, Union

import message_filters
import rospy
from sensor_msgs.msg import Image

from lightweight_openpose.msg import HeadOrientationArray, HumanPose3DArray, HumanPoseArray
from lightweight_openpose.poses import Skeleton, find_skeleton
from lightweight_openpose.ros.messages.interop import find_output
from lightweight_openpose.ros.messages.interop.output import Topic, is_human
from lightweight_openpose.ros.messages.people import PeopleInImage
from lightweight_openpose.ros.messages.people_3d import People3D
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.awaited import POSES_REMEDY, await_inputs
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth, report
from lightweight_openpose.ros.plumbing.guard import guarded
from lightweight_openpose.ros.plumbing.image_topics import BUFFER_BYTES, POSE_BYTES
from lightweight_openpose.ros.plumbing.lazy import LazySubscriptions
from lightweight_openpose.ros.plumbing.sync import StampSynchronizer
from lightweight_openpose.ros.settings.interop import InteropSettings, outputs
from lightweight_openpose.settings import BadSetting

if TYPE_CHECKING:
    from .humans import Humans

_QUEUE = 30


def messages_of(names: Iterable[str]) -> Dict[str, Any]:
    """Output -> module with its messages, of those outputs whose package is installed.

    The others are named in one warning. Raises RuntimeError, which names all, when none is left.
    """
    found, missing = {}, []
    for output in names:
        package, remedy, _ = find_output(output)
        try:
            found[output] = importlib.import_module(f"{package}.msg")  # noqa: TID251
        except ImportError:
            missing.append(f"{output} needs the package {package} ({remedy})")
    if missing and not found:
        raise RuntimeError(f"none of the outputs has its package: {'; '.join(missing)}")
    if missing:
        rospy.logwarn("%s: left out: %s", rospy.get_name(), "; ".join(missing))
    return found


class _Outputs:
    """What is to be done with the people in each message of an input."""

    def __init__(self, health: StreamHealth):
        self._health = health
        self._acts: List[Callable[[Any], object]] = []

    def add(self, act: Callable[[Any], object]) -> None:
        """Do this, too."""
        self._acts.append(act)

    def __call__(self, people: Union[PeopleInImage, People3D]) -> None:
        for act in self._acts:
            try:
                act(people)
            except Exception as error:  # one output that fails keeps nothing from the others
                self._health.fail(error)


class InteropNode:
    """Converts each array for the outputs that somebody listens to."""

    def __init__(self, settings: InteropSettings):
        if not settings.outputs:
            name = rospy.resolve_name("~outputs")
            raise BadSetting(f"{name} is []; expected some of {', '.join(outputs())}")
        self._skeleton = find_skeleton(settings.skeleton)
        if not is_human(self._skeleton):
            raise BadSetting(
                f"{rospy.resolve_name('~skeleton')} is {settings.skeleton!r}, which is no person: "
                "other packages would take it for one"
            )
        self._cropped = settings.cropped
        self._frame_prefix = settings.frame_prefix
        self._max_bodies = settings.max_bodies
        self._health = StreamHealth()
        self._flat = _Outputs(self._health)  # of PeopleInImage
        self._metric = _Outputs(self._health)  # of People3D
        self._humans: Optional[Humans] = None
        messages = messages_of(settings.outputs)
        self._inputs = LazySubscriptions(self._subscribe, always="hri" in messages)
        for output, types in messages.items():
            for topic in find_output(output).topics(types, self._skeleton):
                (self._metric if topic.metric else self._flat).add(self._published(topic))
        if "hri" in messages:
            self._add_humans(messages["hri"])
        report("interop", self._health, lambda: self._inputs.wanted, self._counts)
        self._inputs.update()

    def _counts(self) -> Dict[str, int]:
        return {} if self._humans is None else {"bodies left out": self._humans.left_out}

    def _subscribe(self) -> List[rospy.Subscriber]:
        made = [
            self._listen("poses_3d", HumanPose3DArray, self._metric, self._skeleton),
            self._listen("poses", HumanPoseArray, self._flat, self._skeleton),
        ]
        if self._humans is not None:
            made.append(self._listen("heads", HeadOrientationArray, self._humans.on_heads))
            if self._cropped:
                made += self._subscribe_to_images(self._humans)
        return made

    def _listen(
        self,
        topic: str,
        kind: Type[rospy.Message],
        callback: Callable[[Any], object],
        skeleton: Optional[Skeleton] = None,
    ) -> rospy.Subscriber:
        callback = guarded(self._health, callback, skeleton)
        return rospy.Subscriber(topic, kind, callback, queue_size=5, buff_size=POSE_BYTES)

    def _subscribe_to_images(self, humans: Humans) -> List[rospy.Subscriber]:
        filters = [
            message_filters.Subscriber(
                "poses", HumanPoseArray, queue_size=10, buff_size=POSE_BYTES
            ),
            message_filters.Subscriber("image", Image, queue_size=2, buff_size=BUFFER_BYTES),
        ]
        synchronizer = StampSynchronizer(filters, _QUEUE)
        on_image = guarded(self._health, humans.on_poses, self._skeleton, frames=False)
        synchronizer.registerCallback(on_image)
        remedies = (POSES_REMEDY, "remap image:= to the raw images of the poses")
        await_inputs(self._health, dict(zip(filters, remedies)), synchronizer)
        return [f.sub for f in filters]

    def _published(self, topic: Topic) -> Callable[[Any], None]:
        """Callable that publishes people converted, while somebody listens."""
        publisher = self._inputs.advertise(f"~{topic.name}", topic.kind)

        def publish(people: Any) -> None:
            if publisher.get_num_connections():
                publisher.publish(topic.convert(people))

        return publish

    def _add_humans(self, types: Any) -> None:
        """types: the module hri_msgs.msg."""
        from .humans import Humans

        humans = Humans(types, self._skeleton, self._max_bodies, self._frame_prefix)
        self._humans = humans
        self._metric.add(humans.on_poses_3d)
        if not self._cropped:
            self._flat.add(humans.on_poses)

    def close(self) -> None:
        """Take back what outlives the node."""
        if self._humans is not None:
            self._humans.close()


def main() -> None:
    """Run the node."""
    params.run("interop_node", InteropSettings, InteropNode)
