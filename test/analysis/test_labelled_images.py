"""The picture files that a label file names, in the ways tools write them."""

import numpy as np
import pytest

from lightweight_openpose.analysis.labelled_images import find_images, plain_name, size_fault


@pytest.mark.parametrize(
    "name, plain",
    [
        ("a.png", "a.png"),
        ("./a.png", "a.png"),
        ("x/./a.png", "x/a.png"),
        ("x\\a.png", "x/a.png"),
        ("C:\\data\\x\\a.png", "data/x/a.png"),
        ("/data/a.png", "data/a.png"),
        ("../../a.png", "a.png"),
        ("..\\..\\media\\upload\\4\\a.png", "media/upload/4/a.png"),
        (" a.png ", "a.png"),
        ("https://host:80/x/a%20b.png?sig=%2F#top", "x/a b.png"),
        ("file:///home/me/a.png", "home/me/a.png"),
        ("s3://bucket/x/a.png", "x/a.png"),
        ("train/a..b.png", "train/a..b.png"),
        ("a%20b.png", "a%20b.png"),
        ("//server/x/a.png", "server/x/a.png"),
        ("x//a.png", "x/a.png"),
        ("https://host/..%2f..%2fetc/passwd", "etc/passwd"),
    ],
)
def test_a_name_is_a_path_below_the_folder(name, plain):
    assert plain_name(name) == plain


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "/",
        "../..",
        "a\0.png",
        "https://host/a%00.png",
        5,
        None,
        ["a.png"],
        "C:\\",
    ],
)
def test_a_name_of_nothing_is_refused(name):
    with pytest.raises(ValueError, match="the name of an image is"):
        plain_name(name)


@pytest.fixture
def folder(tmp_path):
    for name in ("a.png", "x/b.png", "IMG_1.JPG", "y/Ä.png"):
        (tmp_path / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "images" / name).write_text("")
    (tmp_path / "outside.png").write_text("")
    return tmp_path / "images"


@pytest.mark.parametrize(
    "name, found",
    [
        ("a.png", "a.png"),
        ("./a.png", "a.png"),
        ("images/a.png", "a.png"),
        ("images\\a.png", "a.png"),
        ("..\\..\\media\\upload\\4\\a.png", "a.png"),
        ("https://host/images/a.png?x=1", "a.png"),
        ("x/b.png", "x/b.png"),
        ("data/x/b.png", "x/b.png"),
        ("img_1.jpg", "IMG_1.JPG"),
        ("Images/IMG_1.jpg", "IMG_1.JPG"),
        ("X/B.PNG", "x/b.png"),
        ("y/A\u0308.png", "y/Ä.png"),
    ],
)
def test_a_file_is_found_in_the_folder(name, found, folder):
    assert find_images(folder, [name]) == [folder / found]


@pytest.mark.parametrize(
    "name", ["b.png", "gone.png", "../outside.png", "/etc/passwd", "z/gone.png"]
)
def test_what_is_not_in_the_folder_is_not_found_elsewhere(name, folder):
    (path,) = find_images(folder, [name])
    assert not path.exists() and folder in path.parents and ".." not in path.parts


def test_names_that_differ_in_case_only_are_told_apart(folder):
    (folder / "A.png").write_text("")
    assert find_images(folder, ["a.png", "A.png"]) == [folder / "a.png", folder / "A.png"]
    (folder / "Img_1.jpg").write_text("")
    (path,) = find_images(folder, ["img_1.jpg"])
    assert not path.exists()  # nobody knows which of the two


def test_two_names_that_lead_to_one_file_are_refused(folder):
    with pytest.raises(ValueError, match="cam1/a.png and cam2/a.png of the labels both lead to"):
        find_images(folder, ["cam1/a.png", "cam2/a.png"])
    (folder / "cam1").mkdir()
    (folder / "cam1" / "a.png").write_text("")
    assert find_images(folder, ["cam1/a.png", "a.png"]) == [folder / "cam1/a.png", folder / "a.png"]
    assert find_images(folder, ["a.png", "a.png"]) == [folder / "a.png"] * 2


@pytest.mark.parametrize(
    "width, height, said",
    [
        (20, 10, None),
        (None, None, None),
        (None, 10, None),
        (
            10,
            20,
            "is 20x10 px, its labels say 10x20: it is shown turned, by the orientation in its",
        ),
        (40, 20, "is 20x10 px, its labels say 40x20; give the pictures that were labelled"),
    ],
)
def test_a_picture_of_another_size_than_its_labels_is_told(width, height, said):
    fault = size_fault("a.png", np.zeros((10, 20, 3), np.uint8), width, height)
    assert fault is None if said is None else said in fault
