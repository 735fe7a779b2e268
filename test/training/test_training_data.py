"""Labels, targets and augmentation, with known answers."""

import json

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation.decoding import decode
from lightweight_openpose.estimation.preprocessing import PixelMap
from lightweight_openpose.poses.skeleton import COCO17_KEYPOINTS, COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.training.augment import (
    Augmentation,
    add_texture,
    crop_matrix,
    move_keypoints,
    recolor,
    warp,
)
from lightweight_openpose.training.coco_labels import read_coco
from lightweight_openpose.training.dataset import BatchPlan, LabelledCrops, region_mask
from lightweight_openpose.training.labels import BadLabels, load_labels
from lightweight_openpose.training.loss import relative_losses, stage_losses
from lightweight_openpose.training.targets import make_targets

SUBMARINE = find_skeleton("submarine")


def person(visible=17, **changes):
    keypoints = [
        v
        for i in range(17)
        for v in ((20.0 + 4 * i, 30.0 + 2 * i, 2) if i < visible else (0, 0, 0))
    ]
    return {
        "id": 7,
        "image_id": 1,
        "category_id": 1,
        "iscrowd": 0,
        "bbox": [20, 30, 64, 60],
        "area": 2000,
        "keypoints": keypoints,
        **changes,
    }


def coco(tmp_path, *annotations, category=None):
    path = tmp_path / "coco.json"
    category = category or {
        "id": 1,
        "name": "person",
        "keypoints": list(COCO17_KEYPOINTS),
        "skeleton": [[16, 14]],
    }
    path.write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "a.png", "width": 120, "height": 100}],
                "annotations": list(annotations),
                "categories": [category],
            }
        )
    )
    return path


def test_people_of_coco_get_a_neck_and_the_papers_rules(tmp_path):
    labels = read_coco(
        coco(tmp_path, person(), person(4), person(area=500), person(iscrowd=1), person(0))
    )
    assert labels.skeleton is COCO18 and not labels.warnings
    people = labels.images[0].people
    masked = labels.images[0].masked
    assert [p.main for p in people] == [True, False, False] and len(masked) == 2
    left, right = (
        people[0].keypoints[COCO18.index(k)] for k in ("left_shoulder", "right_shoulder")
    )
    assert np.allclose(people[0].keypoints[COCO18.index("neck")], [*(left[:2] + right[:2]) / 2, 2])
    assert people[1].keypoints[COCO18.index("neck"), 2] == 0  # shoulders not labelled
    assert (
        region_mask(labels.images[0])[60, 50] == 255 and region_mask(labels.images[0])[10, 10] == 0
    )


def test_the_internal_file_is_a_round_trip(tmp_path):
    labels = read_coco(coco(tmp_path, person(), person(iscrowd=1)))
    labels.save(tmp_path / "labels.json")
    again = load_labels(tmp_path / "labels.json")
    assert again.skeleton == COCO18 and again.images[0].masked == labels.images[0].masked
    assert np.allclose(again.images[0].people[0].keypoints, labels.images[0].people[0].keypoints)


def test_labels_that_lie_are_named_and_left_out(tmp_path):
    outside = person()
    outside["keypoints"][0:3] = [500.0, 30.0, 2]
    short = person(id=8, keypoints=[1, 2, 2])
    stray = person(id=9, image_id=99)
    labels = read_coco(coco(tmp_path, outside, short, stray))
    assert [p.keypoints[0, 2] for p in labels.images[0].people] == [0]
    text = "\n".join(labels.warnings)
    for part in (
        "a.png, annotation 7: nose lies outside the image",
        "annotation 8: 3 keypoint values instead of 51",
        "annotation 9: image_id 99 is not among the images",
    ):
        assert part in text


def test_an_object_with_an_empty_skeleton_as_coco_annotator_writes_it(tmp_path):
    category = {
        "id": 3,
        "name": "submarine",
        "keypoints": list(SUBMARINE.keypoints),
        "skeleton": [],
    }
    thing = {
        "id": 1,
        "image_id": 1,
        "category_id": 3,
        "bbox": [10, 10, 50, 50],
        "area": 2500,
        "segmentation": [[1, 1, 9, 9, 1, 9]],
        "keypoints": [10, 10, 2, 60, 10, 2, 60, 60, 2, 0, 0, 0],
        "num_keypoints": 3,
    }
    labels = read_coco(coco(tmp_path, thing, category=category))
    assert labels.skeleton.limbs == ((0, 1), (0, 2), (0, 3)) and labels.images[0].people[0].main


@pytest.mark.parametrize(
    "content, message",
    [
        ("[1", "is no JSON"),
        ("{}", "has no list of images"),
        ("[]", "no object"),
        ('{"version": 1}', "is not an internal label file"),
    ],
)
def test_files_of_another_kind(tmp_path, content, message):
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(BadLabels, match=message):
        (load_labels if "version" in content else read_coco)(path)


def test_targets_decode_to_the_people_they_were_made_from():
    rng = np.random.default_rng(0)
    people = []
    for x in (60, 220):
        keypoints = np.ones((18, 3))
        keypoints[:, :2] = np.stack([rng.uniform(x - 40, x + 40, 18), np.linspace(20, 300, 18)], 1)
        people.append(keypoints)
    maps = make_targets(people, COCO18, 320, 320)
    assert maps.shape == (19 + 38, 40, 40)
    assert np.allclose(maps[18], 1 - maps[:18].max(0))
    found = sorted(
        decode(maps[:19], maps[19:], COCO18, PixelMap((1, 1))), key=lambda p: p.keypoints[0, 0]
    )
    assert len(found) == 2
    for pose, truth in zip(found, people):
        assert np.linalg.norm(pose.keypoints[:, :2] - truth[:, :2], axis=1).max() < 2.5


def test_a_paf_is_the_unit_vector_on_its_limb_only():
    keypoints = np.zeros((4, 3))
    keypoints[0] = (3.5, 35.5, 1)
    keypoints[1] = (67.5, 35.5, 1)
    fields = make_targets([keypoints], SUBMARINE, 80, 80)[5:7]
    assert (fields[0, 4, 0:9] == 1).all() and (fields[1] == 0).all()
    assert (fields[0, 3:6, 1:8] == 1).all() and fields[0, 1].max() == fields[0, 7].max() == 0


@pytest.mark.parametrize("seed", range(12))
def test_a_white_pixel_and_its_keypoint_move_together(seed):
    """A white square goes through every transform; the keypoint is found in its middle."""
    rng = np.random.default_rng(seed)
    config = Augmentation(size=256, rotation=25, aspect=0.3, noise=0, light=0, color=0, blur=1.0)
    image = np.zeros((3000, 2600, 3), np.uint8)
    x = rng.integers(1200, 1500)
    y = rng.integers(1200, 1500)
    image[y - 6 : y + 7, x - 6 : x + 7] = 255
    keypoints = np.zeros((18, 3), np.float32)
    left = COCO18.index("left_wrist")
    right = COCO18.index("right_wrist")
    keypoints[left] = (x, y, 2)
    matrix, mirrored = crop_matrix(rng, (x - 250, y - 250, 500, 500), config)
    crop = recolor(rng, warp(image, matrix, 256), config).astype(float).mean(2)
    moved = move_keypoints(keypoints, matrix, mirrored, COCO18.flip_permutation)
    joint = right if mirrored else left
    assert moved[joint, 2] == 2 and moved[:, 2].sum() == 2
    ys, xs = np.mgrid[:256, :256]
    middle = np.array([(crop * xs).sum(), (crop * ys).sum()]) / crop.sum()
    assert np.abs(moved[joint, :2] - middle).max() < 0.6


def detail(image):
    """Energy of what is finer than a Gaussian of 2 px, and the image without it."""
    coarse = cv2.GaussianBlur(image.astype(np.float32), (0, 0), 2)
    return float(((image - coarse) ** 2).mean()), coarse


def test_sharpened_crops_of_a_soft_photograph_have_its_fine_detail_again():
    rng = np.random.default_rng(0)
    sharp = rng.uniform(60, 190, (128, 128, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(sharp, (0, 0), 1.2).round().astype(np.uint8)
    plain = dict(rotation=0, noise=0, light=0, color=0, blur=0)
    ratios = []
    for seed in range(40):
        crop = recolor(np.random.default_rng(seed), soft, Augmentation(sharpen=2.0, **plain))
        ratios.append(detail(crop)[0] / detail(soft)[0])
        assert np.abs(detail(crop)[1] - detail(soft)[1]).mean() < 3
    assert 5 <= sum(abs(ratio - 1) < 0.01 for ratio in ratios) <= 16  # a quarter stays as it is
    assert max(ratios) > 3


def test_texture_adds_fine_detail_of_another_photograph_and_nothing_else():
    rng = np.random.default_rng(0)
    crop = np.full((96, 96, 3), 120, np.uint8)
    other = rng.integers(0, 255, (40, 50, 3)).astype(np.uint8)  # smaller than the crop
    textured = add_texture(rng, crop, other, 0.5)
    assert detail(textured)[0] > 20 and np.abs(detail(textured)[1] - 120).max() < 15
    flat = np.full((40, 50, 3), 200, np.uint8)
    assert (add_texture(rng, crop, flat, 0.5) == 120).all()


def test_samples_are_the_same_on_every_run_and_broken_images_are_replaced(tmp_path, capsys):
    labels = read_coco(coco(tmp_path, person()))
    second = read_coco(coco(tmp_path, person()))
    second.images[0].file = "broken.png"
    labels.images += second.images
    cv2.imwrite(str(tmp_path / "a.png"), np.full((100, 120, 3), 90, np.uint8))
    (tmp_path / "broken.png").write_bytes(b"no png")
    crops = LabelledCrops(labels, tmp_path, Augmentation(size=64), seed=3)
    first = crops[(5, 1)]
    assert "broken.png cannot be read: skipped" in capsys.readouterr().err
    assert [tuple(t.shape) for t in first] == [(3, 64, 64), (57, 8, 8), (1, 8, 8)]
    assert all(
        torch.equal(a, b)
        for a, b in zip(
            first, LabelledCrops(labels, tmp_path, Augmentation(size=64), seed=3)[(5, 1)]
        )
    )
    assert not torch.equal(first[0], crops[(6, 1)][0])
    labels.images[1].file = "gone.png"
    with pytest.raises(FileNotFoundError, match="1 images of the labels are not in .*gone.png"):
        LabelledCrops(labels, tmp_path, Augmentation(size=64))


def test_batches_resume_and_share_out():
    def take(n, *args, **kwargs):
        return [batch for _, batch in zip(range(n), BatchPlan(*args, **kwargs))]

    whole = take(7, 20, 6)
    assert take(4, 20, 6, start=3) == whole[3:]
    assert len({i for batch in whole[:3] for _, i in batch}) == 18 and {
        e for b in whole[3:6] for e, _ in b
    } == {1}
    halves = [take(7, 20, 3, rank=r, world=2) for r in (0, 1)]
    assert [a + b for a, b in zip(*halves)] == whole


def test_losses_have_known_values():
    targets = torch.zeros(2, 57, 4, 4)
    mask = torch.ones(2, 1, 4, 4)
    targets[0, 0, 1, 1] = 1
    targets[:, 18] = 1
    nothing = [(torch.zeros(2, 19, 4, 4), torch.zeros(2, 38, 4, 4))]
    assert stage_losses(nothing, targets, mask)[0].item() == pytest.approx((1 + 32) / 2 / 2)
    assert relative_losses(nothing, targets, mask, 18)[0].item() == pytest.approx(1, abs=1e-3)
    assert stage_losses(nothing, targets, mask * 0)[0].item() == 0
    exact = [(targets[:, :19], targets[:, 19:])]
    assert (
        stage_losses(exact, targets, mask)[0].item()
        == relative_losses(exact, targets, mask, 18)[0].item()
        == 0
    )
    targets[0, 19, 3, 3] = 1
    without_paf = targets.clone()
    without_joint = targets.clone()
    without_paf[:, 19:] = 0
    without_joint[:, 0] = 0
    lost = [
        relative_losses([(t[:, :19], t[:, 19:])], targets, mask, 18)[0].item()
        for t in (without_paf, without_joint)
    ]
    assert lost == pytest.approx([1 / 9, 8 / 9], abs=1e-4)  # a heatmap weighs as much as eight PAFs


def test_prepare_and_subset_tell_what_they_did(tmp_path, capsys):
    path = coco(tmp_path, person(), person(id=8, image_id=99))
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((100, 120, 3), np.uint8))
    out = tmp_path / "labels.json"
    assert (
        main(["prepare", "--labels", str(path), "--images", str(tmp_path), "--output", str(out)])
        == 0
    )
    assert "1 images, 1 labelled, 1 of them large" in capsys.readouterr().out
    (tmp_path / "a.png").write_bytes(b"")
    assert (
        main(["prepare", "--labels", str(path), "--images", str(tmp_path), "--output", str(out)])
        == 1
    )
    error = capsys.readouterr().err
    assert "a.png cannot be read: left out" in error and "no annotation is large enough" in error
    assert main(["prepare", "--labels", str(tmp_path / "none.json")]) == 1
    assert "no label file at" in capsys.readouterr().err
    assert main(["subset", "--labels", str(path), "--number", "2", "--output", str(out)]) == 1
    assert "outside 1..1" in capsys.readouterr().err
    assert main(["subset", "--labels", str(path), "--number", "1", "--output", str(out)]) == 0
    assert len(json.loads(out.read_text())["annotations"]) == 1
