"""No subscription reads old messages out of a receive buffer too small for what waits there."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[3] / "src" / "lightweight_openpose"
BUFFERS = {"Image": "BUFFER_BYTES", "HumanPoseArray": "POSE_BYTES"}  # of others any of the two
SMALL = {"CameraInfo"}  # a hundred of them and more lie in rospy's own buffer of 64 KiB
SUBSCRIPTIONS = [
    pytest.param(call, id=f"{path.relative_to(SOURCE)}:{call.lineno}")
    for path in sorted(SOURCE.rglob("*.py"))
    for call in ast.walk(ast.parse(path.read_text()))
    if isinstance(call, ast.Call)
    and isinstance(call.func, ast.Attribute)
    and call.func.attr == "Subscriber"
]


@pytest.mark.parametrize("call", SUBSCRIPTIONS)
def test_every_subscription_to_poses_heads_or_images_names_its_buffer(call):
    kind = getattr(call.args[1], "id", "")
    sizes = [word.value.id for word in call.keywords if word.arg == "buff_size"]
    if kind in SMALL:
        return
    assert sizes in ([[BUFFERS[kind]]] if kind in BUFFERS else [[b] for b in BUFFERS.values()])


def test_there_are_subscriptions():
    assert len(SUBSCRIPTIONS) > 15
