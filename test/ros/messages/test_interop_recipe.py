"""The recipe for messages of another package in doc/development.md; needs ROS."""

import importlib
import sys
from types import ModuleType

import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
from geometry_msgs.msg import PolygonStamped
from lightweight_openpose.msg import HumanPose, HumanPoseArray, Keypoint
from sensor_msgs.msg import RegionOfInterest
from std_msgs.msg import Header

from lightweight_openpose.ros.messages import interop
from lightweight_openpose.ros.messages.reading import read
from lightweight_openpose.ros.nodes import interop as interop_node
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.settings import interop as interop_settings
from lightweight_openpose.settings import BadSetting

OUTLINES = '''
"""Output outlines: the boxes of people as polygons of outline_msgs."""

from geometry_msgs.msg import Point32, Polygon

from lightweight_openpose.ros.messages.interop.output import Output, Topic


def outline(people, types):
    """People in an image -> the corners of the first box."""
    box = people.boxes[0]
    right, low = box.x_offset + box.width, box.y_offset + box.height
    corners = [(box.x_offset, box.y_offset), (right, box.y_offset), (right, low)]
    points = [Point32(float(x), float(y), 0.0) for x, y in corners]
    return types.Outline(people.header, Polygon(points))


def _topics(types, skeleton):
    return [Topic("outline", types.Outline, False, lambda people: outline(people, types))]


OUTPUT = Output("outline_msgs", "apt install ros-noetic-outline-msgs", _topics)
'''


class Publisher:
    """Keeps what is published; somebody listens."""

    def __init__(self):
        self.messages = []
        self.publish = self.messages.append

    def get_num_connections(self):
        return 1


class Topics:
    """Stands for LazySubscriptions without a master."""

    def __init__(self, connect, always=False):
        self.publishers = {}

    def advertise(self, topic, kind):
        self.publishers[topic] = Publisher()
        return self.publishers[topic]

    def update(self):
        """Nothing is to be connected."""


@pytest.fixture()
def outlines(tmp_path):
    """The node with one more file beside those of the other outputs."""
    (tmp_path / "outlines.py").write_text(OUTLINES)
    interop.__path__.append(str(tmp_path))
    importlib.reload(interop_settings)
    yield importlib.reload(interop_node)
    interop.__path__.remove(str(tmp_path))
    sys.modules.pop("lightweight_openpose.ros.messages.interop.outlines", None)
    importlib.reload(interop_settings)
    importlib.reload(interop_node)


def settings_of(node, *outputs):
    values = {"~outputs": list(outputs)}
    return params.read(node.InteropSettings, lambda name, default: values.get(name, default))


def test_it_is_an_output_of_the_node(outlines, monkeypatch):
    package = ModuleType("outline_msgs.msg")
    package.Outline = PolygonStamped
    monkeypatch.setitem(sys.modules, "outline_msgs", ModuleType("outline_msgs"))
    monkeypatch.setitem(sys.modules, "outline_msgs.msg", package)
    monkeypatch.setattr(outlines, "LazySubscriptions", Topics)
    monkeypatch.setattr(outlines, "report", lambda *_: None)
    node = outlines.InteropNode(settings_of(outlines, "outlines"))
    person = HumanPose(
        track_id=4,
        keypoints=[Keypoint()] * 18,
        bbox=RegionOfInterest(10, 20, 40, 30, False),
    )
    node._flat(read(HumanPoseArray(Header(frame_id="eye"), "coco18", "", 240, 320, [person])))
    (sent,) = node._inputs.publishers["~outline"].messages
    assert sent.header.frame_id == "eye"
    assert [(p.x, p.y) for p in sent.polygon.points] == [(10, 20), (40, 20), (40, 60)]


def test_its_package_is_named_where_it_is_missing(outlines):
    with pytest.raises(RuntimeError, match="outlines needs the package outline_msgs .apt install"):
        outlines.messages_of(["outlines"])
    with pytest.raises(BadSetting, match="expected some of hri, jsk, outlines, people"):
        settings_of(outlines, "banana")


def test_without_the_file_there_is_no_such_output():
    with pytest.raises(BadSetting, match="expected some of hri, jsk, people, spencer"):
        settings_of(interop_node, "outlines")
    with pytest.raises(ValueError, match="there is no output os.path; known: hri, jsk"):
        interop.find_output("os.path")
