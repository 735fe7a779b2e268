"""People: a sequence of poses that knows its image, and what becomes of it in other tools."""

import json
import sys

import cv2
import numpy as np
import pytest

from lightweight_openpose.display.drawing import draw_poses
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head_tracker import HeadTracker
from lightweight_openpose.poses.people import People
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO17_KEYPOINTS, COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from people import clip, face, person

SIZE = (640, 480)
LEGS = [name for name in COCO18.keypoints if "knee" in name or "ankle" in name]


def family():
    """Three people at known places; the last one is legs alone."""
    poses = [person(0, 0, 0.9, 4), person(200, 10, 0.6), person(400, 0, 0.2, 7, only=LEGS)]
    return People(poses, SIZE, stamp=1.5, model="own", file="park.png")


def grey():
    return np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)


def same(one, other):
    return all(np.array_equal(a.keypoints, b.keypoints, equal_nan=True) for a, b in zip(one, other))


def test_code_that_takes_a_list_of_poses_goes_on():
    people = family()
    poses = list(people)
    assert len(people) == 3 and people[0] is poses[0] and people[-1] is poses[2]
    assert [pose.score for pose in people] == [0.9, 0.6, 0.2]
    assert people and not People([], SIZE) and People([], SIZE) == []
    assert people == poses and people != poses[:2] and poses[1] in people
    assert sorted(people, key=lambda pose: pose.score)[0] is poses[2]
    assert next(reversed(people)) is poses[2] and [*people, *people] == 2 * poses
    with pytest.raises(IndexError):
        people[3]


def test_a_slice_is_people_of_the_same_image():
    part = family()[1:]
    assert isinstance(part, People) and len(part) == 2
    assert (part.image_size, part.stamp, part.skeleton) == (SIZE, 1.5, COCO18)
    assert (part.model, part.file) == ("own", "park.png")


def test_people_cannot_be_changed():
    people = family()
    with pytest.raises(AttributeError):
        people.stamp = 2.0
    with pytest.raises(TypeError):
        people[0] = people[1]


def test_arrays_have_a_row_per_person():
    people = family()
    assert people.keypoints.shape == (3, 18, 3) and people.keypoints.dtype == np.float32
    assert people.keypoints[1, COCO18.index("nose")] == pytest.approx((300, 50, 0.8))
    assert np.isnan(people.keypoints[2, 0, :2]).all() and people.keypoints[2, 0, 2] == 0
    assert people.scores == pytest.approx([0.9, 0.6, 0.2])
    assert people.track_ids.tolist() == [4, -1, 7]


def test_boxes_are_corners_and_those_of_poses_have_a_size():
    assert family().boxes[0] == pytest.approx((73, 36, 127, 215))
    assert family()[0].bbox == pytest.approx((73, 36, 54, 179))
    assert np.isnan(People([person(only=())], SIZE).boxes).all()


def test_nobody_has_arrays_of_the_right_shapes():
    nobody = People([], SIZE)
    assert nobody.keypoints.shape == (0, 18, 3) and nobody.boxes.shape == (0, 4)
    assert nobody.scores.shape == nobody.track_ids.shape == (0,)
    assert nobody.to_coco(1) == [] and nobody.to_dict()["poses"] == []


def test_a_filter_keeps_who_is_sure_and_their_heads():
    people = family().with_heads(["first", None, "third"], camera=None)
    assert people.filter(min_score=0.6).scores == pytest.approx([0.9, 0.6])
    assert people.filter(min_score=0.6).heads == ("first", None)
    assert people[::2].heads == ("first", "third")
    assert people.with_poses(people[:1]).heads == ()


def test_the_repr_is_one_line_and_says_of_what_they_are():
    assert repr(family()) == "People(3 in 640x480 px, coco18, 1.500 s, 'park.png')"
    assert repr(People([], SIZE)) == "People(0 in 640x480 px, coco18)"


@pytest.mark.parametrize(
    "arguments, words",
    [
        (([Pose(np.zeros((17, 3)), 0.5)], SIZE), "a pose of 17 keypoints, but skeleton coco18"),
        (([person()], SIZE, COCO18, None, "", "", (None, None)), "2 heads for 1 people"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        People(*arguments)


def test_json_and_back_is_the_same():
    document = json.loads(json.dumps(family().to_dict()))
    assert {name: document[name] for name in list(document)[:6]} == {
        "file": "park.png",
        "time": 1.5,
        "width": 640,
        "height": 480,
        "skeleton": "coco18",
        "model": "own",
    }
    assert document["poses"][0]["keypoints"][0] == [100, 40, 0.8]
    assert document["poses"][0]["bbox"] == [73, 36, 54, 179]
    assert document["poses"][2]["keypoints"][0] is None
    people = People.from_dict(document)
    assert repr(people) == repr(family()) and same(people, family())
    assert people.track_ids.tolist() == [4, -1, 7] and people.model == "own"


def test_a_photo_has_no_time():
    people = People([person()], SIZE)
    assert "time" not in people.to_dict() and "file" not in people.to_dict()
    assert People.from_dict(people.to_dict()).stamp is None


def test_the_documents_of_both_commands_are_read():
    from lightweight_openpose.poses.pose_lines import frame_to_dict

    frame = clip([list(family())], 3.0)[0]
    assert People.from_dict(frame_to_dict(frame)).stamp == 3.0
    photo = {"image": "a.jpg", "keypoint_names": [], **People([person()], SIZE).to_dict()}
    assert repr(People.from_dict(photo)) == "People(1 in 640x480 px, coco18, 'a.jpg')"


def test_a_skeleton_of_ones_own_is_given_beside_its_json():
    stick = find_skeleton("submarine")
    keypoints = np.full((stick.num_keypoints, 3), 0.5, np.float32)
    document = People([Pose(keypoints, 0.5)], SIZE, stick).to_dict()
    document["skeleton"] = "only_mine"
    with pytest.raises(ValueError, match="only_mine"):
        People.from_dict(document)
    assert People.from_dict(document, stick).skeleton is stick


@pytest.mark.parametrize(
    "fields, words",
    [
        ({}, "KeyError 'poses'"),
        ({"poses": [{"score": 1}]}, "KeyError 'keypoints'"),
        ({"poses": 5}, "TypeError"),
        ({"poses": [], "width": -4}, "an image of -4x0 px"),
        ({"poses": [{"track_id": 1, "score": 1, "keypoints": [None]}]}, "a pose of 1 keypoints"),
    ],
)
def test_json_that_is_none_is_one_line(fields, words):
    with pytest.raises(ValueError, match=words) as error:
        People.from_dict(fields)
    assert len(str(error.value).splitlines()) == 1
    assert str(error.value).startswith("not the JSON of an image with people: ")


def headed():
    """Somebody whose head has known angles, and legs alone."""
    camera = Camera.assumed_for(*SIZE, 1.2)
    pose = Pose(face((30, -10, 5), (0.1, -0.05, 1.5), camera), 0.9)
    people = People([pose, person(only=LEGS)], SIZE, stamp=0.0)
    return HeadTracker(COCO18).solve(people, camera)


def test_heads_are_in_the_json_with_the_field_of_view_that_was_assumed():
    document = headed().to_dict()
    assert document["assumed_fov"] == 1.2 and document["poses"][1]["head"] is None
    head = document["poses"][0]["head"]
    assert np.degrees([head["yaw"], head["pitch"], head["roll"]]) == pytest.approx(
        (30, -10, 5), abs=1
    )


def test_results_of_coco_have_its_seventeen_keypoints_in_its_order():
    results = family().to_coco(42)
    assert [r["score"] for r in results] == pytest.approx([0.9, 0.6, 0.2])
    assert {(r["image_id"], r["category_id"]) for r in results} == {(42, 1)}
    first = np.reshape(results[0]["keypoints"], (17, 3))
    assert first[COCO17_KEYPOINTS.index("left_ankle")] == pytest.approx((114, 215, 0.8))
    legs = np.reshape(results[2]["keypoints"], (17, 3))
    assert not legs[0].any() and (legs[:, 2] > 0).sum() == len(LEGS)


def test_results_of_another_skeleton_have_its_own_keypoints():
    hull = find_skeleton("submarine")
    keypoints = np.full((hull.num_keypoints, 3), 0.5, np.float32)
    (result,) = People([Pose(keypoints, 0.5)], SIZE, hull).to_coco("a", category_id=3)
    assert len(result["keypoints"]) == 3 * hull.num_keypoints and result["category_id"] == 3


def test_drawing_leaves_the_image_alone_and_is_that_of_draw_poses():
    image = grey()
    drawn = family().draw(image)
    assert (image == 90).all()
    draw_poses(image, list(family()), COCO18)
    assert (drawn == image).all() and (drawn != 90).any()


def test_heads_that_are_known_are_drawn():
    people = headed()
    without = people.with_poses(people)
    assert (people.draw(grey()) != without.draw(grey())).any()


def test_an_image_of_another_size_is_refused():
    with pytest.raises(ValueError, match="of an image of 640x480 px, not 64x48 px"):
        family().draw(np.zeros((48, 64, 3), np.uint8))


def test_what_is_saved_is_json_or_a_picture(tmp_path):
    people = family()
    people.save(tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text()) == people.to_dict()
    people.save(tmp_path / "a.png", grey())
    assert (cv2.imread(str(tmp_path / "a.png")) == people.draw(grey())).all()
    cv2.imwrite(str(tmp_path / "park.png"), grey())
    found = People(people, SIZE, file=str(tmp_path / "park.png"))
    found.save(str(tmp_path / "b.PNG"))
    assert (cv2.imread(str(tmp_path / "b.PNG")) == people.draw(grey())).all()


@pytest.mark.parametrize(
    "name, file, words",
    [
        ("a.mp4", "", "a.mp4: give a name that ends in .json"),
        ("a.png", "", "not from a file: give the image"),
        ("a.png", "gone.png", "gone.png does not exist: give the image"),
    ],
)
def test_what_cannot_be_saved_is_one_line(tmp_path, name, file, words):
    with pytest.raises(ValueError, match=words) as error:
        People([person()], SIZE, file=file).save(tmp_path / name)
    assert len(str(error.value).splitlines()) == 1 and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "package, method", [("supervision", "to_supervision"), ("pandas", "to_pandas")]
)
def test_a_package_that_is_missing_is_named(monkeypatch, package, method):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=f"package {package}: .*pip install '{package}"):
        getattr(family(), method)()


def test_a_table_has_a_row_per_person():
    pandas = pytest.importorskip("pandas")
    table = family().to_pandas()
    assert list(table.columns[:7]) == [
        "file",
        "time",
        "track_id",
        "score",
        "nose_x",
        "nose_y",
        "nose_score",
    ]
    assert table.track_id.tolist() == [4, -1, 7] and table.time.tolist() == [1.5] * 3
    assert table.nose_x[1] == pytest.approx(300) and pandas.isna(table.nose_x[2])
    assert table.nose_score[2] == 0 and table.face_nose_tip_score.isna().all()
    assert len(pandas.concat([table, People([], SIZE).to_pandas()])) == 3
    assert list(People([], SIZE).to_pandas().columns) == list(table.columns)


def lines_drawn(scene):
    return int((scene != 0).any(2).sum())


def test_the_annotators_of_supervision_draw_our_people():
    sv = pytest.importorskip("supervision")
    people = family()
    found = people.to_supervision()
    assert len(found) == 3 and found.data["track_id"].tolist() == [4, -1, 7]
    assert found.detection_confidence == pytest.approx([0.9, 0.6, 0.2])
    black = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    edges = sv.EdgeAnnotator(thickness=1, edges=people.skeleton.edges)
    for number, joints in ((0, COCO18.keypoints), (2, LEGS)):
        one = people[number : number + 1].to_supervision()
        limbs = edges.annotate(black.copy(), one)
        expected = black.copy()
        for a, b in COCO18.limbs:
            if {COCO18.keypoints[a], COCO18.keypoints[b]} <= set(joints):
                ends = [tuple(map(int, people[number].keypoints[k, :2])) for k in (a, b)]
                cv2.line(expected, *ends, (1, 1, 1))
        assert lines_drawn(expected) > 50
        assert lines_drawn(cv2.absdiff(limbs.clip(0, 1), expected)) <= 0.1 * lines_drawn(expected)
        dots = sv.VertexAnnotator(radius=0).annotate(black.copy(), one)
        assert lines_drawn(dots) == len(joints)


def test_a_joint_that_was_not_found_is_hidden_from_supervision():
    pytest.importorskip("supervision")
    legs = family()[2:].to_supervision()
    assert legs.visible.sum() == len(LEGS) and np.isnan(legs.xy[~legs.visible]).all()
    assert len(People([], SIZE).to_supervision()) == 0
