import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from lightweight_openpose.analysis.track_events import events, sightings
from lightweight_openpose.cli.program import main
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.pose_lines import Frame, frame_to_dict
from lightweight_openpose.poses.skeleton import COCO18
from people import clip, person, standing

ROOT = Path(__file__).resolve().parents[2]


def walk(places):
    """Frames of people; places: per frame {id: how far to the right}."""
    return clip([[person(x, track_id=i) for i, x in people.items()] for people in places])


def kinds(places):
    found = events(sightings(walk(places)), np.asarray(COCO18.sigmas))
    return [(e.frame, e.kind, e.track_id, e.other) for e in found]


def test_births_and_deaths():
    assert kinds([{0: 0}, {0: 5, 1: 500}, {1: 505}]) == [
        (0, "birth", 0, -1),
        (1, "birth", 1, -1),
        (1, "death", 0, -1),
        (2, "death", 1, -1),
    ]


def test_an_id_that_begins_where_another_ended_is_a_change():
    assert (3, "change", 7, 0) in kinds([{0: 0}, {0: 5}, {}, {7: 15}, {7: 20}])
    assert (3, "birth", 7, -1) in kinds([{0: 0}, {0: 5}, {}, {7: 900}, {7: 905}])


def test_ids_that_change_places_are_a_swap():
    assert (2, "swap", 0, 1) in kinds(
        [{0: 0, 1: 300}, {0: 5, 1: 305}, {0: 310, 1: 10}, {0: 315, 1: 15}]
    )
    walking = [{0: 10 * i, 1: 300 - 10 * i} for i in range(30)]
    assert not [k for k in kinds(walking) if k[1] == "swap"]


def leaps(places, rate):
    """Kind, frame, amount and gap [s] of the jumps and growths of one id."""
    frames = [Frame(i, i / rate, 640, 480, "coco18", p) for i, p in enumerate(places)]
    found = events(sightings(frames), np.asarray(COCO18.sigmas))
    return [
        (e.kind, e.frame, round(e.amount, 2), round(e.gap, 2))
        for e in found
        if e.kind in ("jump", "growth")
    ]


def people_at(*places):
    return [[] if x is None else [person(x, track_id=0)] for x in places]


@pytest.mark.parametrize("rate", [10, 25, 50])
def test_an_id_that_moves_further_than_a_person_can_is_a_jump(rate):
    assert leaps(people_at(0, 5, 334, 339), rate) == [("jump", 2, 329.0, round(1 / rate, 2))]
    assert leaps(people_at(*range(0, 500, 30)), rate) == []  # a camera that turns


def test_how_far_a_person_can_move_depends_on_the_time_between():
    walk = people_at(0, None, None, None, None, 120)
    assert leaps(walk, 10) == []
    assert leaps(walk, 50) == [("jump", 5, 120.0, 0.1)]


def test_an_id_that_doubles_its_size_is_a_growth():
    def of(*sizes):
        return [[Pose(standing(size=size), 0.8, 0)] for size in sizes]

    assert [(k, i, a) for k, i, a, _ in leaps(of(0.5, 0.5, 1.0, 1.0), 25) if k == "growth"] == [
        ("growth", 2, 2.0)
    ]
    assert leaps(of(*np.linspace(0.5, 1.0, 20)), 25) == []


def test_somebody_of_whom_more_is_seen_has_not_grown():
    legs = person(only=["right_hip", "right_knee", "right_ankle", "left_knee"], track_id=0)
    assert leaps([[legs], [person(track_id=0)], [legs]], 25) == []


def test_the_command_names_a_jump(tmp_path, capsys):
    lines = tmp_path / "poses.jsonl"
    places = [{0: 5 * i} for i in range(8)] + [{0: 400 + 5 * i} for i in range(8)]
    lines.write_text("".join(json.dumps(frame_to_dict(f)) + "\n" for f in walk(places)))
    assert main(["tracks", str(lines)]) == 0
    said = capsys.readouterr().out
    assert "frame     8  jump    id   0" in said and "moved 365 px in 0.10 s" in said
    assert "0 changes, 0 possible swaps, 1 jumps" in said


def test_the_command_counts_them_and_draws_a_row_per_id(tmp_path, capsys):
    lines = tmp_path / "poses.jsonl"
    video = str(tmp_path / "clip.avi")
    places = [{0: 10 + 5 * i} for i in range(12)] + [{1: 70 + 5 * i} for i in range(12)]
    lines.write_text("".join(json.dumps(frame_to_dict(f)) + "\n" for f in walk(places)))
    writer = cv2.VideoWriter(video, cv2.VideoWriter_fourcc(*"MJPG"), 10, (320, 240))
    for _ in places:
        writer.write(np.full((240, 320, 3), (0, 0, 255), np.uint8))
    writer.release()
    picture = tmp_path / "tracks.png"
    assert main(["tracks", str(lines), "--video", video, "--picture", str(picture)]) == 0
    said = "2 ids of 10 frames or more, 0 shorter; 1 changes, 0 possible swaps"
    assert said in capsys.readouterr().out
    rows = cv2.imread(str(picture))
    assert rows.shape == (2 * 88, 60 + 24 * 44, 3)
    assert (rows[40, 60 + 5 * 44 + 22] == (0, 0, 254)).all()
    assert (rows[40, 60 + 15 * 44 + 22] == 40).all()


@pytest.mark.parametrize("text", ["nonsense\n", "{}\n", "[1]\n"])
def test_a_file_of_another_kind_is_one_line_of_error(tmp_path, capsys, text):
    path = tmp_path / "other.jsonl"
    path.write_text(text)
    assert main(["tracks", str(path)]) == 1
    assert f"{path}, line 1: not a line of `pose video`" in capsys.readouterr().err


def test_the_skeleton_of_the_lines_is_used(tmp_path, capsys):
    """Four keypoints, such as those of the submarine, whose sigmas are not those of people."""
    lines = tmp_path / "poses.jsonl"
    square = np.array([[0, 0, 1], [50, 0, 1], [50, 50, 1], [0, 50, 1]], np.float32)
    frames = []
    for i in range(12):
        poses = [Pose(square + (i + 200 * k, 0, 0), 0.9, k) for k in (0, 1)]
        frames.append(Frame(i, i / 10, 640, 480, "submarine", poses))
    lines.write_text("".join(json.dumps(frame_to_dict(f)) + "\n" for f in frames))
    skeleton = ROOT / "config" / "skeletons" / "submarine.yaml"
    assert main(["tracks", str(lines), "--skeleton", str(skeleton)]) == 0
    said = "2 ids of 10 frames or more, 0 shorter; 0 changes, 0 possible swaps"
    assert said in capsys.readouterr().out
