"""What the launch files start, and which nodes are started again when they end; needs ROS."""

from pathlib import Path

import pytest

pytest.importorskip("roslaunch", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
import roslaunch.config
from roslaunch.arg_dump import get_args
from roslaunch.xmlloader import XmlLoader

LAUNCH = Path(__file__).resolve().parents[2] / "launch"
EVERYTHING = ("image:=/c/image_raw", "depth:=/d/image_raw", "web:=true", "events:=true")


def nodes(name, *arguments):
    config = roslaunch.config.ROSLaunchConfig()
    XmlLoader().load(str(LAUNCH / f"{name}.launch"), config, argv=list(arguments), verbose=False)
    return config.nodes


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("people", EVERYTHING),
        ("interop", ("outputs:=[vision]",)),
        *[
            (name, ())
            for name in (
                "pose_estimator",
                "head_orientation",
                "pose_3d",
                "pose_events",
                "visualizer",
                "web_view",
            )
        ],
    ],
)
def test_nodes_of_a_robot_are_started_again_but_not_in_a_hurry(name, arguments):
    found = nodes(name, *arguments)
    assert found and all(node.respawn and node.respawn_delay >= 5 for node in found)
    assert not any(node.respawn for node in nodes(name, *arguments, "respawn:=false"))


def test_a_replay_starts_nothing_again():
    assert not any(node.respawn for node in nodes("replay", "bag:=people.bag"))


def test_the_demo_ends_with_any_of_its_nodes():
    found = {node.name: node for node in nodes("demo")}
    assert not any(node.respawn for node in found.values())
    assert {name for name, node in found.items() if not node.required} == {"record"}


def test_a_recording_is_not_written_over():
    (node,) = nodes("visualizer", "record:=/tmp/people.mp4")
    assert not node.respawn


def parameters(name, *arguments):
    config = roslaunch.config.ROSLaunchConfig()
    XmlLoader().load(str(LAUNCH / f"{name}.launch"), config, argv=list(arguments), verbose=False)
    return config, {name: param.value for name, param in config.params.items()}


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("people", EVERYTHING),
        ("rgbd", ("rviz:=true",)),
    ],
)
def test_every_node_that_has_a_camera_is_told_of_rectified_images(name, arguments):
    _, given = parameters(name, *arguments, "rectified:=true")
    for node in ("head_orientation", "pose_3d", "pose_visualizer"):
        assert given[f"/{node}/rectified"] is True


@pytest.mark.parametrize(
    "name, arguments, wanted",
    [
        ("people", ("image:=/c/image_raw", "depth:=/d/image_raw", "rviz:=true"), "/d/camera_info"),
        ("rgbd", ("rviz:=true", "aligned:=false"), "/camera/depth/camera_info"),
    ],
)
def test_rviz_has_the_calibration_of_the_depth(name, arguments, wanted):
    (remaps,) = (dict(node.remap_args) for node in nodes(name, *arguments) if node.name == "rviz")
    assert remaps["/people/depth/camera_info"] == wanted


def test_every_node_of_people_gets_the_skeleton():
    config, given = parameters("people", *EVERYTHING, "skeleton:=body_25")
    found = [node.name for node in config.nodes]
    assert [given[f"/{name}/skeleton"] for name in found] == ["body_25"] * len(found)


def test_people_of_a_file_are_answered_frame_by_frame_in_their_namespace():
    config, given = parameters("people", "source:=/tmp/clip.mp4", "ns:=front")
    (camera,) = (node for node in config.nodes if node.name == "camera_node")
    assert camera.namespace == "/front/camera/"
    assert dict(camera.remap_args)["poses"] == "/front/pose_estimator/poses"
    assert given["/front/camera/camera_node/realtime"] is False
    assert given["/front/camera/camera_node/source"] == "/tmp/clip.mp4"
    assert "camera_node" not in [node.name for node in nodes("people")]


FILES = sorted(path.stem for path in LAUNCH.glob("*.launch"))
REQUIRED = {"replay": {"bag": "people.bag"}, "interop": {"outputs": "[vision]"}}


@pytest.mark.parametrize("name", FILES)
def test_what_roslaunch_lists_as_required_is(name):
    """Its --ros-args takes every argument whose default is empty for one that must be given."""
    found = get_args([str(LAUNCH / f"{name}.launch")])
    required = {arg for arg, (_, default) in found.items() if not default}
    assert required == set(REQUIRED.get(name, ()))
    assert [arg for arg, (doc, _) in found.items() if not doc] == []


@pytest.mark.parametrize("name", FILES)
def test_an_argument_that_is_left_empty_is_one_that_is_not_given(name):
    required = [f"{arg}:={value}" for arg, value in REQUIRED.get(name, {}).items()]
    found = get_args([str(LAUNCH / f"{name}.launch")])
    unset = [arg for arg, (_, default) in found.items() if default in ("config", "none")]
    assert unset
    config, plain = parameters(name, *required)
    for arg in unset:
        other, given = parameters(name, *required, f"{arg}:=")
        assert given == plain
        assert [n.remap_args for n in other.nodes] == [n.remap_args for n in config.nodes]
    assert not {"config", "none"} & {value for value in plain.values() if isinstance(value, str)}


def test_one_of_several_cameras_has_its_namespace_in_front_of_nodes_and_frames():
    config, given = parameters("people", *EVERYTHING, "ns:=front")
    assert {node.namespace for node in config.nodes} == {"/front/"}
    assert given["/front/pose_3d/frame_prefix"] == "front/"
    _, alone = parameters("people", *EVERYTHING)
    assert alone["/pose_3d/frame_prefix"] == ""
