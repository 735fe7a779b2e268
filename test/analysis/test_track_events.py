from pathlib import Path

import cv2
import numpy as np
import pytest

from lightweight_openpose.analysis.track_events import events, sightings
from lightweight_openpose.cli.program import main
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.pose_lines import Frame, frame_to_line
from lightweight_openpose.poses.skeleton import COCO18
from people import clip, person

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


def test_the_command_counts_them_and_draws_a_row_per_id(tmp_path, capsys):
    lines = tmp_path / "poses.jsonl"
    video = str(tmp_path / "clip.avi")
    places = [{0: 10 + 5 * i} for i in range(12)] + [{1: 70 + 5 * i} for i in range(12)]
    lines.write_text("".join(frame_to_line(f) + "\n" for f in walk(places)))
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
    lines.write_text("".join(frame_to_line(f) + "\n" for f in frames))
    skeleton = ROOT / "config" / "skeletons" / "submarine.yaml"
    assert main(["tracks", str(lines), "--skeleton", str(skeleton)]) == 0
    said = "2 ids of 10 frames or more, 0 shorter; 0 changes, 0 possible swaps"
    assert said in capsys.readouterr().out
