"""What the outputs of a network are, by their shapes.

A network gives maps (heatmaps and PAFs), heatmaps alone (hands), detections: whole people, as
YOLO-pose and RTMO do, or the points of one crop (closeups, of this package or of MediaPipe).
"""

from __future__ import annotations

import dataclasses
import re
from typing import List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from lightweight_openpose.poses import COCO18, HAND_KEYPOINTS, Skeleton
from lightweight_openpose.zoo.model_info import InputSpec, ModelInfo

from .contract import BadModel, split_outputs
from .foreign import Seen, detections_of, stride_of
from .unusable import other_network

# What networks that give detections expect of an image, where their file does not say it.
_BLACK = (0.0, 0.0, 0.0)
_YOLO = InputSpec(multiple=32, mean=_BLACK, scale=1 / 255, rgb=True, fill=114, centred=True)
DETECTION_SPECS = {
    "yolo": _YOLO,
    "yolo-end": _YOLO,
    "yolov7": dataclasses.replace(_YOLO, multiple=64),
    "rtmo": InputSpec(multiple=32, mean=_BLACK, scale=1.0, fill=114),
}
# MediaPipe's network of hands sees RGB in [0, 1].
_MEDIAPIPE_HAND = InputSpec(mean=_BLACK, scale=1 / 255, rgb=True)
_HAND_VALUES = 3 * HAND_KEYPOINTS
_FARTHER_THAN_METRES = 2.0  # joints in px of a grey input lie farther out than those of a hand in m


class Layout(NamedTuple):
    """Which outputs of a network count, and what they are."""

    # maps: heatmaps (N, K+1, h, w) and PAFs (N, 2L, h, w); heatmaps: those alone;
    # yolo: (N, 55 + C, M), M detections of centre x, y, width, height, C scores and 17 joints;
    # yolo-end: (N, M, 57) of corners x0, y0, x1, y1, score, class and 17 joints;
    # closeup: (N, K, 3) points of a crop, x, y and standard deviation [px of the input], and (N, 1)
    # probability that they are there;
    # mediapipe-hand: (N, 63) joints of a crop, x, y, depth [px of the input], (N, 1) probability
    # that they are there, and (N, 1) that they are of a right hand; arranged as a closeup's whose
    # deviations are not known (NaN), with the last output behind;
    # yolov7: (N, M, 57) of centre x, y, width, height, objectness, score and 17 joints;
    # rtmo: (N, M, 5) of corners x0, y0, x1, y1 and score, and (N, M, 17, 3) joints.
    # Positions are [px] of the network's input; a joint is x, y, score.
    kind: str
    outputs: Tuple[int, ...]  # indices among the network's outputs, in the order above
    heatmaps: Optional[int] = None  # channels of one output that holds heatmaps and then PAFs

    @property
    def detects(self) -> bool:
        """True where the outputs are detections."""
        return self.kind in DETECTION_SPECS

    @property
    def of_crop(self) -> bool:
        """True where the outputs are the points of a crop, and whether they are there."""
        return self.kind in ("closeup", "mediapipe-hand")

    def arrange(self, arrays: Sequence[np.ndarray]) -> Tuple[np.ndarray, ...]:
        """The arrays of `outputs`, one output of maps split into heatmaps and PAFs.

        Raises BadModel for heatmaps and PAFs of different sizes.
        """
        if self.kind == "mediapipe-hand":
            joints = np.array(arrays[0]).reshape(-1, HAND_KEYPOINTS, 3)
            joints[..., 2] = np.nan
            return (joints, *arrays[1:])
        if self.heatmaps is None:
            if self.kind == "maps":
                check_cells(arrays[0].shape, arrays[1].shape, "the network")
            return tuple(arrays)
        return arrays[0][:, : self.heatmaps], arrays[0][:, self.heatmaps :]


MAPS = Layout("maps", (0, 1))
HEATMAPS = Layout("heatmaps", (0,))
CLOSEUP = Layout("closeup", (0, 1))


def layout_of(shapes: List[tuple], skeleton: Skeleton, what: str, seen: Seen = Seen()) -> Layout:
    """Layout of a network with outputs of these shapes; a size that varies is None or a string.

    skeleton: of its maps; what: the file, for messages; seen: what else is known of it. Raises
    BadModel.
    """
    closeup = _closeup(shapes, skeleton) or _mediapipe_hand(shapes, skeleton, seen)
    if closeup is not None:
        return closeup
    found = detections_of(shapes, seen)
    if found is not None:
        return Layout(*found)
    channels = [shape[1] if len(shape) == 4 else None for shape in shapes]
    joints = skeleton.num_heatmaps
    if len(shapes) == 1 and channels[0] == joints + skeleton.num_pafs:
        return Layout("maps", (0,), joints)
    if len(shapes) == 1 and channels[0] == joints:
        return HEATMAPS
    indices = _maps(shapes, skeleton, what, seen)
    heatmaps, pafs = (shapes[i] for i in indices)
    check_cells(heatmaps, pafs, what)
    return Layout("maps", indices)


def check_cells(heatmaps: Sequence, pafs: Sequence, what: str) -> None:
    """Raise BadModel where maps have other heights or widths; what: the network, for the message.

    heatmaps, pafs: shapes, of which the last two values count; a size that varies is no int.
    """
    for one, other in zip(heatmaps[-2:], pafs[-2:]):
        if isinstance(one, int) and isinstance(other, int) and one != other:
            raise BadModel(
                f"{what} gives heatmaps of {heatmaps[-1]}x{heatmaps[-2]} and PAFs of "
                f"{pafs[-1]}x{pafs[-2]} cells, which have to be as many: take another network"
            )


def _closeup(shapes: List[tuple], skeleton: Skeleton) -> Optional[Layout]:
    """Layout of the points of a crop, None where the shapes are of other outputs."""
    points = [i for i, s in enumerate(shapes) if s[1:] == (skeleton.num_keypoints, 3)]
    presence = [i for i, s in enumerate(shapes) if s[1:] == (1,)]
    return Layout("closeup", (points[0], presence[0])) if points and presence else None


def _mediapipe_hand(shapes: List[tuple], skeleton: Skeleton, seen: Seen) -> Optional[Layout]:
    """Layout of MediaPipe's network of hands, None where the outputs are others.

    They are joints in px and in metres, presence and handedness, by their names in this order:
    Identity, Identity_1, ...
    """
    order = sorted(range(len(shapes)), key=lambda i: _number_in(seen.names[i : i + 1]))
    joints = [i for i in order if shapes[i][1:] == (_HAND_VALUES,)]
    shares = [i for i in order if shapes[i][1:] == (1,)]
    if skeleton.num_keypoints != HAND_KEYPOINTS or len(joints) != 2 or len(shares) != 2:
        return None
    values = seen.values
    if values is not None and np.abs(values[joints[0]]).max() < _FARTHER_THAN_METRES:
        joints.reverse()
    return Layout("mediapipe-hand", (joints[0], *shares))


def _number_in(names: Sequence[str]) -> int:
    """The number at the end of an output's name, 0 where it has none."""
    found = re.search(r"(\d+)\D*$", str(names[0])) if names else None
    return int(found.group(1)) if found else 0


def _maps(shapes: List[tuple], skeleton: Skeleton, what: str, seen: Seen) -> Tuple[int, int]:
    """Indices of heatmaps and PAFs among several outputs: by their names, else by channels."""
    names = [str(name).lower() for name in seen.names]
    named = [[i for i, name in enumerate(names) if part in name] for part in ("heatmap", "paf")]
    if skeleton.num_heatmaps == skeleton.num_pafs and all(named):
        return named[0][-1], named[1][-1]
    try:
        return split_outputs(shapes, skeleton.num_heatmaps, skeleton.num_pafs, what)
    except BadModel:
        other = other_network(shapes, seen)
        if other is None:
            raise
        raise BadModel(f"{what} is {other}") from None


def described(
    layout: Layout,
    info: Optional[ModelInfo],
    skeleton: Skeleton,
    input_shape: Sequence,
    seen: Seen = Seen(),
) -> Optional[ModelInfo]:
    """What is known of a model: what its file says, else its layout, where it is of others.

    input_shape: (N, 3, H, W) of its input; a size that varies is None or a string.
    """
    if info is not None or not (layout.detects or layout.kind == "mediapipe-hand"):
        return info
    spec = DETECTION_SPECS.get(layout.kind, _MEDIAPIPE_HAND)
    size = tuple(input_shape[2:])
    fixed = size if all(isinstance(n, int) for n in size) else None
    multiple = stride_of(seen) or spec.multiple
    return ModelInfo(skeleton, dataclasses.replace(spec, multiple=multiple, fixed_size=fixed), 1)


def skeleton_of(given: Optional[Skeleton], info: Optional[ModelInfo]) -> Skeleton:
    """Skeleton of the poses: the one asked for, else that in the file, else coco18."""
    return given or (info.skeleton if info else COCO18)
