"""Heatmaps and PAFs -> poses, with NumPy, or the first steps with torch where the maps are torch's.

Peaks, limb scores and greedy assembly follow "Realtime Multi-Person 2D Pose Estimation using Part
Affinity Fields" (Cao et al., arXiv 1611.08050). Unlike the reference code: peaks are sub-pixel (a
parabola through their neighbours), limbs are assembled from the strongest to the weakest over the
whole body, keypoints are completed by hysteresis with a low threshold, and scores count the size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, ClassVar, List, Mapping, Tuple, Union, cast

import numpy as np

from lightweight_openpose.poses import Pose, Skeleton, missing_keypoints
from lightweight_openpose.poses.renamed import takes_old_names
from lightweight_openpose.settings import ranged

from .assembly import PartialPerson, assemble_in_proportion
from .completion import complete
from .limbs import score_limbs
from .peaks import find_peaks
from .preprocessing import PixelMap

if TYPE_CHECKING:
    import torch

Map = Union[np.ndarray, "torch.Tensor"]

# Size [map cells] of people of whom half of their certainty counts. A joint is some tenths of a
# cell off whatever the size of its person, so that it says less of small ones.
HALF_CERTAIN = 4.0


@takes_old_names
@dataclass(frozen=True)
class DecoderConfig:
    """Thresholds of decoding; all scores are in [0, 1]."""

    keypoint_threshold: float = ranged(0.1, 0.01, 0.9, "lowest heatmap value of a joint")
    low_keypoint_threshold: float = ranged(
        0.04,
        0.01,
        0.9,
        "lowest heatmap value of a joint that a limb of somebody found leads to; from "
        "keypoint_threshold on such faint keypoints are not looked for",
    )
    old_names: ClassVar[Mapping[str, str]] = {
        "continued_threshold": "low_keypoint_threshold"  # old name
    }
    limb_threshold: float = ranged(
        0.05, 0.0, 0.9, "PAF value above which a point on a limb supports it"
    )
    limb_support: float = ranged(
        0.8, 0.1, 1.0, "lowest share of the points on a limb that support it"
    )
    min_keypoints: int = ranged(3, 2, 18, "people with fewer joints are dropped")
    min_score: float = ranged(0.05, 0.0, 1.0, "people with a lower score are dropped")
    max_people: int = ranged(100, 1, 1000, "number of people that are kept, the best")


def decode(
    heatmaps: Map,
    pafs: Map,
    skeleton: Skeleton,
    pixel_map: PixelMap,
    stride: float = 8,
    config: DecoderConfig = DecoderConfig(),
) -> List[Pose]:
    """Poses in one image from its (K or K+1, h, w) heatmaps and (2L, h, w) PAFs, best first.

    In image px. Maps may be tensors, of which only candidates and, once, the PAFs are copied from
    their device. pixel_map: of the preprocessed image; stride: network px per map cell. A person's
    score is the sum of the scores of its joints, and of its limbs between clear ones, divided by
    the number of joints and limbs of the skeleton: it falls with every part not seen. It falls too
    with the size d [cells] of what was seen, the diagonal of the box around the joints:
    d / (d + HALF_CERTAIN) of it count.
    """
    peaks_of, limbs_of = _steps_for(heatmaps)
    joint_maps = heatmaps[: skeleton.num_keypoints]
    channel, xy, peak_score = peaks_of(
        joint_maps, min(config.keypoint_threshold, config.low_keypoint_threshold)
    )
    clear = np.flatnonzero(peak_score > config.keypoint_threshold)
    candidates = limbs_of(pafs, skeleton.limbs, channel[clear], xy[clear], config)
    people = assemble_in_proportion(
        skeleton, xy[clear], channel[clear], peak_score[clear], candidates
    )
    people = [p for p in people if len(p.joints) >= config.min_keypoints]

    first = _peaks_of(people, clear, skeleton.num_keypoints)
    peaks, stay = complete(first, skeleton, on_host(pafs), channel, xy, config.min_keypoints)
    # To somebody of whom this is a part.
    lost = _joints_of((first[stay] >= 0) & (peaks != first[stay]))
    limb_score = [people[int(i)].limb_score(joints) for i, joints in zip(stay, lost)]

    found = peaks >= 0
    keypoints = missing_keypoints(found.size).reshape(*found.shape, 3)
    keypoints[found, :2] = pixel_map.to_image((xy[peaks[found]] + 0.5) * stride - 0.5)
    keypoints[found, 2] = peak_score[peaks[found]]

    parts = skeleton.num_keypoints + len(skeleton.limbs)
    scores = (keypoints[:, :, 2].sum(1) + limb_score) / parts * _certainty(peaks, xy)
    best = np.argsort(-scores, kind="stable")[: config.max_people]
    return [Pose(keypoints[i], float(scores[i])) for i in best if scores[i] >= config.min_score]


def _certainty(peaks: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """(N,) share of each person's certainty that counts at its size.

    peaks: (N, K) peak of each joint, -1 where there is none; xy: (P, 2) of the peaks in map cells.
    """
    if not len(peaks):
        return np.zeros(0)
    found = (peaks >= 0)[:, :, None]
    joints = xy.take(peaks, 0)
    box = np.where(found, joints, -np.inf).max(1) - np.where(found, joints, np.inf).min(1)
    size = np.hypot(*box.T)
    return size / (size + HALF_CERTAIN)


def _peaks_of(people: List[PartialPerson], clear: np.ndarray, count: int) -> np.ndarray:
    """(N, count) peak of each joint of each person, -1 for none; theirs are rows of `clear`."""
    peaks = np.full((len(people), count), -1)
    theirs = [(i, *pair) for i, person in enumerate(people) for pair in person.joints.items()]
    who, joint, row = np.array(theirs, int).reshape(-1, 3).T
    peaks[who, joint] = clear[row]
    return peaks


def _joints_of(marked: np.ndarray) -> List[List[int]]:
    """The joints of each person that are marked (N, K)."""
    joints: List[List[int]] = [[] for _ in marked]
    for who, joint in cast(List[List[int]], np.argwhere(marked).tolist()):
        joints[who].append(joint)
    return joints


def on_host(maps: Map) -> np.ndarray:
    """Maps as an array."""
    return maps if isinstance(maps, np.ndarray) else maps.cpu().numpy()


def _steps_for(maps: Map) -> Tuple[Callable, Callable]:
    """find_peaks and score_limbs for where the maps lie."""
    if isinstance(maps, np.ndarray):
        return find_peaks, score_limbs
    from . import torch_candidates

    return torch_candidates.find_peaks, torch_candidates.score_limbs
