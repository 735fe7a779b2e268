"""COCO files for an evaluation: good ones are completed, bad ones are one clear error."""
import copy
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from hostile_files import COCO, LABELS

from lightweight_openpose.analysis.coco_file import read_coco_file

# What the label file of a training refuses or warns of, and an evaluation can do with.
USABLE = {
    "no_annotations", "only_crowds", "twice", "image_width_text", "image_width_negative",
    "image_width_inf", "box_negative", "category_limbs_number", "category_limbs_far",
}


def read(document, tmp_path):
    path = tmp_path / "coco.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_coco_file(path)


def test_what_pycocotools_needs_is_filled_in(tmp_path):
    document = copy.deepcopy(COCO)
    del document["annotations"][0]["area"]
    annotation, = read(document, tmp_path)["annotations"]
    assert annotation["area"] == 3600 and annotation["iscrowd"] == 0
    assert annotation["num_keypoints"] == 4


@pytest.mark.parametrize("name", sorted(set(LABELS) - USABLE - {"binary"}))
def test_a_bad_file_is_named(name, tmp_path):
    with pytest.raises(ValueError, match="coco.json is no COCO label file") as error:
        read(LABELS[name], tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", sorted(USABLE))
def test_what_an_evaluation_can_do_with_is_read(name, tmp_path):
    assert read(LABELS[name], tmp_path)["images"]
