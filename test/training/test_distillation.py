"""Crops of photographs without labels, what the teacher sees of them, and a run of `pose distill`."""

import csv
import tarfile
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.multiscale import mirror_maps
from lightweight_openpose.estimation.preprocessing import preprocess
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.training.augment import Augmentation
from lightweight_openpose.training.dataset import normalise
from lightweight_openpose.training.distillation import TeacherTask, broadened
from lightweight_openpose.training.unlabelled import UnlabelledCrops
from lightweight_openpose.zoo.model_info import InputSpec

PLAIN = dict(rotation=0, shift=0, aspect=0, flip=0, light=0, color=0, noise=0, blur=0)
PHOTOGRAPHS = Path(__file__).parents[2] / "doc" / "own_model.jpg"


@pytest.fixture()
def folder(tmp_path):
    path = tmp_path / "photos"
    path.mkdir()
    for i in range(3):
        cv2.imwrite(
            str(path / f"{i}.png"), np.random.default_rng(i).integers(0, 255, (60, 90, 3), np.uint8)
        )
    (path / "broken.png").write_bytes(b"no png")
    return path


def test_a_folder_and_a_tar_file_of_it_give_the_same_crops_and_broken_images_are_replaced(
    folder, tmp_path, capsys
):
    with tarfile.open(str(tmp_path / "photos.tar"), "w") as tar:
        for path in sorted(folder.iterdir()):
            tar.add(str(path), path.name)
    config = Augmentation(size=64, person=(0.6, 2.4))
    loose, packed = (
        UnlabelledCrops([str(p)], config, seed=2) for p in (folder, tmp_path / "photos.tar")
    )
    assert len(loose) == len(packed) == 4
    for key in [(0, 3), (0, 0), (1, 0)]:
        assert loose[key].shape == (3, 64, 64) and torch.equal(loose[key], packed[key])
    assert not torch.equal(loose[(0, 0)], loose[(1, 0)])
    assert capsys.readouterr().err.count("cannot be read: skipped") == 2  # once by each of the two


def test_where_a_photograph_ends_another_one_shows(tmp_path):
    colors = {"a.png": (0, 0, 255), "b.png": (255, 0, 0)}
    for name, color in colors.items():
        cv2.imwrite(str(tmp_path / name), np.full((100, 100, 3), color, np.uint8))
    config = Augmentation(size=64, person=(0.5, 1.0), **dict(PLAIN, shift=0.3))
    crops = [UnlabelledCrops([str(tmp_path)], config, seed)[(0, 0)] for seed in range(40)]
    crops = [np.rint(c.numpy().transpose(1, 2, 0) * 256 + 128).astype(int) for c in crops]

    def share(crop, color):
        return (np.abs(crop - color).max(2) < 3).mean()

    # The photograph that was asked for lies on top.
    assert all(share(crop, (0, 0, 255)) > 0.2 for crop in crops)
    assert sum(share(crop, (255, 0, 0)) > 0.1 for crop in crops) > 10
    grey = (128, 128, 128)
    assert np.mean([share(crop, grey) for crop in crops]) < 0.3  # 0.55 with one photograph alone
    known = [*colors.values(), grey]
    assert all(sum(share(crop, color) for color in known) > 0.999 for crop in crops)


@pytest.mark.parametrize(
    "spec", [InputSpec(), InputSpec(mean=(123.0, 116.0, 103.0), scale=1 / 57, rgb=True)]
)
def test_the_teacher_sees_the_crop_as_it_expects_images(spec):
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    seen = []

    def backend(tensor):
        seen.append(tensor)
        return np.full((1, 19, 8, 8), 2, np.float32), np.full((1, 38, 8, 8), 3, np.float32)

    task = TeacherTask(
        None, SimpleNamespace(spec=spec, backend=backend, skeleton=COCO18), "relative", 0.7
    )
    batch, targets, mask = task.prepare(normalise(image, InputSpec())[None], torch.device("cpu"))
    expected, _ = preprocess(image, 64, spec)
    assert np.allclose(seen[0], expected, atol=1e-4) and torch.equal(
        batch[0], normalise(image, InputSpec())
    )
    assert (targets[:, :18] == 1).all() and (targets[:, 19:] == 3).all()
    assert (targets[:, 18] == 2).all()  # the background is no peak to broaden
    assert targets.shape == (1, 57, 8, 8)
    assert (mask == 1).all() and mask.shape == (1, 1, 8, 8)


def test_a_broadened_peak_keeps_its_place_and_height():
    ys, xs = np.mgrid[:32, :32]

    def peak(sigma):
        squared = (xs - 12.3) ** 2 + (ys - 20.0) ** 2
        return torch.from_numpy(np.exp(-squared / (2 * sigma**2))).float()[None, None]

    assert torch.allclose(broadened(peak(0.9), 0.7), peak(np.hypot(0.9, 0.7)), atol=0.02)
    two = broadened(peak(0.9).repeat(1, 2, 1, 1) * torch.tensor([0.5, 2.0]).view(1, 2, 1, 1), 0.7)
    # the channels do not mix
    assert two[0, 0].max() == pytest.approx(0.49, abs=0.02) and two.max() == 1


def test_a_student_learns_resumes_and_sees(tmp_path, capsys):
    photos = tmp_path / "photos"
    photos.mkdir()
    cv2.imwrite(str(photos / "astronaut.png"), cv2.imread(str(PHOTOGRAPHS))[:300, :300])
    command = [
        "distill",
        "--teacher",
        "own",
        "--images",
        str(photos),
        "--output",
        str(tmp_path / "run"),
        "--set",
        "architecture=student-small",
        "--set",
        "workers=0",
        "--set",
        "batch=1",
        "--set",
        "device=cpu",
        "--set",
        "augmentation.size=128",
        "--set",
        "augmentation.person=[1,1.1]",
        "--set",
        "augmentation.shift=0.1",
        "--set",
        "steps=[{name: student, epochs: 60}]",
    ]
    assert main(command + ["--iterations", "20"]) == 0
    assert main(command) == 0
    last = tmp_path / "run" / "student" / "checkpoint_iter_60.pth"
    assert str(last) in capsys.readouterr().out and last.is_file()
    with open(str(tmp_path / "run" / "student" / "losses.csv")) as stream:
        losses = [float(row["loss_1"]) for row in csv.DictReader(stream)]
    assert losses[0] > 0.8 > losses[-1], losses
    assert PoseEstimator.load(str(last), "torch").skeleton == COCO18


def test_images_that_are_none_are_one_line(tmp_path, capsys):
    (tmp_path / "people.png").write_bytes(b"no tar file")
    assert main(["distill", "--teacher", "own", "--images", str(tmp_path / "people.png")]) == 1
    assert "is no tar file" in capsys.readouterr().err


def test_a_mirrored_teacher_says_of_a_mirror_image_the_mirror_of_what_it_says_of_the_image():
    """Left and right of the targets change places with those of the crop, whatever the teacher
    makes of either.
    """
    teacher = PoseEstimator.load("own", "openvino")
    task = TeacherTask(None, teacher, "relative", mirrored=True)
    image = cv2.resize(cv2.imread(str(PHOTOGRAPHS))[:400, :400], (128, 128))
    crops = torch.stack(
        [normalise(i, InputSpec()) for i in (image, np.ascontiguousarray(image[:, ::-1]))]
    )
    _, targets, _ = task.prepare(crops, torch.device("cpu"))
    straight, turned = targets.numpy()
    heatmaps, pafs = mirror_maps(turned[:19, :, ::-1], turned[19:, :, ::-1], COCO18)
    np.testing.assert_allclose(np.concatenate([heatmaps, pafs]), straight, atol=1e-4)
    assert straight[:18].max() > 0.3
