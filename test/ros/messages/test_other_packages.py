"""Our messages in those of other packages, whose classes are generated here; needs ROS."""

import io
import math
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
import interop_definitions as definitions
import rospy
from geometry_msgs.msg import Point, Vector3
from lightweight_openpose.msg import (
    HumanPose,
    HumanPose3D,
    HumanPose3DArray,
    HumanPoseArray,
    Keypoint,
    Keypoint3D,
)
from sensor_msgs.msg import RegionOfInterest
from std_msgs.msg import Header

from lightweight_openpose.poses.skeleton import COCO17_KEYPOINTS, COCO18, Skeleton
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.ros.messages.interop import (
    find_output,
    hri,
    jsk,
    outputs,
    spencer,
    vision,
)
from lightweight_openpose.ros.messages.interop.output import is_human
from lightweight_openpose.ros.messages.interop.people import positions
from lightweight_openpose.ros.messages.reading import read
from lightweight_openpose.ros.nodes import interop as interop_node
from lightweight_openpose.ros.nodes.interop import InteropSettings
from lightweight_openpose.settings import BadSetting

HEADER = Header(stamp=rospy.Time(12, 34), frame_id="eye")
COVARIANCE = [0.04, 0.01, 0.0, 0.01, 0.05, 0.02, 0.0, 0.02, 0.3]  # m^2
MISSING = ("left_ear", "right_ankle")


def types(package):
    return definitions.module_of(package)


def round_trip(msg):
    """Through the wire and back: fails for a field of a wrong type."""
    buffer = io.BytesIO()
    msg.serialize(buffer)
    return type(msg)().deserialize(buffer.getvalue())


def message_2d(track_ids=(4,)):
    """People whose joint k is at (10 k, 5 k)."""
    people = []
    for track_id in track_ids:
        joints = [
            Keypoint(math.nan, math.nan, 0.0)
            if name in MISSING
            else Keypoint(10.0 * k, 5.0 * k, 0.5)
            for k, name in enumerate(COCO18.keypoints)
        ]
        people.append(
            HumanPose(
                track_id=track_id,
                score=0.7,
                num_keypoints=16,
                keypoints=joints,
                bbox=RegionOfInterest(x_offset=20, y_offset=10, width=100, height=200),
            )
        )
    return HumanPoseArray(HEADER, "coco18", "", 240, 320, people)


def poses_2d(track_ids=(4,)):
    return read(message_2d(track_ids))


def message_3d(track_ids=(4,), position=(1.0, 2.0, 3.0), velocity=(0.1, 0.2, 0.3), estimated=False):
    people = []
    for track_id in track_ids:
        joints = [
            Keypoint3D(*(math.nan,) * 3, 0.0)
            if name in MISSING
            else Keypoint3D(0.1 * k, 0.2 * k, 3.0, 0.5)
            for k, name in enumerate(COCO18.keypoints)
        ]
        person = HumanPose3D(track_id=track_id, score=0.7, num_keypoints=16, keypoints=joints)
        person.position = Point(*position)
        person.velocity = Vector3(*velocity)
        person.position_covariance = COVARIANCE
        people.append(person)
    return HumanPose3DArray(header=HEADER, skeleton="coco18", estimated=estimated, poses=people)


def poses_3d(*arguments, **changes):
    return read(message_3d(*arguments, **changes))


def test_hri_skeleton_is_matched_by_name_and_normalised():
    people, kinds = poses_2d(), types("hri_msgs")
    got = round_trip(hri.skeleton_2d(people.poses[0], people, kinds, COCO18))
    assert str(got.header) == str(HEADER) and len(got.skeleton) == 18
    for k, name in enumerate(COCO18.keypoints):
        point = got.skeleton[getattr(kinds.Skeleton2D, name.upper())]
        if name in MISSING:
            assert (point.x, point.y, point.c) == (0, 0, 0)
        else:
            assert (point.x, point.y) == pytest.approx(
                ((10 * k + 0.5) / 320, (5 * k + 0.5) / 240)
            ) and point.c == 0.5
    swapped = [kinds.Skeleton2D.LEFT_EYE, kinds.Skeleton2D.RIGHT_EYE]
    assert (
        swapped == [14, 15] and COCO18.keypoints[14] == "right_eye"
    )  # the trap: an index is not enough
    assert all(0 <= p.x <= 1 and 0 <= p.y <= 1 for p in got.skeleton)


def test_hri_roi():
    people, kinds = poses_2d(), types("hri_msgs")
    somebody = people.poses[0], people.boxes[0], people, kinds
    got = round_trip(hri.body_roi(*somebody))
    assert (got.xmin, got.ymin, got.xmax, got.ymax) == pytest.approx(
        (20 / 320, 10 / 240, 120 / 320, 210 / 240)
    )
    del kinds.NormalizedRegionOfInterest2D  # hri_msgs before 0.8
    assert hri.body_roi(*somebody) is people.boxes[0]


def test_body_ids_are_short_unique_and_legal():
    import rosgraph.names

    ids = [hri.body_id(i) for i in range(3000)]
    assert len(set(ids)) == 3000 and all(
        len(i) == 5 and rosgraph.names.is_legal_base_name(i) for i in ids
    )


@pytest.mark.parametrize("people, z", [(poses_2d(), 0.0), (poses_3d(), 3.0)])
def test_jsk_people_leave_out_what_is_missing(people, z):
    person = round_trip(jsk.people_poses(people, types("jsk_recognition_msgs"), COCO18)).poses[0]
    assert len(person.limb_names) == len(person.poses) == len(person.scores) == 16
    assert person.limb_names[:5] == ["Nose", "Neck", "RShoulder", "RElbow", "RWrist"]
    assert not {"LEar", "RAnkle"} & set(person.limb_names) and {
        "REye",
        "LEye",
        "REar",
        "LKnee",
    } <= set(person.limb_names)
    eye = person.poses[person.limb_names.index("REye")]
    assert (eye.position.z, eye.orientation.w) == (z, 1)
    assert eye.position.x == pytest.approx(140 if z == 0 else 1.4)


def test_jsk_skeletons():
    got = round_trip(jsk.skeletons(poses_3d((4, -1)), types("jsk_recognition_msgs"), COCO18))
    assert [i.data for i in got.human_ids] == [4] and len(got.skeletons) == 1
    bones = dict(zip(got.skeletons[0].bone_names, got.skeletons[0].bones))
    assert bones["Neck->Nose"].start_point.x == pytest.approx(0.1) and bones[
        "Neck->Nose"
    ].end_point.x == pytest.approx(0)
    assert len(bones) == sum(
        not any(COCO18.keypoints[i] in MISSING for i in limb) for limb in COCO18.limbs
    )


def test_spencer_ids_rise_and_unknown_axes_say_so():
    kinds = types("spencer_tracking_msgs")
    first = round_trip(spencer.detected_persons(poses_3d((4, 7)), kinds, 100))
    assert [d.detection_id for d in first.detections] == [100, 101]
    pose = first.detections[0].pose
    covariance = np.reshape(pose.covariance, (6, 6))
    assert covariance[:3, :3] == pytest.approx(np.reshape(COVARIANCE, (3, 3)))
    assert (covariance.diagonal()[3:] > 9999).all() and not covariance[:3, 3:].any()
    assert (pose.pose.position.x, pose.pose.position.z, pose.pose.orientation.w) == (1, 3, 1)
    assert first.detections[0].modality == "rgbd" and 0 <= first.detections[0].confidence <= 1
    guessed = spencer.detected_persons(poses_3d(estimated=True), kinds, 0).detections[0]
    assert guessed.modality == "mono"
    assert spencer.detected_persons(poses_3d(position=(math.nan,) * 3), kinds, 0).detections == []


def test_vision_boxes_have_a_centre_and_no_track_id_as_class():
    got = round_trip(vision.detections_2d(poses_2d((4,)), types("vision_msgs"))).detections[0]
    assert (got.bbox.center.x, got.bbox.center.y, got.bbox.size_x, got.bbox.size_y) == (
        69.5,
        109.5,
        100,
        200,
    )
    assert (
        str(got.header) == str(HEADER)
        and got.results[0].id == 0
        and got.results[0].score == pytest.approx(0.7)
    )
    assert len(got.source_img.data) == 0


def test_people():
    kinds = types("people_msgs")
    got = round_trip(positions(poses_3d((4, -1)), kinds))
    assert [p.name for p in got.people] == ["person_4", "untracked"]
    assert (got.people[0].position.z, got.people[0].velocity.y) == (3, pytest.approx(0.2))
    still = positions(poses_3d(velocity=(math.nan,) * 3), kinds).people[0]
    assert (
        still.velocity == Point()
        and dict(zip(still.tagnames, still.tags))["velocity_known"] == "false"
    )


def installed(monkeypatch, *packages):
    """Only these packages of messages can be imported."""
    for package in (find_output(name).package for name in outputs()):
        for name in (package, f"{package}.msg"):
            monkeypatch.setitem(sys.modules, name, None)
    for package in packages:
        monkeypatch.setitem(sys.modules, package, ModuleType(package))
        monkeypatch.setitem(sys.modules, f"{package}.msg", types(package))


def test_outputs_whose_package_is_missing_are_named_once_and_left_out(monkeypatch):
    said = []

    def warn(text, *words):
        said.append(text % words)

    monkeypatch.setattr(interop_node.rospy, "logwarn", warn)
    installed(monkeypatch, "vision_msgs")
    found = interop_node.messages_of(["hri", "vision", "spencer"])
    assert list(found) == ["vision"] and hasattr(found["vision"], "Detection2DArray")
    (line,) = said
    assert "hri needs the package hri_msgs (apt install ros-noetic-hri-msgs)" in line
    assert "spencer needs the package spencer_tracking_msgs (build" in line
    assert "vision" not in line


def test_without_any_package_the_node_cannot_start(monkeypatch):
    installed(monkeypatch)
    with pytest.raises(RuntimeError, match="hri_msgs .*; vision needs .*ros-noetic-vision-msgs"):
        interop_node.messages_of(["hri", "vision"])


def test_a_submarine_is_no_person():
    submarine = find_skeleton("submarine")
    assert not is_human(submarine) and is_human(COCO18)
    with pytest.raises(BadSetting, match="submarine.*no person"):
        interop_node.InteropNode(InteropSettings(outputs=("jsk",), skeleton="submarine"))


def test_other_skeletons_of_people_are_told_by_their_own_names():
    seventeen = Skeleton("coco17", COCO17_KEYPOINTS, ((5, 7),), (0.1,) * 17)
    joints = [Keypoint(10.0 * k, 5.0 * k, 0.5) for k in range(17)]
    msg = HumanPoseArray(HEADER, "coco17", "", 240, 320, [HumanPose(keypoints=joints)])
    people = read(msg, seventeen)
    person = jsk.people_poses(people, types("jsk_recognition_msgs"), seventeen).poses[0]
    at = dict(zip(person.limb_names, person.poses))
    left = COCO17_KEYPOINTS.index("left_wrist")
    assert len(at) == 17 and at["LWrist"].position.x == 10 * left and "Neck" not in at
    kinds = types("hri_msgs")
    got = hri.skeleton_2d(people.poses[0], people, kinds, seventeen).skeleton
    assert got[kinds.Skeleton2D.LEFT_WRIST].x == pytest.approx((10 * left + 0.5) / 320)
    assert len(got) == 18 and got[kinds.Skeleton2D.NECK].c == 0


NODE = """
import sys
sys.path.insert(0, {here!r})
import interop_definitions
interop_definitions.install()
from lightweight_openpose.ros.nodes.interop import main
main()
"""


def test_bodies_come_and_go_on_a_running_node(tmp_path):
    """The node with all outputs, started before its roscore, and what a subscriber sees."""
    port = "11393"
    environment = dict(
        os.environ,
        ROS_MASTER_URI=f"http://localhost:{port}",
        ROS_LOG_DIR=str(tmp_path),
        PYTHONPATH=os.pathsep.join([os.environ["PYTHONPATH"], str(Path(__file__).parents[2])]),
    )
    node = NODE.format(here=str(Path(__file__).parent))
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                node,
                "__name:=interop",
                "_outputs:=[hri, jsk, spencer, vision, people]",
                "_max_bodies:=4",
            ],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
    ]
    try:
        assert (
            processes[0]
            .stderr.readline()
            .startswith(f"no ROS master at http://localhost:{port} yet: waiting")
        )
        processes.append(
            subprocess.Popen(
                ["roscore", "-p", port],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        script = Path(__file__).parent / "interop_session.py"
        result = subprocess.run(
            [sys.executable, str(script)],
            env=environment,
            timeout=60,
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stdout + result.stderr
    finally:
        for process in processes:
            process.terminate()
            process.communicate(timeout=20)
