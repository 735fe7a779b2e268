"""Networks that cannot be used here: what each is, and why not."""

from __future__ import annotations

from typing import Any, List, Optional

from .foreign import COCO_JOINTS, JOINT_VALUES, Seen, boxes_on_grids, value_of

_TOP_DOWN = (
    "which finds the joints of one person in a crop that a detector of people made: take a "
    "network that finds all people of an image"
)
# Joints of a person in networks of one person that are in use: MPII, COCO, Halpe, whole bodies, ...
_JOINT_COUNTS = (13, 14, 15, 16, 17, 23, 24, 26, 133, 136)
_TRT_POSE = (
    "trt_pose, whose maps are of other joints and limbs than OpenPose's: take OpenPose's network "
    "or one of this package"
)


def other_network(shapes: List[tuple], seen: Seen = Seen()) -> Optional[str]:
    """What a network is that cannot be used here, and why; None where that is not known."""
    for told in (_by_metadata, _by_names, _by_shapes, _by_rows):
        said = told(shapes, seen)
        if said:
            return said
    return None


def _by_metadata(shapes: List[tuple], seen: Seen) -> Optional[str]:
    task = seen.metadata.get("task")
    if not task or "stride" not in seen.metadata:
        return None
    if task != "pose":
        return f"a YOLO for the task '{task}', as its metadata says: export one for the task 'pose'"
    shape = value_of(seen.metadata.get("kpt_shape"))
    if list(shape or ()) != [COCO_JOINTS, 3]:
        return f"a YOLO-pose with keypoints of shape {shape}: only COCO's 17 with scores are read"
    return None


def _by_names(shapes: List[tuple], seen: Seen) -> Optional[str]:
    names = {str(name).split("/")[-1].lower() for name in seen.names}
    if {"simcc_x", "simcc_y"} <= names:
        return f"RTMPose, a top-down network, {_TOP_DOWN}"
    if {"num_dets", "det_boxes"} <= names or "num_detections" in names:
        return "a detector with a plug-in of TensorRT for suppression: export it without that"
    if {"cmap", "paf"} <= names:
        return _TRT_POSE
    if "pred_boxes" in names or "graph2_pred_boxes" in names:
        return "YOLO-NAS or a like network, whose outputs are not read: take YOLO-pose or RTMO"
    return None


def _by_shapes(shapes: List[tuple], seen: Seen) -> Optional[str]:
    channels = [shape[1] for shape in shapes if len(shape) == 4]
    ranks = [len(shape) for shape in shapes]
    if any(shape[1:] == (1, COCO_JOINTS, 3) for shape in shapes) and len(shapes) == 1:
        return "MoveNet, which finds the joints of one person: take YOLO-pose or RTMO"
    if [shape[1:] for shape in shapes].count((63,)) == 2:
        return "MediaPipe's network of hands: give it as --hands or ~hands with one of people"
    if shapes and shapes[0][1:] == (6, 56):
        return "MoveNet MultiPose, whose outputs are not read: take YOLO-pose or RTMO"
    if sorted(channels, key=str) == [18, 42]:
        return _TRT_POSE
    if ranks == [3, 3] and shapes[0][1] == shapes[1][1] and _between(shapes[0][1], 5, 200):
        return f"RTMPose or another top-down network with SimCC, {_TOP_DOWN}"
    if ranks == [4] and channels[0] in _JOINT_COUNTS and _is_map(shapes[0], seen):
        joints = channels[0]
        return (
            f"a network of {joints} heatmaps without PAFs, such as ViTPose and HRNet, {_TOP_DOWN}"
        )
    if any(len(s) == 4 and s[3] == 3 and _between(s[2], 2, 200) for s in shapes):
        counts = sorted({s[2] for s in shapes if len(s) == 4 and s[3] == 3})
        return (
            f"a network that finds people with {', '.join(map(str, counts))} joints in outputs "
            "that are not read: of this kind RTMO with COCO's 17 is"
        )
    return None


def _by_rows(shapes: List[tuple], seen: Seen) -> Optional[str]:
    for shape in shapes:
        if len(shape) == 5:
            return "a YOLO with raw grids: export it with its boxes decoded (--grid)"
        if len(shape) == 2 and shape[1] == 6 + JOINT_VALUES:
            return "YOLO-NAS with flat outputs, which are not read: take YOLO-pose or RTMO"
        if len(shape) == 3:
            said = _yolo_of(shape, seen)
            if said:
                return said
    return None


def _yolo_of(shape: tuple, seen: Seen) -> Optional[str]:
    """What a YOLO is whose people or boxes are the columns or rows of an output."""
    grids = [n for anchors in (1, 3) for n in boxes_on_grids(seen.size or (0, 0), anchors) if n]
    columns = _between(shape[1], 5, 400) and (shape[2] in grids or not grids)
    if columns and shape[1] == 5 + JOINT_VALUES or shape[2] == 6 + JOINT_VALUES:
        return (
            f"no YOLO-pose, though it has {shape[1]}x{shape[2]} values: scores are outside of "
            "0..1, or positions are not in pixels"
        )
    if shape[2] == 5 + JOINT_VALUES:
        return "a YOLO-pose with a person a row, which is not read: export it as (1, 56, N)"
    if columns:
        return _yolo_with(shape[1] - 5)
    if shape[2] == 6 or shape[2] == 5:
        return "a detector of boxes without joints: take a network of poses"
    if _between(shape[2], 9, 400) and (shape[1] in grids or _between(shape[1], 1, 1000)):
        return _yolo_with(shape[2] - 6)
    return None


def _yolo_with(values: int) -> str:
    """What a YOLO is that has so many values after a box, its score and its class."""
    told = [
        f"{values // n} joints" + ("" if n == 3 else " without scores")
        for n in (3, 2)
        if values > 0 and values % n == 0
    ]
    return (
        "a YOLO for boxes, masks or other joints than COCO's 17 "
        f"({values} values after box and score{': ' if told else ''}{' or '.join(told)}): take "
        "one for people's poses"
    )


def _is_map(shape: tuple, seen: Seen) -> bool:
    """Whether an output of four axes has a cell for each few pixels of the input."""
    if seen.size is None or not all(isinstance(n, int) for n in shape[2:]):
        return True
    return all(cells > 1 and size % cells == 0 for cells, size in zip(shape[2:], seen.size))


def _between(number: Any, low: int, high: int) -> bool:
    return isinstance(number, int) and low <= number <= high
