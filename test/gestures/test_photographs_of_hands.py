"""Gestures of hands in real photographs, told by looking at them, from labelled joints.

Needs the folder of shared data.
"""

import json

import numpy as np
import pytest

from lightweight_openpose.gestures.hand_rules import NO_GESTURE, gesture_of

FIST, OPEN_PALM, POINTING, THUMB_UP = "fist", "open_palm", "pointing", "thumb_up"


@pytest.fixture(scope="module")
def labels(shared):
    """Name of a crop -> its row."""
    files = [shared / "hands" / name for name in ("train.json", "val.json")]
    if not all(file.exists() for file in files):
        pytest.skip("no labelled hands in the shared data")
    return {row["file"]: row for file in files for row in json.loads(file.read_text())}


@pytest.mark.parametrize(
    "name, gesture",
    [
        ("photos_0548_01210_left.jpg", OPEN_PALM),
        ("exercises_Medicine_Ball_Scoop_Throw_1_01604_right.jpg", OPEN_PALM),
        ("photos_1733_00113_right.jpg", OPEN_PALM),
        ("exercises_Star_Jump_1_01388_right.jpg", OPEN_PALM),
        ("photos_0417_00699_left.jpg", POINTING),
        ("exercises_Weighted_Ball_Hyperextension_0_01785_left.jpg", THUMB_UP),
        ("exercises_Elevated_Cable_Rows_0_00706_right.jpg", THUMB_UP),
        ("exercises_Pallof_Press_With_Rotation_1_00909_left.jpg", FIST),
        ("exercises_Clean_and_Press_1_01275_left.jpg", FIST),
        ("photos_0074_01227_right.jpg", FIST),
        ("exercises_Calves-SMR_0_01329_right.jpg", NO_GESTURE),
        ("exercises_Calves-SMR_1_00613_right.jpg", NO_GESTURE),
        ("exercises_Single_Leg_Glute_Bridge_1_00163_right.jpg", NO_GESTURE),
        ("photos_0085_00351_left.jpg", NO_GESTURE),
        ("exercises_Knee_Circles_0_00232_right.jpg", NO_GESTURE),
        ("photos_0213_02743_left.jpg", NO_GESTURE),
        ("photos_2074_02326_right.jpg", NO_GESTURE),
        ("photos_0486_01700_right.jpg", NO_GESTURE),
    ],
)
def test_gestures_of_hands(labels, name, gesture):
    row = labels[name]
    hand = np.column_stack([row["joints"], np.ones(21)])
    assert gesture_of(hand, row["side"]) == gesture
