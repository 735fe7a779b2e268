"""Files that no command can use, by name: what the table of hostile command lines refers to."""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "video"))
import bombs  # noqa: E402

POSE = {"track_id": 1, "score": 0.5, "keypoints": [[1.0, 2.0, 0.9]] * 18}
FRAME = {"frame": 0, "time": 0.0, "width": 64, "height": 48, "skeleton": "coco18", "poses": [POSE]}
NAMES = [f"k{i}" for i in range(4)]
COCO = {
    "images": [{"id": 1, "file_name": "a.png", "width": 100, "height": 100}],
    "annotations": [
        {
            "id": 1,
            "image_id": 1,
            "category_id": 1,
            "bbox": [10, 10, 60, 60],
            "area": 3600,
            "keypoints": [20, 20, 2, 40, 20, 2, 20, 40, 2, 60, 60, 2],
        }
    ],
    "categories": [
        {"id": 1, "name": "thing", "keypoints": NAMES, "skeleton": [[1, 2], [1, 3], [1, 4]]}
    ],
}
# Name of a .jsonl -> what is other in its only frame, or its text.
LINES = {
    "no_json": "{",
    "number": "5",
    "list": "[]",
    "null": "null",
    "deep": "[" * 100_000,
    "no_poses": {"poses": None},
    "poses_number": {"poses": 5},
    "pose_number": {"poses": [5]},
    "frame_text": {"frame": "x"},
    "frame_inf": {"frame": float("inf")},
    "frame_list": {"frame": [1]},
    "time_text": {"time": "noon"},
    "time_nan": {"time": float("nan")},
    "time_inf": {"time": float("inf")},
    "width_text": {"width": "wide"},
    "width_negative": {"width": -5},
    "width_huge": {"width": 1e300},
    "skeleton_list": {"skeleton": ["a"]},
    "skeleton_number": {"skeleton": 5},
    "skeleton_unknown": {"skeleton": "whale"},
    "skeleton_path": {"skeleton": "../../etc/passwd"},
    "id_text": {"poses": [{**POSE, "track_id": "one"}]},
    "id_inf": {"poses": [{**POSE, "track_id": float("inf")}]},
    "score_null": {"poses": [{**POSE, "score": None}]},
    "points_number": {"poses": [{**POSE, "keypoints": 5}]},
    "points_few": {"poses": [{**POSE, "keypoints": [[1, 2, 0.5]] * 3}]},
    "points_none": {"poses": [{**POSE, "keypoints": []}]},
    "point_short": {"poses": [{**POSE, "keypoints": [[1, 2]] * 18}]},
    "point_text": {"poses": [{**POSE, "keypoints": [["a", "b", "c"]] * 18}]},
    "point_object": {"poses": [{**POSE, "keypoints": [{"x": 1}] * 18}]},
    "points_text": {"poses": [{**POSE, "keypoints": "nose"}]},
    "binary": b"\xff\xfe\x00\x01",
}


def changed(part, **changes):
    """COCO with the first image, annotation or category changed."""
    document = json.loads(json.dumps(COCO))
    document[part][0].update(changes)
    return document


# Name of a label file -> its content.
LABELS = {
    "no_json": "{",
    "number": "5",
    "list": "[]",
    "deep": "[" * 100_000,
    "empty": {},
    "binary": b"\xff\xfe\x00",
    "no_images": {**COCO, "images": None},
    "images_number": {**COCO, "images": 5},
    "images_of_numbers": {**COCO, "images": [5]},
    "no_annotations": {**COCO, "annotations": []},
    "annotations_of_numbers": {**COCO, "annotations": [5]},
    "categories_of_numbers": {**COCO, "categories": [5]},
    "category_names_number": changed("categories", keypoints=5),
    "category_names_of_numbers": changed("categories", keypoints=[1, 2, 3, 4]),
    "category_limbs_number": changed("categories", skeleton=5),
    "category_limbs_far": changed("categories", skeleton=[[1, 99], [1, 2]]),
    "category_no_id": {**COCO, "categories": [{"name": "x", "keypoints": NAMES}]},
    "twice": {**COCO, "images": COCO["images"] * 2},
    "image_id_list": changed("images", id=[1]),
    "image_outside": changed("images", file_name="../../etc/passwd"),
    "image_absolute": changed("images", file_name="/etc/passwd"),
    "image_no_name": changed("images", file_name=None),
    "image_width_text": changed("images", width="wide"),
    "image_width_negative": changed("images", width=-5),
    "image_width_inf": changed("images", width=float("inf")),
    "annotation_of_list": changed("annotations", image_id=[1]),
    "keypoints_number": changed("annotations", keypoints=5),
    "keypoints_text": changed("annotations", keypoints="nose"),
    "keypoints_nan": changed("annotations", keypoints=[float("nan")] * 12),
    "keypoints_objects": changed("annotations", keypoints=[{"x": 1}] * 12),
    "box_text": changed("annotations", bbox="wide"),
    "box_short": changed("annotations", bbox=[1, 2]),
    "box_nan": changed("annotations", bbox=[1, 2, float("nan"), 4]),
    "box_negative": changed("annotations", bbox=[1, 2, -50, -60]),
    "area_text": changed("annotations", area="large"),
    "only_crowds": changed("annotations", iscrowd=1),
}
# Those that can be read all the same, and what is wrong in them is said.
MENDED = {
    "image_outside",
    "image_absolute",
    "box_text",
    "box_short",
    "box_nan",
    "box_negative",
    "area_text",
}
YAML = {
    "tabs.yaml": "labels:\n\tbatch: 1",
    "list.yaml": "- 1",
    "open.yaml": "a: [",
    "laughs.yaml": "labels: &a [*a]",
    "unknown.yaml": "colour: red",
    "code.yaml": "labels: !!python/object/apply:os.system [echo]",
    "wrong.yaml": "steps: 5",
    "binary.yaml": b"\xff\xfe\x00",
}


def write_all(folder):
    """Write them below a folder."""

    def write(name, content):
        path = folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))

    for name, change in LINES.items():
        good = json.dumps({**FRAME, **change}) if isinstance(change, dict) else change
        write(f"{name}.jsonl", good)
    write("good.jsonl", FRAME)
    write("empty.jsonl", "")
    write(
        "mixed.jsonl",
        "\n".join(json.dumps({**FRAME, "skeleton": s}) for s in ("coco18", "submarine")),
    )
    for name, content in LABELS.items():
        write(f"{name}.json", content)
    write("coco.json", COCO)
    for name, content in YAML.items():
        write(name, content)
    write("bomb.png", bombs.jpeg(40000, 40000))
    write("empty.pth", "")
    write("text.pth", "no checkpoint")
    write("text.onnx", "no network")
    write("text.xml", "no network")
    write("text.pt", "no network")
    write("text.txt", "text")
    write("text.bag", "no bag")
    write("empty.bag", "")
    write("text.tar", "no tar")
    (folder / "folder").mkdir()
    (folder / "folder.pth").mkdir()
    (folder / "folder.xml").mkdir()
    np.savez(str(folder / "arrays.npz"), a=np.zeros(3))
    (folder / "arrays.npz").rename(folder / "arrays.pth")
