"""`import lightweight_openpose as lop`: what is there, how little it loads, and what a call takes."""

import ast
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

import lightweight_openpose as lop
from lightweight_openpose.backends.choice import reads
from lightweight_openpose.estimation.multiscale import AveragingEstimator
from lightweight_openpose.geometry.camera import ASSUMED_FOV
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.video.capture import SourceError
from lightweight_openpose.video.images import BadImage
from lightweight_openpose.video.sources import VideoFrame
from people import face, maps_of, standing

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "lightweight_openpose"
WIDTH, HEIGHT = 320, 256  # of images that the network below sees in their own size


class Network:
    """A backend that sees one person in each image, moved by the image's brightest value [px]."""

    name, device, precision = "test", "cpu", "f32"

    def __init__(self, keypoints=None):
        self.keypoints = standing() if keypoints is None else keypoints

    def __call__(self, tensor):
        moved = self.keypoints.copy()
        moved[:, 0] += round(256 * (tensor.max() + 0.5))
        size = tuple(side // 8 for side in tensor.shape[2:])
        heatmaps, pafs = maps_of([moved], size=size)
        return heatmaps[None], pafs[None]


def image(brightness=0):
    """BGR picture that differs in each channel."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[..., 0] = brightness
    return picture


@pytest.fixture
def estimator():
    return lop.PoseEstimator(Network())


def nose(people):
    (pose,) = people
    return pose.keypoints[0, 0]


def in_a_new_python(code, **environment):
    """What a bare Python with the package on its path prints."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), **environment},
    )
    assert result.returncode == 0, result.stdout
    return result.stdout.strip()


def test_the_bare_import_loads_nothing_else():
    loaded = in_a_new_python(
        "import sys; before = set(sys.modules); import lightweight_openpose as lop\n"
        "assert set(lop.__all__) <= set(dir(lop))\n"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    standard = {"importlib", "typing", "collections", "re", "functools", "operator", "warnings"}
    third = set(loaded.split()) - standard
    assert "lightweight_openpose" in third
    assert not third & {"cv2", "numpy", "scipy", "yaml", "openvino", "torch", "onnxruntime", "av"}
    code = "import sys, lightweight_openpose; print(*(n for n in sys.modules if 'openpose' in n))"
    assert in_a_new_python(code) == "lightweight_openpose"


def test_a_pose_loads_no_network_and_no_picture():
    code = "import sys, lightweight_openpose as lop; lop.Pose; print(*sys.modules)"
    loaded = set(in_a_new_python(code).split())
    assert "lightweight_openpose.poses.pose" in loaded
    assert not loaded & {"cv2", "scipy", "openvino", "lightweight_openpose.estimation"}


def test_every_name_is_there_and_is_that_of_its_room():
    assert set(lop.__all__) == {
        "Camera",
        "People",
        "Pose",
        "PoseEstimator",
        "Skeleton",
        "Tracker",
        "__version__",
        "draw_poses",
        "solve_head",
    }
    code = "from lightweight_openpose import *\nprint(*sorted(n for n in dir() if n in "
    found = in_a_new_python(code + f"{lop.__all__!r}))").split()
    assert found == sorted(lop.__all__)
    for name in set(lop.__all__) - {"__version__"}:
        assert getattr(lop, name).__module__.startswith("lightweight_openpose.")


def test_types_are_told_of_the_same_names():
    """Type checkers read the imports that no Python runs."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    ifs = [node for node in tree.body if isinstance(node, ast.If)]
    (block,) = [node for node in ifs if isinstance(node.test, ast.Name)]
    told = {a.name: n.module for n in block.body if isinstance(n, ast.ImportFrom) for a in n.names}
    assert told == lop._MODULES
    assert set(told) | {"__version__"} == set(lop.__all__)
    assert (PACKAGE / "py.typed").is_file()


def test_the_version_is_that_of_package_xml():
    assert lop.__version__ == ElementTree.parse(str(ROOT / "package.xml")).findtext("version")


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(
        AttributeError, match="module 'lightweight_openpose' has no attribute 'Pos'"
    ):
        lop.Pos  # noqa: B018


def test_a_call_answers_people_of_the_image(estimator):
    people = estimator(image())
    assert isinstance(people, lop.People) and people.image_size == (WIDTH, HEIGHT)
    assert people.skeleton is COCO18 and people.stamp is None and people.file == ""
    assert people[0].keypoints[:, :2] == pytest.approx(standing()[:, :2], abs=1.5)


def test_an_array_a_path_and_an_image_of_pillow_are_one_image(estimator, tmp_path):
    pillow = pytest.importorskip("PIL.Image")
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), image(40))
    expected = estimator(image(40))
    assert nose(expected) == pytest.approx(140, abs=1.5)
    for given in (path, str(path), pillow.open(str(path)), pillow.fromarray(image(40)[..., ::-1])):
        people = estimator(given)
        assert np.array_equal(people.keypoints, expected.keypoints, equal_nan=True)
    assert estimator(path).file == estimator(str(path)).file == str(path)


def test_pictures_of_pillow_are_turned_as_their_exif_says(estimator):
    pillow = pytest.importorskip("PIL.Image")
    upright = pillow.fromarray(image(40)[..., ::-1])
    stored = upright.transpose(pillow.ROTATE_90)
    stored.getexif()[0x0112] = 6  # turn it clockwise
    people = estimator(stored)
    assert people.image_size == (WIDTH, HEIGHT)
    assert np.array_equal(people.keypoints, estimator(upright).keypoints)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK"])
def test_other_modes_of_pillow_are_made_rgb(estimator, mode):
    pillow = pytest.importorskip("PIL.Image")
    assert estimator(pillow.new("RGB", (WIDTH, HEIGHT)).convert(mode)).image_size == (WIDTH, HEIGHT)


def test_a_list_is_answered_as_one_by_one(estimator, tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), image(90))
    given = [image(0), path, image(30), image(60)]
    answers = estimator(given)
    assert isinstance(answers, list) and [p.file for p in answers] == ["", str(path), "", ""]
    for one, people in zip(given, answers):
        assert np.array_equal(people.keypoints, estimator(one).keypoints, equal_nan=True)
    assert [nose(p) for p in answers] == pytest.approx([100, 190, 130, 160], abs=1.5)
    assert estimator([]) == [] and len(estimator((image(), image()))) == 2


def bad_things(folder):
    """(what is given, what is said of it, by which error)"""
    text = folder / "notes.txt"
    text.write_text("no picture")
    return [
        (folder / "gone.jpg", "gone.jpg does not exist", FileNotFoundError),
        (text, "notes.txt is no image: 10 bytes that cannot be decoded", BadImage),
        (folder, "cannot be read: Is a directory", BadImage),
        (np.zeros((48, 64), np.uint8), r"expected a BGR image.* got \(48, 64\) uint8", BadImage),
        (np.zeros((48, 64, 4), np.uint8), r"\(48, 64, 4\) uint8", BadImage),
        (np.zeros((48, 64, 3)), r"\(48, 64, 3\) float64", BadImage),
        (np.zeros((0, 64, 3), np.uint8), "the image is empty", BadImage),
        (5, "a path or an image of Pillow, got int", BadImage),
        (None, "got NoneType", BadImage),
    ]


@pytest.mark.parametrize("number", range(9))
def test_what_is_no_image_is_one_line_and_of_a_list_it_is_said_which(estimator, tmp_path, number):
    given, words, kind = bad_things(tmp_path)[number]
    with pytest.raises(kind, match=words) as alone:
        estimator(given)
    with pytest.raises(kind, match="^image 2 of 3: ") as listed:
        estimator([image(), given, image()])
    assert len(str(alone.value).splitlines()) == 1
    assert str(listed.value) == f"image 2 of 3: {alone.value}"
    assert isinstance(alone.value, (ValueError, FileNotFoundError))


@pytest.mark.parametrize("mode", ["I", "F", "I;16"])
def test_deep_pictures_of_pillow_are_refused_with_the_remedy(estimator, mode):
    pillow = pytest.importorskip("PIL.Image")
    with pytest.raises(BadImage, match=f"mode {mode}: scale it to 8 bits"):
        estimator(pillow.new(mode, (WIDTH, HEIGHT)))


def test_a_damaged_file_that_pillow_opened_is_one_line(estimator, tmp_path):
    pillow = pytest.importorskip("PIL.Image")
    path = tmp_path / "a.png"
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    cv2.imwrite(str(path), noise)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(BadImage, match="Pillow cannot read the image") as error:
        estimator(pillow.open(str(path)))
    assert len(str(error.value).splitlines()) == 1


def test_the_averaging_estimator_answers_people_too(estimator):
    people = AveragingEstimator(estimator)(image(20))
    assert isinstance(people, lop.People) and nose(people) == pytest.approx(120, abs=1.5)


def frames(brightnesses, step=0.1):
    return [VideoFrame(image(b), i * step, "walk.mp4") for i, b in enumerate(brightnesses)]


def test_frames_have_ids_and_their_own_times(estimator):
    answers = list(estimator.track(frames([0, 2, 4, 6], step=0.25)))
    assert [people.stamp for _, people in answers] == [0, 0.25, 0.5, 0.75]
    assert [people.track_ids.tolist() for _, people in answers] == [[-1], [0], [0], [0]]
    assert [picture[0, 0, 0] for picture, _ in answers] == [0, 2, 4, 6]
    assert all(people.file == "walk.mp4" and people.heads == () for _, people in answers)


def test_a_tracker_of_ones_own_goes_on_with_its_ids(estimator):
    tracker = lop.Tracker(COCO18)
    list(estimator.track(frames([0, 0, 0]), tracker=tracker))
    later = [VideoFrame(f.image, f.time + 0.3) for f in frames([0])]
    ((_, people),) = estimator.track(later, tracker=tracker)
    assert people.track_ids.tolist() == [0]


def test_the_ids_are_those_of_a_tracker_that_is_fed_by_hand(estimator):
    tracker = lop.Tracker(COCO18)
    shots = frames([0, 3, 9, 12, 20])
    for shot, (_, people) in zip(shots, estimator.track(shots)):
        by_hand = tracker.update(estimator(shot.image), shot.time, shot.image)
        assert isinstance(by_hand, lop.People) and by_hand.stamp == people.stamp
        assert np.array_equal(by_hand.keypoints, people.keypoints, equal_nan=True)
        assert by_hand.track_ids.tolist() == people.track_ids.tolist()
        as_list = lop.Tracker(COCO18).update(list(people), shot.time)
        assert isinstance(as_list, list)


def test_a_file_is_a_source_and_one_that_is_not_there_is_said_at_once(estimator, tmp_path):
    cv2.imwrite(str(tmp_path / "1.png"), image(10))
    cv2.imwrite(str(tmp_path / "2.png"), image(12))
    answers = list(estimator.track(tmp_path))
    assert [people.file for _, people in answers] == ["1.png", "2.png"]
    assert answers[1][1].stamp > answers[0][1].stamp == 0
    with pytest.raises(SourceError, match="gone.mp4 does not exist"):
        estimator.track("gone.mp4")


def turned_head():
    """An estimator that sees a head with yaw, pitch and roll of 30, -10 and 5 degrees."""
    camera = lop.Camera.assumed_for(WIDTH, HEIGHT)
    keypoints = face((30, -10, 5), (-0.3, 0, 0.6), camera)
    keypoints[keypoints[:, 2] == 0, 2] = np.nan
    return lop.PoseEstimator(Network(keypoints[:, :2])), camera


def test_heads_are_answered_for_each_of_the_people():
    estimator, camera = turned_head()
    people = estimator(image())
    (head,) = estimator.heads(people, camera)
    angles = np.degrees([head.yaw, head.pitch, head.roll])
    assert angles == pytest.approx((30, -10, 5), abs=6)
    (assumed,) = estimator.heads(people)
    assert assumed.yaw == head.yaw
    solved, reason = lop.solve_head(people[0].keypoints, camera)
    assert (solved.yaw, reason) == (head.yaw, "")
    legs = people.with_poses([lop.Pose(np.zeros((18, 3), np.float32), 0.5)])
    assert estimator.heads(legs) == [None]


def test_tracked_people_have_heads_where_they_are_asked_for():
    estimator, camera = turned_head()
    wide = lop.Camera.assumed_for(WIDTH, HEIGHT, 1.6)
    for given, fov in ((None, ASSUMED_FOV), (wide, 1.6)):
        answers = list(estimator.track(frames([0, 0, 0]), heads=True, camera=given))
        for _, people in answers:
            assert people.heads[0].yaw > 0.3
            assert people.camera.horizontal_fov(WIDTH) == pytest.approx(fov)


def test_heads_of_a_skeleton_without_are_refused_before_the_first_frame():
    estimator = lop.PoseEstimator(Network(), skeleton=find_skeleton("hand_21"))
    with pytest.raises(ValueError, match="skeleton hand_21 has neither nose"):
        estimator.track([], heads=True)


def test_a_picture_is_drawn_in_three_lines(estimator, tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), image(40))
    people = estimator(tmp_path / "a.png")
    people.save(tmp_path / "people.png")
    drawn = cv2.imread(str(tmp_path / "people.png"))
    expected = image(40)
    lop.draw_poses(expected, list(people))
    assert (drawn == expected).all() and (drawn != image(40)).any()


@pytest.mark.skipif(not reads(Path("any.xml")), reason="no runtime")
def test_a_list_has_the_poses_of_each_alone_to_the_digit():
    estimator = lop.PoseEstimator.load(face="auto")
    photo = cv2.imread(str(ROOT / "doc" / "own_model.jpg"))
    pictures = [photo, photo[:, ::-1].copy(), photo[60:400, 980:1400].copy()]
    for one, people in zip(pictures, estimator(pictures)):
        alone = estimator(one)
        assert len(alone) and np.array_equal(people.keypoints, alone.keypoints, equal_nan=True)
        assert people.scores.tolist() == alone.scores.tolist()
        assert [p.face is None for p in people] == [p.face is None for p in alone]


WORKSPACE = ROOT / ".ws" / "devel" / "setup.bash"


def test_the_workspace_has_the_front_door_and_the_messages():
    """catkin's devel space runs the package's __init__.py within one of its own."""
    if not WORKSPACE.exists():
        pytest.skip("the workspace is not built")
    code = (
        "import sys, lightweight_openpose as lop, lightweight_openpose.msg as m\n"
        "assert 'cv2' not in sys.modules and 'scipy' not in sys.modules\n"
        "assert '/.ws/devel/' in lop.__file__, lop.__file__\n"
        "from lightweight_openpose import cfg, srv\n"
        "print(m.HumanPose.NOSE, lop.PoseEstimator.__name__, lop.__version__, lop.Pose.__module__)"
    )
    said = subprocess.run(
        ["bash", "-c", f'. {WORKSPACE}; python3 -c "$CODE"'],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={"PATH": "/usr/bin:/bin", "CODE": code},
    ).stdout
    assert said == f"0 PoseEstimator {lop.__version__} lightweight_openpose.poses.pose\n"
