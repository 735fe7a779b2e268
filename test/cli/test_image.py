"""`pose image` keeps every result, and every photo."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from lightweight_openpose.backends.choice import installed
from lightweight_openpose.cli.program import main

some_runtime = pytest.mark.skipif(
    not (installed("openvino") or installed("onnxruntime")), reason="no runtime"
)


def photos(tmp_path, *names):
    """Black photographs of other sizes at these paths, as text."""
    paths = [tmp_path / name for name in names]
    for number, path in enumerate(paths):
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), np.zeros((64, 64 + number, 3), np.uint8))
    return [str(path) for path in paths]


@some_runtime
@pytest.mark.parametrize(
    "given, made",
    [
        (["a/x.jpg", "b/x.jpg", "a/y.jpg"], ["a/x", "b/x", "a/y"]),
        (["a/x.jpg", "a/x.bmp"], ["x.jpg", "x.bmp"]),
        (["a/x.jpg", "a/x.bmp", "b/x.jpg"], ["a/x.jpg", "a/x.bmp", "b/x.jpg"]),
        (["a/x.jpg", "a/../a/x.jpg"], ["x"]),
    ],
)
def test_photos_of_the_same_name_keep_their_results(tmp_path, given, made):
    output = tmp_path / "out"
    assert main(["image", *photos(tmp_path, *given), "--output", str(output)]) == 0
    assert len(list(output.rglob("*.png"))) == len(list(output.rglob("*.json"))) == len(made)
    for path, name in zip(given, made):
        document = json.loads((output / f"{name}.json").read_text())
        assert document["image"] == Path(path).name
        width = cv2.imread(str(tmp_path / path)).shape[1]
        assert width == document["width"] == cv2.imread(str(output / f"{name}.png")).shape[1]


def test_a_photo_is_not_overwritten(tmp_path, capsys):
    (photo,) = photos(tmp_path, "x.png")
    before = Path(photo).read_bytes()
    assert main(["image", photo, "--output", str(tmp_path)]) == 1
    assert f"the photo {photo} would be overwritten" in capsys.readouterr().err
    assert Path(photo).read_bytes() == before


@some_runtime
@pytest.mark.parametrize("workers", [1, 4])
def test_a_folder_is_a_line_per_photo_in_its_order(tmp_path, capsys, workers):
    names = [f"in/{i:02d}.png" for i in range(9)]
    photos(tmp_path, *names)
    (tmp_path / "in" / "04.png").write_bytes(b"no image")
    output, lines = tmp_path / "out", tmp_path / "lines.jsonl"
    assert (
        main(
            [
                "image",
                str(tmp_path / "in"),
                "--output",
                str(output),
                "--lines",
                str(lines),
                "--workers",
                str(workers),
            ]
        )
        == 1
    )
    assert re.search("04.png is no image: 8 bytes .*: skipped\n", capsys.readouterr().err)
    documents = [json.loads(line) for line in lines.read_text().splitlines()]
    good = [Path(name).name for name in names if "04" not in name]
    assert [document["image"] for document in documents] == good
    for document in documents:
        assert json.loads((output / document["image"]).with_suffix(".json").read_text()) == document
    assert len(list(output.glob("*.png"))) == len(good)


@some_runtime
def test_results_that_cannot_be_written_are_one_line(tmp_path, capsys):
    photos(tmp_path, "in/a.png", "in/b.png")
    (tmp_path / "out" / "a.json").mkdir(parents=True)
    assert main(["image", str(tmp_path / "in"), "--output", str(tmp_path / "out")]) == 1
    assert "a.json" in capsys.readouterr().err.splitlines()[-1]
