import numpy as np

from lightweight_openpose.tracking.tracks import median_of


def test_medians_are_those_of_numpy_over_what_is_counted():
    rng = np.random.default_rng(0)
    values = rng.normal(0, 10, (40, 7, 2))
    counted = rng.uniform(size=(40, 7)) < 0.5
    counted[0] = False
    counted[1] = True
    values[~counted] = np.nan
    found = median_of(values, counted)
    assert np.isnan(found[0]).all()
    for row, value, mask in zip(found[1:], values[1:], counted[1:]):
        if mask.any():
            np.testing.assert_allclose(row, np.median(value[mask], axis=0))
