"""No code comes from data, and no name in data leads out of its folder."""

import ast
import io
import os
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]

PNG = cv2.imencode(".png", np.zeros((1, 1, 3), np.uint8))[1].tobytes()


def member(name, data=b"", **changes):
    item = tarfile.TarInfo(name)
    item.size = len(data)
    for key, value in changes.items():
        setattr(item, key, value)
    return item, io.BytesIO(data)


def shard(path, *members):
    with tarfile.open(str(path), "w") as tar:
        for item, data in members:
            tar.addfile(item, data)
    return path


def test_names_and_links_in_a_tar_file_lead_nowhere(tmp_path):
    """Members are read where they lie: nothing is written, and no link is followed."""
    pytest.importorskip("torch")
    from lightweight_openpose.training.unlabelled import image_items, read_item

    secret = tmp_path / "secret.png"
    secret.write_bytes(PNG)
    folder = tmp_path / "below"
    folder.mkdir()
    path = shard(
        folder / "a.tar",
        member("../../escaped.png", PNG),
        member("/tmp/absolute.png", PNG),
        member("link.png", type=tarfile.SYMTYPE, linkname=str(secret)),
        member("hard.png", type=tarfile.LNKTYPE, linkname="../secret.png"),
        member("device.png", type=tarfile.CHRTYPE),
        member("pipe.png", type=tarfile.FIFOTYPE),
        member("empty.png"),
        member("notes.txt", b"text"),
    )
    before = sorted(p.name for p in tmp_path.rglob("*"))
    items = image_items(path)
    assert [read_item(item).shape for item in items] == [(1, 1, 3), (1, 1, 3)]
    assert sorted(p.name for p in tmp_path.rglob("*")) == before
    assert not os.path.exists("/tmp/absolute.png")


def test_a_picture_in_a_tar_file_that_would_take_gigabytes_is_skipped(tmp_path):
    pytest.importorskip("torch")
    from lightweight_openpose.training.unlabelled import image_items, read_item

    bomb = bytearray(cv2.imencode(".png", np.zeros((1, 1), np.uint8))[1].tobytes())
    bomb[16:24] = (40000).to_bytes(4, "big") * 2
    (item,) = image_items(shard(tmp_path / "a.tar", member("a.png", bytes(bomb))))
    assert read_item(item) is None


@pytest.mark.parametrize("harm", ["cut", "compressed", "huge member", "noise", "empty members"])
def test_a_tar_file_that_is_damaged_is_told(harm, tmp_path):
    pytest.importorskip("torch")
    from lightweight_openpose.training.unlabelled import image_items

    path = shard(tmp_path / "a.tar", member("a.png", PNG + bytes(5000)))
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:1000])
    elif harm == "compressed":
        with tarfile.open(str(path), "w:gz") as tar:
            tar.addfile(*member("a.png", PNG))
    elif harm == "huge member":
        path.write_bytes(member("a.png")[0].tobuf()[:124] + b"\x80" + b"\x00" * 3 + b"\xff" * 8)
    elif harm == "noise":
        path.write_bytes(b"\x00\xff" * 5000)
    else:
        shard(path, member("a.png"), member("b.png"))
    with pytest.raises(ValueError, match="a.tar (is no tar file|holds no images)"):
        image_items(path)


def test_no_field_of_a_label_file_leads_out_of_the_folder_of_images():
    pytest.importorskip("torch")
    from lightweight_openpose.training.labels import image_of

    for name in ("../a.png", "/etc/a.png", "a/../../b.png", "", "a\0.png", 5, None):
        with pytest.raises(ValueError):
            image_of(name, 10, 10)
    assert image_of("train/a..b.png", 10, 10).file == "train/a..b.png"


def test_a_token_is_compared_in_constant_time():
    source = (ROOT / "src/lightweight_openpose/display/web_access.py").read_text()
    tree = ast.parse(source)
    compared = [n for n in ast.walk(tree) if isinstance(n, ast.Compare) and "token" in ast.dump(n)]
    assert "hmac.compare_digest(" in source and compared == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.txt")), ids=lambda p: p.name)
def test_every_dependency_has_an_upper_bound(path):
    lines = [line for line in path.read_text().splitlines() if line and line[0] not in "#-"]
    assert [line for line in lines if "<" not in line and "==" not in line] == []
