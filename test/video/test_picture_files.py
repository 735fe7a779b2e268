"""Pictures by name out of folders and tar files, which may be anybody's."""

import io
import tarfile

import cv2
import numpy as np
import pytest

from lightweight_openpose.video.picture_files import PictureFiles, checked_name

PNG = cv2.imencode(".png", np.full((2, 3, 3), 7, np.uint8))[1].tobytes()


def member(tar, name, data=b"", **changes):
    item = tarfile.TarInfo(name)
    item.size = len(data)
    for key, value in changes.items():
        setattr(item, key, value)
    tar.addfile(item, io.BytesIO(data))


def make(folder, kind):
    if kind == "folder":
        (folder / "pictures" / "below").mkdir(parents=True)
        (folder / "pictures" / "below" / "a.png").write_bytes(PNG)
        (folder / "pictures" / "bad.png").write_bytes(b"no picture")
        return folder / "pictures"
    with tarfile.open(str(folder / "pictures.tar"), "w") as tar:
        member(tar, "below/a.png", PNG)
        member(tar, "bad.png", b"no picture")
        member(tar, "link.png", type=tarfile.SYMTYPE, linkname="below/a.png")
    return folder / "pictures.tar"


@pytest.mark.parametrize("kind", ["folder", "tar"])
def test_a_picture_comes_by_its_name_and_what_is_none_does_not(kind, tmp_path):
    pictures = PictureFiles(make(tmp_path, kind))
    np.testing.assert_array_equal(pictures.read("below/a.png"), np.full((2, 3, 3), 7))
    for name in ("bad.png", "none.png", "link.png", "below"):
        assert pictures.read(name) is None


@pytest.mark.parametrize(
    "text, said",
    [
        (b"\x00\xff" * 3000, "is no folder and no tar file"),
        (b"", "is no folder and no tar file"),
    ],
)
def test_what_is_no_tar_file_is_told(text, said, tmp_path):
    (tmp_path / "a.tar").write_bytes(text)
    with pytest.raises(ValueError, match=f"a.tar {said}"):
        PictureFiles(tmp_path / "a.tar")


def test_a_compressed_tar_file_is_told(tmp_path):
    with tarfile.open(str(tmp_path / "a.tar"), "w:gz") as tar:
        member(tar, "a.png", PNG)
    with pytest.raises(ValueError, match="compressed"):
        PictureFiles(tmp_path / "a.tar")


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="none.tar does not exist"):
        PictureFiles(tmp_path / "none.tar")


@pytest.mark.parametrize(
    "name", ["../a.png", "/etc/a.png", "a/../../b.png", "", "a\0.png", 5, None]
)
def test_no_name_leads_out_of_the_folder(name):
    with pytest.raises(ValueError):
        checked_name(name)


def test_a_plain_name_is_kept():
    assert checked_name("train/a..b.png") == "train/a..b.png"
