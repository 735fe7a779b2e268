"""The recipe for a group of joints in doc/development.md: an entry has all that belongs to it."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from lightweight_openpose.poses.groups import group_skeleton
from lightweight_openpose.poses.pose import GROUP_TABLE, Pose
from lightweight_openpose.poses.skeleton import COCO18

ROOT = Path(__file__).resolve().parents[2]
# Follows the recipe in a copy of poses/pose.py: the entry and the field of a third hand.
FOLLOWED = """
import sys
from pathlib import Path
import lightweight_openpose.poses as poses
path = Path(sys.argv[1])
source = (Path(poses.__path__[0]) / "pose.py").read_text()
entry = '    "face": Group("face_32", FACE_KEYPOINTS),'
field = "    face: Optional[np.ndarray] = None"
assert source.count(entry) == source.count(field) == 1
source = source.replace(entry, entry + '\\n    "glove": Group("hand_21", 21, "neck", 0.3),')
source = source.replace(field, field + "\\n    glove: Optional[np.ndarray] = None")
path.write_text(source)
"""
USED = """
import json
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from dataclasses import replace
from lightweight_openpose.display.drawing import draw_poses
from lightweight_openpose.geometry.group_lifting import lift_groups
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.pose_lines import Frame, frame_to_dict, read_frames
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.tracking.tracker import Tracker, TrackerConfig

body = np.column_stack([np.linspace(50, 150, 18), np.linspace(20, 180, 18), np.ones(18)])
glove = np.column_stack([np.linspace(60, 90, 21), np.linspace(60, 95, 21), np.ones(21)])
pose = Pose(body.astype(np.float32), 1.0, glove=glove.astype(np.float32))
(tracked,) = Tracker(COCO18, TrackerConfig(min_hits=1)).update([pose], 0.0)
assert tracked.track_id == 0 and np.allclose(tracked.glove, glove)
lines = sys.argv[1] + "/poses.jsonl"
with open(lines, "w") as stream:
    json.dump(frame_to_dict(Frame(0, 0.0, 200, 200, "coco18", [tracked], "own")), stream)
(frame,) = read_frames(lines)
assert np.allclose(frame.poses[0].glove, glove, atol=0.01)
image = np.zeros((200, 200, 3), np.uint8)
alone = image.copy()
draw_poses(image, [tracked], COCO18)
draw_poses(alone, [replace(tracked, glove=None)], COCO18)
assert (image != alone).any()
joints = np.column_stack([np.zeros((18, 2)), np.full(18, 2.0), np.ones(18)])
lifted = lift_groups(tracked, joints, COCO18, lambda p, s: np.full((21, 4), 2.2))
assert lifted["glove"][0, 2] == 2.2
print("used")
"""


@pytest.mark.parametrize("name", GROUP_TABLE)
def test_an_entry_has_its_skeleton_its_field_and_its_messages(name):
    group = GROUP_TABLE[name]
    assert group_skeleton(name).num_keypoints == group.count
    assert name in {field.name for field in fields(Pose)}
    assert not group.begins_at or group.begins_at in COCO18.keypoints and group.reach > 0
    assert f"Keypoint[] {name} " in (ROOT / "msg" / "HumanPose.msg").read_text()
    in_metres = f"Keypoint3D[] {name} " in (ROOT / "msg" / "HumanPose3D.msg").read_text()
    assert in_metres == bool(group.begins_at)


def test_one_more_is_tracked_written_drawn_and_lifted(tmp_path):
    package = tmp_path / "lightweight_openpose"
    package.mkdir()
    source = ROOT / "src" / "lightweight_openpose"
    for part in source.iterdir():
        if part.name != "poses":
            (package / part.name).symlink_to(part)
    (package / "poses").mkdir()
    for part in (source / "poses").glob("*.py"):
        if part.name != "pose.py":
            (package / "poses" / part.name).write_text(part.read_text())
    follow = [sys.executable, "-c", FOLLOWED, str(package / "poses" / "pose.py")]
    subprocess.run(follow, check=True, timeout=60, env={"PYTHONPATH": str(ROOT / "src")})
    done = subprocess.run(
        [sys.executable, "-c", USED, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
    )
    assert done.stdout == "used\n", done.stderr
