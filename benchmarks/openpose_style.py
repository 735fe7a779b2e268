"""People from maps and ids over frames the way the papers describe it, for comparison.

Written from the text of "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields" (Cao
et al., arXiv 1611.08050) and of "Real-time 2D Multi-Person Pose Estimation on CPU: Lightweight
OpenPose" (Osokin, arXiv 1811.12004): maps are enlarged, peaks are cells, pairs of peaks are scored
one by one, people are grown limb by limb, and ids go to the likest pose of the frame before.
"""

import cv2
import numpy as np

UPSAMPLE = 4
SIGMA = 3.0  # px of the enlarged heatmap
POINTS = 10  # per limb
NEEDED = 0.8  # share of them above the threshold
THRESHOLD = 0.1
PAF_THRESHOLD = 0.05
MIN_JOINTS = 3
MIN_SCORE = 0.2  # of joints and limbs, per joint


def decode(heatmaps, pafs, skeleton):
    """List of (K, 3) x, y [px of the enlarged maps], score; NaN where a joint was not found."""
    height, width = heatmaps.shape[1] * UPSAMPLE, heatmaps.shape[2] * UPSAMPLE

    def enlarge(maps):
        return cv2.resize(maps.transpose(1, 2, 0), (width, height), interpolation=cv2.INTER_CUBIC)

    heatmaps, pafs = enlarge(heatmaps[: skeleton.num_keypoints]), enlarge(pafs)
    peaks = [_peaks(heatmaps[:, :, k]) for k in range(skeleton.num_keypoints)]
    people = []  # of dicts joint -> number of the peak, "score" -> sum over the limbs
    for number, (a, b) in enumerate(skeleton.limbs):
        field = pafs[:, :, 2 * number : 2 * number + 2]
        for score, i, j in _best_pairs(field, peaks[a], peaks[b]):
            _grow(people, a, i, b, j, score)
    scores = [person.pop("score") for person in people]
    poses = [_pose(person, peaks) for person in people]
    return [pose for pose, score in zip(poses, scores) if _is_person(pose, score)]


def _is_person(pose, limbs_score):
    joints = np.count_nonzero(pose[:, 2])
    return joints >= MIN_JOINTS and pose[:, 2].sum() + limbs_score >= MIN_SCORE * joints


def _peaks(heatmap):
    """(x, y, score) of the cells that are above the threshold and their four neighbours."""
    smooth = cv2.GaussianBlur(heatmap, (0, 0), SIGMA)
    padded = np.pad(smooth, 1)
    middle = padded[1:-1, 1:-1]
    top = (middle >= padded[:-2, 1:-1]) & (middle >= padded[2:, 1:-1])
    top &= (middle >= padded[1:-1, :-2]) & (middle >= padded[1:-1, 2:]) & (smooth > THRESHOLD)
    return [(x, y, heatmap[y, x]) for y, x in np.argwhere(top)]


def _best_pairs(field, firsts, seconds):
    """Score and peaks of the limbs: the best first, each peak once."""
    scored = []
    for i, (ax, ay, _) in enumerate(firsts):
        for j, (bx, by, _) in enumerate(seconds):
            vector = np.array([bx - ax, by - ay], float)
            length = np.linalg.norm(vector)
            if length == 0:
                continue
            unit = vector / length
            xs = np.linspace(ax, bx, POINTS).round().astype(int)
            ys = np.linspace(ay, by, POINTS).round().astype(int)
            along = [field[y, x] @ unit for x, y in zip(xs, ys)]
            counted = [value for value in along if value > PAF_THRESHOLD]
            if len(counted) < NEEDED * POINTS:
                continue
            score = np.mean(along) + min(0.5 * field.shape[0] / length - 1, 0)
            if score > 0:
                scored.append((score, i, j))
    used_first, used_second = set(), set()
    for score, i, j in sorted(scored, reverse=True):
        if i not in used_first and j not in used_second:
            used_first.add(i)
            used_second.add(j)
            yield score, i, j


def _grow(people, a, i, b, j, score):
    """Add a limb to who has one of its ends, join two who have one each, or begin somebody."""
    ends = [person for person in people if person.get(a) == i or person.get(b) == j]
    if not ends:
        ends = [{"score": 0.0}]
        people += ends
    if len(ends) == 2 and ends[0].keys() & ends[1].keys() == {"score"}:
        score += ends[1].pop("score")
        ends[0].update(ends[1])
        people.remove(ends[1])
    ends[0].setdefault(a, i)
    ends[0].setdefault(b, j)
    ends[0]["score"] += score


def _pose(person, peaks):
    keypoints = np.full((len(peaks), 3), np.nan)
    keypoints[:, 2] = 0
    for joint, number in person.items():
        keypoints[joint] = peaks[joint][number]
    return keypoints


class Tracker:
    """An id for each pose: that of the likest pose of the frame before with enough near joints."""

    def __init__(self, skeleton, near=0.5, needed=3):
        """near: OKS of a single joint that counts as near; needed: number of such joints."""
        self._variances = (2 * np.asarray(skeleton.sigmas)) ** 2
        self._near = near
        self._needed = needed
        self._before = []  # (keypoints, id)
        self._next = 0

    def update(self, poses):
        """Ids of the poses of a frame."""
        free = list(range(len(self._before)))
        ids = []
        for keypoints in sorted(poses, key=lambda k: -np.nansum(k[:, 2])):
            best, most = None, self._needed - 1
            for index in free:
                count = self._similar(keypoints, self._before[index][0])
                if count > most:
                    best, most = index, count
            if best is None:
                ids.append((keypoints, self._next))
                self._next += 1
            else:
                free.remove(best)
                ids.append((keypoints, self._before[best][1]))
        self._before = ids
        return [track_id for _, track_id in ids]

    def _similar(self, a, b):
        """Number of joints that are near each other, joint by joint."""
        found = a[a[:, 2] > 0]
        area = max(1.0, np.ptp(found[:, 0]) * np.ptp(found[:, 1]))
        count = 0
        for (ax, ay, a_score), (bx, by, b_score), variance in zip(a, b, self._variances):
            if a_score > 0 and b_score > 0:
                distance2 = (ax - bx) ** 2 + (ay - by) ** 2
                count += np.exp(-distance2 / (2 * area * variance)) > self._near
        return count
