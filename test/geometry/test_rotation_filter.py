"""Filtered rotations of heads whose motion and noise are known."""

import numpy as np
import pytest
from scipy.linalg import solve_discrete_are, solve_discrete_lyapunov
from scipy.spatial.transform import Rotation

from lightweight_openpose.geometry import rotation_filter
from lightweight_openpose.geometry.orientation import Orientation, angles_of, rotation_from_angles
from lightweight_openpose.geometry.rotation_filter import RotationFilter
from lightweight_openpose.geometry.rotations import matrix_of, rotation_of

PLACE = np.array([0.3, -0.1, 1.2])  # m
FPS = 25
COARSE, FINE = 5.0, 2.0  # deg; of five joints, and of a face
SHARE = rotation_filter._NOISE  # of a deviation that is noise


def head(angles, stddev=FINE, noise=None):
    """Orientation with these yaw, pitch, roll [deg]; noise: (3,) rotation vector [deg].

    From joints where its deviation [deg] is coarse, else from landmarks.
    """
    rotation = rotation_from_angles(*np.radians(angles), PLACE)
    if noise is not None:
        rotation = rotation @ matrix_of(Rotation.from_rotvec(np.radians(noise)))
    stddevs = tuple(np.radians([stddev] * 3))
    count = 5 if stddev == COARSE else 23
    return Orientation(rotation, PLACE, *angles_of(rotation, PLACE), 1.5, count, stddevs)


def degrees(orientation):
    return np.degrees([orientation.yaw, orientation.pitch, orientation.roll])


def run(heads, fps=FPS):
    """(N, 3) filtered angles [deg] of heads that follow each other."""
    smooth = RotationFilter()
    return np.array([degrees(smooth(h, i / fps)) for i, h in enumerate(heads)])


def still(sigma, count, angles=(0, 0, 0), seed=0):
    """Heads at rest with the noise that their deviation [deg] says."""
    noise = np.random.default_rng(seed).normal(0, SHARE * sigma, (count, 3))
    return [head(angles, sigma, n) for n in noise]


def expected_share(sigma, fps):
    """Jitter of a filtered angle over that of the measured, of one axis of the steady filter."""
    dt = 1 / fps
    error = np.radians(sigma) ** 2 + rotation_filter._SMALLEST**2
    noise = SHARE**2 * error
    kept = np.exp(-dt / rotation_filter._LASTS)
    step = np.array([[1, dt, 0], [0, 1, 0], [0, 0, kept]])
    grown = np.zeros((3, 3))
    grown[:2, :2] = [[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]]
    grown *= rotation_filter._AT_REST**2
    grown[2, 2] = (1 - kept**2) * (error - noise)
    seen = np.array([[1.0, 0, 1]])
    predicted = solve_discrete_are(step.T, seen.T, grown, np.array([[noise]]))
    gain = predicted @ seen.T / (seen @ predicted @ seen.T + noise)
    loop = (np.eye(3) - gain @ seen) @ step
    return float(np.sqrt(solve_discrete_lyapunov(loop, gain @ gain.T)[0, 0]))


@pytest.mark.parametrize("sigma, fps", [(COARSE, 25), (COARSE, 8), (FINE, 50)])
def test_jitter_at_rest_falls_to_the_share_of_the_steady_filter(sigma, fps, monkeypatch):
    monkeypatch.setattr(rotation_filter, "_LARGE", np.inf)  # the head is known to rest
    filtered = run(still(sigma, 45 * fps), fps)[5 * fps :]
    share = expected_share(sigma, fps)
    assert share < 0.6
    assert filtered.std(0).mean() / (SHARE * sigma) == pytest.approx(share, rel=0.2)
    assert np.abs(filtered.mean(0)).max() < 0.1 * sigma


@pytest.mark.parametrize("sigma", [COARSE, FINE])
def test_jitter_at_rest_is_about_half(sigma):
    """Where the filter has to find out that the head rests."""
    filtered = run(still(sigma, 600))[100:]
    assert filtered.std(0).mean() < 0.55 * SHARE * sigma


def test_a_coarse_solution_moves_a_sure_state_less_than_a_fine_one():
    moved = {}
    for stddev in (COARSE, FINE):
        smooth = RotationFilter()
        for i in range(50):
            smooth(head((0, 0, 0), FINE), i / FPS)
        moved[stddev] = np.degrees(smooth(head((6, 0, 0), stddev), 2.0).yaw)
    assert 0 < moved[COARSE] < 1 and moved[FINE] > 3 * moved[COARSE]


def test_heads_whose_face_is_found_in_some_frames_do_not_jump():
    """Joints tell 6 degrees more than the face, as for one person they do all the time."""
    heads = []
    for i in range(300):
        fine = i % 3 == 0
        heads.append(head((10 if fine else 16, 5, 0), FINE if fine else COARSE))
    filtered = run(heads)[50:]
    assert np.abs(np.diff(filtered, axis=0)).max() < 0.3
    assert filtered[:, 0].min() > 9 and filtered[:, 0].max() < 13, "nearer to the finer"


def test_joints_carry_on_from_where_the_face_was_and_are_believed_in_the_end():
    heads = [head((0, 0, 0), FINE), head((6, 0, 0), COARSE)] * 50
    yaws = run(heads + [head((6, 0, 0), COARSE)] * 1500)[:, 0]
    before = yaws[99]
    assert abs(yaws[101] - before) < 0.3 and yaws[100 + FPS] - before < 1
    assert yaws[-1] == pytest.approx(6, abs=0.5)


@pytest.mark.parametrize("fps", [10, 25, 60])
@pytest.mark.parametrize("sigma", [COARSE, FINE])
def test_the_lag_behind_a_steady_turn_does_not_grow(fps, sigma):
    times = np.arange(0, 4, 1 / fps)
    yaws = 90 * times - 180
    wrapped = run([head((yaw, 0, 0), sigma) for yaw in yaws], fps)[:, 0]
    behind = yaws - np.degrees(np.unwrap(np.radians(wrapped)))
    behind -= 360 * np.round(behind[0] / 360)
    assert np.abs(behind[times > 0.5]).max() < 0.9, "90 degrees are a second: 10 ms"
    assert np.abs(behind[times > 3]).max() <= np.abs(behind[times < 1]).max()


def test_a_sudden_turn_is_followed_at_once():
    times = np.arange(0, 3, 1 / FPS)
    yaws = np.clip((times - 2) / 0.25, 0, 1) * 40
    filtered = run([head((yaw, 0, 0), COARSE) for yaw in yaws])[:, 0]
    late = np.interp(times - 0.04, times, yaws)
    assert (filtered[times > 2] > late[times > 2] - 3).all(), "no more than a frame behind"
    assert filtered.max() < 40 + 4, "and hardly beyond"


def test_a_turn_through_yaw_180_has_no_jump_but_the_wrap():
    rng = np.random.default_rng(2)
    yaws = np.concatenate([np.linspace(150, 210, 40), np.linspace(210, 150, 40)])
    heads = [head((yaw, 0, 0), FINE, rng.normal(0, 0.3, 3)) for yaw in yaws]
    filtered = run(heads)
    assert np.abs(filtered[:, 0]).min() > 140 and np.abs(filtered[:, 0]).max() <= 180
    assert np.abs((filtered[:, 0] - yaws + 180) % 360 - 180).max() < 4
    assert np.abs(filtered[:, 1:]).max() < 2


@pytest.mark.parametrize("angles", [(180, 0, 0), (0, 0, 180), (-170, 40, 175), (20, 89.9, 10)])
@pytest.mark.filterwarnings("ignore:Gimbal lock")
def test_noise_about_a_wrap_of_angles_is_no_motion(angles):
    smooth = RotationFilter()
    true = rotation_of(head(angles).rotation)
    apart = []
    for i, measured in enumerate(still(FINE, 300, angles)):
        filtered = smooth(measured, i / FPS)
        assert np.isfinite(filtered.angle_stddev).all()
        apart.append((true.inv() * rotation_of(filtered.rotation)).as_rotvec())
    assert np.degrees(np.std(apart[50:], axis=0)).max() < 0.85 * SHARE * FINE


def test_a_jump_starts_anew():
    smooth = RotationFilter()
    for i in range(50):
        smooth(head((0, 0, 0)), i / FPS)
    jumped = head((60, -10, 5))
    after = smooth(jumped, 2.0)
    assert degrees(after) == pytest.approx(degrees(jumped))
    assert after.angle_stddev == pytest.approx(jumped.angle_stddev, rel=0.03)
    assert degrees(smooth(jumped, 2.04)) == pytest.approx(degrees(jumped)), "and stays there"


def test_noise_as_stated_is_no_jump(monkeypatch):
    begun = []
    begin = RotationFilter._begin
    monkeypatch.setattr(
        RotationFilter, "_begin", lambda *given: begun.append(given) or begin(*given)
    )
    noise = np.random.default_rng(5).normal(0, COARSE, (300, 3))
    run([head((0, 0, 0), COARSE, n) for n in noise])
    assert len(begun) == 1


@pytest.mark.parametrize("stamp", [0.0, -3.0, 11.0])
def test_a_gap_and_time_that_goes_back_start_anew(stamp):
    smooth = RotationFilter()
    for i in range(50):
        smooth(head((0, 0, 0)), 5 + i / FPS)
    measured = head((3, 0, 0))
    assert degrees(smooth(measured, stamp)) == pytest.approx(degrees(measured))
    moved = smooth(head((2, 0, 0)), stamp + 1 / FPS)
    assert 2 < degrees(moved)[0] < 3, "filtered from there on"


def test_stamps_that_stand_still_leave_heads_as_measured():
    smooth = RotationFilter()
    for yaw in (0, 5, -7, 30):
        assert degrees(smooth(head((yaw, 0, 0)), 0.0)) == pytest.approx((yaw, 0, 0), abs=1e-9)


def test_a_repeated_stamp_does_not_disturb_the_filter():
    once, twice = RotationFilter(), RotationFilter()
    for i, each in enumerate(still(FINE, 60)):
        expected = once(each, i / FPS)
        assert degrees(twice(each, i / FPS)) == pytest.approx(degrees(expected))
        assert twice(each, i / FPS) is each


def test_deviations_are_those_of_a_solution_whatever_the_number_of_frames():
    """What the network does wrong in each frame does not go away with more of them."""
    smooth = RotationFilter()
    measured = head((20, 10, 0), COARSE)
    assert smooth(measured, 0.0).angle_stddev == pytest.approx(measured.angle_stddev, rel=0.01)
    for i in range(1, 500):
        steady = smooth(measured, i / FPS).angle_stddev
    assert steady == pytest.approx(measured.angle_stddev, rel=0.1)


def test_deviations_of_joints_and_face_together_are_less_than_of_either():
    smooth = RotationFilter()
    for i in range(100):
        both = smooth(head((0, 0, 0), COARSE if i % 2 else FINE), i / FPS).angle_stddev
    together = (COARSE**-2 + FINE**-2) ** -0.5
    assert np.degrees(both) == pytest.approx([together] * 3, rel=0.1)


def test_deviations_grow_without_a_solution():
    smooth = RotationFilter()
    for i in range(50):
        steady = smooth(head((0, 0, 0)), i / FPS).angle_stddev
    later = smooth(head((0, 0, 0)), 49 / FPS + 0.45).angle_stddev
    assert min(later) > max(steady)


def test_deviations_keep_the_order_of_the_angles():
    """Yaw, pitch and roll in other directions of the optical frame than its own axes."""
    rotation = rotation_from_angles(0.5, 0.4, 0.7, PLACE)
    stddev = (0.03, 0.05, 0.09)
    measured = Orientation(rotation, PLACE, *angles_of(rotation, PLACE), 1.0, 5, stddev)
    assert RotationFilter()(measured, 0.0).angle_stddev == pytest.approx(stddev, rel=0.05)


def test_what_was_measured_beside_the_rotation_stays():
    smooth = RotationFilter()
    smooth(head((0, 0, 0)), 0.0)
    measured = head((2, 0, 0))
    filtered = smooth(measured, 0.04)
    assert filtered.translation is measured.translation
    assert (filtered.reprojection_error, filtered.num_keypoints) == (1.5, 23)
    assert (filtered.yaw, filtered.pitch, filtered.roll) == pytest.approx(
        angles_of(filtered.rotation, PLACE)
    )


def test_a_solution_without_deviations_stays_as_it_is():
    smooth = RotationFilter()
    smooth(head((0, 0, 0)), 0.0)
    measured = head((2, 0, 0), np.nan)
    assert smooth(measured, 0.04) is measured
