"""Peaks of heatmaps against those of the whole heatmap enlarged by OpenCV."""

import cv2
import numpy as np
import pytest

from lightweight_openpose.estimation.peaks import SUPPRESSION_RADIUS, UPSAMPLE, find_peaks, suppress

THRESHOLD = 0.1


def slow_maxima(heatmap):
    """Places (P, 2) [cells] and values (P,) of all maxima of a heatmap (h, w) enlarged whole.

    Those on the edge are left out.
    """
    fine = cv2.resize(heatmap, None, fx=UPSAMPLE, fy=UPSAMPLE, interpolation=cv2.INTER_CUBIC)
    found = []
    for y in range(1, len(fine) - 1):
        for x in range(1, fine.shape[1] - 1):
            around = fine[[y - 1, y + 1, y, y], [x, x, x - 1, x + 1]]
            if fine[y, x] > THRESHOLD and (fine[y, x] >= around).all():
                found.append((x, y, fine[y, x]))
    x, y, values = np.array(found).T
    return (np.stack([x, y], 1) + 0.5) / UPSAMPLE - 0.5, values


def test_peaks_are_those_of_the_whole_map_enlarged():
    rng = np.random.default_rng(0)
    noise = cv2.GaussianBlur(rng.uniform(0, 1, (40, 60)).astype(np.float32), (0, 0), 2.0)
    heatmap = (noise - noise.min()) / np.ptp(noise)
    _, xy, score = find_peaks(heatmap[None], THRESHOLD)
    places, values = slow_maxima(heatmap)
    assert len(places) > 20
    apart = np.hypot(*(xy[:, None] - places).transpose(2, 0, 1))
    inner = ((xy > 1) & (xy < (58, 38))).all(1)
    half = 0.5 / UPSAMPLE + 1e-6  # as far as a parabola moves it
    for i in np.flatnonzero(inner):
        j = apart[i].argmin()
        assert np.abs(xy[i] - places[j]).max() <= half and score[i] == pytest.approx(values[j])
    for j, value in enumerate(values):
        i = apart[:, j].argmin()
        suppressed = (score >= value) & (apart[:, j] < SUPPRESSION_RADIUS + 2 * half)
        assert np.abs(xy[i] - places[j]).max() <= half or suppressed.any()


@pytest.mark.parametrize("x, y", [(0, 0), (19, 0), (0, 9), (19, 9), (7, 0), (7, 9), (0, 4)])
def test_a_peak_on_an_edge_is_one(x, y):
    ys, xs = np.mgrid[:10, :20]
    heatmap = np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / 4).astype(np.float32)
    channel, xy, score = find_peaks(np.stack([np.zeros_like(heatmap), heatmap]), THRESHOLD)
    assert channel.tolist() == [1] and np.abs(xy[0] - (x, y)).max() < 0.6 and score[0] > 0.9


def test_of_two_peaks_too_near_the_stronger_stays():
    heatmaps = np.zeros((2, 10, 20), np.float32)
    heatmaps[0, 5, [5, 7]] = 0.9, 0.8
    heatmaps[1, 5, [5, 9]] = 0.8, 0.9
    channel, xy, _ = find_peaks(heatmaps, 0.3)
    assert channel.tolist() == [0, 0, 1, 1] and xy[2, 0] == pytest.approx(9, abs=0.3)
    heatmaps[0, 5, [5, 6, 7]] = 0.9, 0.3, 0.8
    heatmaps[0, 5, 6:8] = 0.85, 0.2
    channel, xy, _ = find_peaks(heatmaps[:1], 0.3)
    assert len(channel) == 1 and 5 <= xy[0, 0] <= 6


def test_peaks_stay_that_have_no_stronger_one_beside_them():
    """Against the definition, on places of which many are alike or within the radius."""
    rng = np.random.default_rng(0)
    channel = np.sort(rng.integers(0, 4, 300))
    xy = rng.integers(0, 60, (300, 2)) / 4
    score = rng.permutation(300) / 300
    stay = []
    for peak in np.lexsort((-score, channel)):
        stronger = [other for other in stay if channel[other] == channel[peak]]
        if all(np.hypot(*(xy[peak] - xy[other])) > SUPPRESSION_RADIUS for other in stronger):
            stay.append(peak)
    assert suppress(channel, xy, score, SUPPRESSION_RADIUS).tolist() == stay
    assert 100 < len(stay) < 250
