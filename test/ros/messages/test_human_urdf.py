"""The URDF of a body, and that its forward kinematics lead back to the keypoints."""

import shutil
import subprocess
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lightweight_openpose.geometry.human_model import Body, BodyLengths, LengthMemory
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages.human_urdf import human_urdf
from people import body

LINKS = {  # keypoint -> link whose origin it is
    "neck": "torso",
    **{
        f"{name}_{joint}": f"{side}_{joint}"
        for side, name in (("l", "left"), ("r", "right"))
        for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    },
}
REP_155 = """waist torso r_head y_head p_head head
l_y_shoulder l_p_shoulder l_r_shoulder l_elbow l_wrist
r_y_shoulder r_p_shoulder r_r_shoulder r_elbow r_wrist
l_y_hip l_p_hip l_r_hip l_knee l_ankle r_y_hip r_p_hip r_r_hip r_knee r_ankle""".split()


def numbers(element, name):
    return np.array([float(word) for word in element.get(name).split()])


def forward(urdf, angles):
    """Link -> (rotation, position [m]) in the frame of the root."""
    robot = ElementTree.fromstring(urdf)
    links = [link.get("name") for link in robot.findall("link")]
    placed = {links[0]: (Rotation.identity(), np.zeros(3))}
    for joint in robot.findall("joint"):  # parents come first
        turn, at = placed[joint.find("parent").get("link")]
        origin = joint.find("origin")
        assert not numbers(origin, "rpy").any()
        at = at + turn.apply(numbers(origin, "xyz"))
        if joint.get("type") == "revolute":
            axis, limit = numbers(joint.find("axis"), "xyz"), joint.find("limit")
            angle = angles.get(joint.get("name"), 0.0)
            assert float(limit.get("lower")) - 1e-3 <= angle <= float(limit.get("upper")) + 1e-3
            turn = turn * Rotation.from_rotvec(axis * angle)
        placed[joint.find("child").get("link")] = turn, at
    assert set(placed) == set(links)
    return placed


def errors(points):
    """Distance [m] of each keypoint from the origin of its link, after URDF and angles."""
    person = Body.of(points, COCO18)
    urdf = human_urdf(LengthMemory().update(person), "abc")
    placed = forward(urdf, {f"{name}_abc": v for name, v in person.angles().items()})
    found = {}
    for name, link in LINKS.items():
        _, at = placed[f"{link}_abc"]
        found[name] = np.linalg.norm(
            person.origin + person.rotation @ at - points[COCO18.index(name)]
        )
    return found


def moved(random):
    """(18, 3) somebody standing somewhere whose arms and legs point anywhere."""
    points = body(random.uniform(2, 4), random.uniform(-np.pi, np.pi), random.uniform(-1, 1))
    for side in ("left", "right"):
        for chain, lengths in (
            (("shoulder", "elbow", "wrist"), (0.28, 0.25)),
            (("hip", "knee", "ankle"), (0.42, 0.40)),
        ):
            for inner, outer, length in zip(chain, chain[1:], lengths):
                way = random.normal(size=3)
                start = points[COCO18.index(f"{side}_{inner}")]
                step = length * way / np.linalg.norm(way)
                points[COCO18.index(f"{side}_{outer}")] = start + step
    return points


@pytest.mark.parametrize("turn", [0.0, 0.7, -2.0])
def test_somebody_who_stands_is_reconstructed(turn):
    assert max(errors(body(3.0, turn)).values()) < 0.04


def test_arms_and_legs_that_point_anywhere_are_reconstructed():
    random = np.random.default_rng(3)
    worst = [max(errors(moved(random)).values()) for _ in range(100)]
    assert np.median(worst) < 0.04 and max(worst) < 0.06


def test_links_and_joints_are_those_of_rep_155_with_the_id_of_the_body():
    robot = ElementTree.fromstring(human_urdf(BodyLengths.of(1.7), "aaaae", "front/"))
    joints = sorted(joint.get("name") for joint in robot.findall("joint"))
    assert joints == sorted(f"{name}_aaaae" for name in REP_155)
    links = {link.get("name") for link in robot.findall("link")}
    behind = {name.replace("r_r_", "r_").replace("l_r_", "l_") for name in REP_155}
    assert links == {f"front/{name}_aaaae" for name in behind | {"body"}}


def test_the_urdf_passes_check_urdf(tmp_path):
    if shutil.which("check_urdf") is None:
        pytest.skip("no check_urdf")
    path = tmp_path / "human.urdf"
    path.write_text(human_urdf(BodyLengths.of(1.7), "aaaae"))
    said = subprocess.check_output(["check_urdf", str(path)], text=True)
    assert "Successfully Parsed XML" in said and "root Link: body_aaaae" in said
