"""Data sets of crops, how their pictures and points move together, and a run of `pose distill`."""

import io
import json
import tarfile

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation.arms import Arm
from lightweight_openpose.estimation.closeup import Crop
from lightweight_openpose.estimation.hand_crops import forearm_crop, palm_crop
from lightweight_openpose.networks import build_network
from lightweight_openpose.networks.checkpoint import load_network, write_checkpoint
from lightweight_openpose.networks.closeup import LAPLACE, SIZE
from lightweight_openpose.poses.skeleton_file import find_skeleton, skeleton_to_dict
from lightweight_openpose.training.augment import Augmentation
from lightweight_openpose.training.closeup_data import (
    CloseupCrops,
    Sample,
    closeup_kind,
    read_samples,
)
from lightweight_openpose.training.closeups import CloseupTask, make_closeup_validator

FACE = find_skeleton("face_32")
KIND, HANDS = closeup_kind("face"), closeup_kind("hand")
PLAIN = dict(
    size=SIZE,
    rotation=0,
    shift=0,
    flip=0,
    light=0,
    color=0,
    noise=0,
    blur=0,
    person=(1, 1),
    coarse=(900, 901),
)
JOINTS = [[60, 66, 0.9], [52, 56, 0.9], [68, 56, 0.9], [42, 60, 0.8], [78, 60, 0.8]]


def shape(turn=0.0):
    """(32, 2) landmarks about where those of a face lie around JOINTS [px]."""
    points = np.array([(0, 0, 0) if p is None else p for p in FACE.points], float)
    flat = np.stack([points[:, 1], -points[:, 2]], 1) * 16 / 0.063
    cosine, sine = np.cos(turn), np.sin(turn)
    return flat @ [[cosine, sine], [-sine, cosine]] + (60, 56)


def jpeg(points=None, size=128):
    image = np.full((size, size, 3), 90, np.uint8)
    for x, y in [] if points is None else points:
        cv2.circle(image, (int(round(x)), int(round(y))), 1, (255, 255, 255), -1)
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 98])[1].tobytes()


def write_set(folder, rows, pictures, name="heads"):
    path = folder / f"{name}.tar"
    with tarfile.open(str(path), "w") as tar:
        for file, data in pictures.items():
            member = tarfile.TarInfo(file)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    path.with_suffix(".json").write_text(json.dumps(rows))
    return path


def row(file="a.jpg", **changes):
    return {"file": file, "landmarks": shape().tolist(), "joints": JOINTS, **changes}


def test_a_set_is_read_with_faces_and_heads_without_one(tmp_path):
    rows = [
        row(),
        row("b.jpg", landmarks=None),
        row("c.jpg", joints=[None] * 5),
        row("d.jpg", joints=[[None, None, 0], *JOINTS[1:]]),
    ]
    path = write_set(tmp_path, rows, {n: jpeg() for n in ("a.jpg", "b.jpg", "c.jpg", "d.jpg")})
    first, second = read_samples(path, KIND)  # of the others no crop can be cut
    np.testing.assert_allclose(first.points, shape())
    assert second.points is None and first.crops == second.crops
    assert first.data == jpeg()


@pytest.mark.parametrize(
    "change, words",
    [
        (dict(landmarks=[[1, 2]]), r"row 1: ValueError points of shape \(1, 2\)"),
        (dict(file="none.jpg"), "row 1: KeyError 'none.jpg'"),
        (dict(joints=3), "row 1: TypeError"),
    ],
)
def test_a_bad_row_is_named(tmp_path, change, words):
    path = write_set(tmp_path, [row(), row(**change)], {"a.jpg": jpeg()})
    with pytest.raises(ValueError, match=words):
        read_samples(path, KIND)


def test_sets_that_are_none_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="a data set of closeups is NAME.tar and NAME.json"):
        read_samples(tmp_path / "absent.tar", KIND)
    (tmp_path / "text.tar").write_text("no tar")
    (tmp_path / "text.json").write_text("[]")
    with pytest.raises(ValueError, match="text.tar, row 0: ReadError"):
        read_samples(tmp_path / "text.tar", KIND)
    with pytest.raises(ValueError, match="holds no row"):
        read_samples(write_set(tmp_path, [], {}), KIND)
    with pytest.raises(ValueError, match="no closeup named 'foot'; known: face, hand"):
        closeup_kind("foot")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        dict(flip=1),
        dict(rotation=25),
        dict(shift=0.1, person=(0.8, 1.25)),
        dict(coarse=(40, 60)),
        dict(flip=1, rotation=25, shift=0.1, coarse=(40, 60)),
    ],
)
def test_points_move_with_the_picture(changes):
    """Each landmark's white dot lies where the landmark is said to be."""
    points = shape(0.2)
    sides = points[:, 0] < 60
    crop = Crop(60, 60, 60, 0.1)
    sample = Sample(jpeg(points), points, (crop,))
    crops = CloseupCrops([sample] * 8, KIND, Augmentation(**{**PLAIN, **changes}))
    for index in range(8):
        image, moved, presence = crops[0, index]
        assert image.shape == (3, SIZE, SIZE) and moved.shape == (32, 2) and presence.item() == 1
        bright = (image.mean(0).numpy() * 256 + 128).astype(float)
        for i in [k for k, p in enumerate(FACE.points) if p is not None]:
            x, y = moved[i].numpy()
            if 4 < x < SIZE - 5 and 4 < y < SIZE - 5:
                x, y = int(round(x)), int(round(y))
                assert bright[y - 2 : y + 3, x - 2 : x + 3].max() > 120, (changes, i)
        right = [k for k, name in enumerate(FACE.keypoints) if name.startswith("right_eye")]
        left = [k for k, name in enumerate(FACE.keypoints) if name.startswith("left_eye")]
        assert moved[right, 0].mean() < moved[left, 0].mean()  # the person's own right, always
    assert sides.any()


def test_a_sample_is_the_same_on_every_run_and_another_in_each_epoch():
    crops = CloseupCrops(
        [Sample(jpeg(shape()), shape(), (Crop(60, 60, 60),))],
        KIND,
        Augmentation(size=SIZE, person=(0.8, 1.2), cover=1.0),
    )
    assert torch.equal(crops[0, 0][0], crops[0, 0][0])
    assert not torch.equal(crops[0, 0][0], crops[1, 0][0])


ARM = dict(wrist=[60.0, 80.0], elbow=[60.0, 140.0], shoulder=None)


def hand_row(file="a.jpg", side="right", **changes):
    joints = np.array([(60, 80), *((60 + 6 * (i % 5 - 2), 74 - 2.5 * i) for i in range(1, 21))])
    if side == "left":
        joints[:, 0] = 120 - joints[:, 0]
    return {"file": file, "side": side, "joints": joints.tolist(), **ARM, **changes}


def test_hands_are_cut_at_the_forearm_and_where_they_are_known(tmp_path):
    rows = [hand_row(), hand_row("b.jpg", joints=None), hand_row("c.jpg", elbow=None)]
    path = write_set(tmp_path, rows, {n: jpeg() for n in ("a.jpg", "b.jpg", "c.jpg")})
    hand, none = read_samples(path, HANDS)  # without an elbow there is no crop
    joints = np.array(hand_row()["joints"])
    forearm = forearm_crop(Arm(np.array((60, 80)), np.array((60, 140))), False)
    assert hand.crops == (forearm, palm_crop(joints, False))
    assert none.points is None and none.crops == (forearm,)
    write_set(tmp_path, [hand_row(side="both")], {"a.jpg": jpeg()})
    with pytest.raises(ValueError, match="side 'both'; left or right is possible"):
        read_samples(path, HANDS)


@pytest.mark.parametrize("changes", [{}, dict(rotation=25, shift=0.1, coarse=(40, 60))])
def test_a_left_hand_is_shown_as_its_mirror_image_and_a_right_one_never(tmp_path, changes):
    """The left hand is the mirror image of the right one: what the network sees is the same."""
    seen = {}
    for side in ("right", "left"):
        joints = np.array(hand_row(side=side)["joints"])
        data = jpeg(joints, 121)
        path = write_set(tmp_path, [hand_row(side=side)], {"a.jpg": data}, side)
        crops = CloseupCrops(
            read_samples(path, HANDS), HANDS, Augmentation(**{**PLAIN, "flip": 1, **changes})
        )
        image, points, _ = crops[0, 0]
        bright = image.mean(0).numpy() * 256 + 128
        for x, y in points.numpy().round().astype(int):
            if 4 < x < SIZE - 5 and 4 < y < SIZE - 5:
                assert bright[y - 2 : y + 3, x - 2 : x + 3].max() > 120, (side, x, y)
        seen[side] = points.numpy()
    if not changes:
        np.testing.assert_allclose(seen["right"], seen["left"], atol=1e-4)


def test_losses_are_what_they_say():
    task = CloseupTask(CloseupCrops([], KIND, Augmentation(**PLAIN)))
    targets = torch.full((2, 32, 2), 40.0)
    points = torch.cat([targets + torch.tensor([3.0, 4.0]), torch.full((2, 32, 1), 2.5)], 2)
    mask = torch.tensor([[1.0], [0.0]])
    apart, likelihood, presence = task.losses(
        [(points, torch.tensor([[0.8], [0.4]]))], targets, mask
    )
    assert apart.item() == pytest.approx(10 * 5 / SIZE)
    b = 2.5 / LAPLACE / SIZE
    assert likelihood.item() == pytest.approx(0.01 * (5 / SIZE / b + 2 * np.log(b)), rel=1e-4)
    expected = -(np.log(0.8) + 0.3 * np.log(0.6)) / 2
    assert presence.item() == pytest.approx(0.1 * expected, rel=1e-4)


def test_the_validation_counts_points_near_theirs():
    sample = Sample(jpeg(shape()), shape(), (Crop(60, 60, 60),))

    class Right(torch.nn.Module):
        def __init__(self, off):
            super().__init__()
            self.off = torch.nn.Parameter(torch.tensor(off))

        def forward(self, image):
            matrix = sample.crops[0].matrix(SIZE)
            points = torch.from_numpy(sample.points @ matrix[:, :2].T + matrix[:, 2]).float()
            said = torch.cat([points + self.off, torch.ones(32, 1)], 1)
            return [(said[None].expand(len(image), -1, -1), torch.ones(len(image), 1))]

    validate = make_closeup_validator([sample] * 3, KIND, Augmentation(**PLAIN))
    assert validate(Right(0.0)) == 1 and validate(Right(20.0)) == 0


def test_the_network_gives_points_deviations_and_presence_for_any_batch():
    torch.manual_seed(0)
    network = build_network("closeup", FACE).eval()
    ((points, presence),) = network(torch.rand(3, 3, SIZE, SIZE) - 0.5)
    assert points.shape == (3, 32, 3) and presence.shape == (3, 1)
    assert (points[..., 2] > 0).all() and ((presence > 0) & (presence < 1)).all()


def test_the_network_of_hands_is_read_again_as_it_was_written(tmp_path):
    torch.manual_seed(0)
    hand = find_skeleton("hand_21")
    network = build_network("closeup-hand", hand).eval()
    path = write_checkpoint(
        tmp_path / "hand.pth",
        {"state_dict": network.state_dict(), "skeleton": skeleton_to_dict(hand)},
    )
    again, skeleton = load_network(path)
    image = torch.rand(2, 3, network.multiple, network.multiple) - 0.5
    ((points, presence),) = again(image)
    assert skeleton == hand and points.shape == (2, 21, 3) and presence.shape == (2, 1)
    assert (points[..., 2] > 0).all() and ((presence > 0) & (presence < 1)).all()
    assert torch.equal(network(image)[0][0], points)
    parts = network.rest(network.first(image, 6), 6)
    assert all(torch.equal(a, b) for a, b in zip(parts, network.raw(image)))


@pytest.mark.parametrize("architecture", ["closeup", "closeup-hand"])
def test_frozen_layers_are_the_first_ones(architecture):
    network = build_network(architecture, FACE)
    network.freeze(2)
    learned = {name for name, p in network.named_parameters() if p.requires_grad}
    blocks = {int(name.split(".")[1]) for name in learned if name.startswith("blocks")}
    assert blocks == set(range(2, len(network.blocks)))
    assert "place.weight" in learned and not any(name.startswith("stem") for name in learned)


def test_pose_distill_learns_a_face_and_goes_on_where_it_was(tmp_path, capsys):
    """One picture is learned by heart: the points come nearer, and the run resumes."""
    rows = [row(f"{i}.jpg") for i in range(8)] + [row("none.jpg", landmarks=None)]
    pictures = {r["file"]: jpeg(shape() if r["landmarks"] else None) for r in rows}
    path = write_set(tmp_path, rows, pictures)
    command = ["distill", "--closeup", "face", "--images", str(path)]
    for text in (
        f"output={tmp_path / 'run'}",
        f"val_labels={path}",
        "batch=4",
        "workers=0",
        "learning_rate=3.0e-3",
        "device=cpu",
        "ema_decay=0",
        "steps=[{name: face, init: random, epochs: 30}]",
        "augmentation.coarse=[900, 901]",
        "augmentation.rotation=0",
        "augmentation.flip=0",
        "augmentation.cover=0",
    ):
        command += ["--set", text]
    assert main([*command, "--iterations", "20"]) == 0
    assert "points within 5 % of their box" in capsys.readouterr().out
    assert main([*command, "--iterations", "30"]) == 0
    last = tmp_path / "run" / "face" / "checkpoint_iter_50.pth"
    assert str(last) in capsys.readouterr().out
    table = (tmp_path / "run" / "face" / "losses.csv").read_text().splitlines()
    losses = [float(line.split(",")[4]) for line in table[1:]]
    assert losses[-1] < 0.6 * losses[0], losses
    assert list((tmp_path / "run" / "face" / "pictures").glob("*.jpg"))
    network, skeleton = load_network(last)
    assert skeleton == FACE and type(network).__name__ == "Closeup"


def test_distill_wants_a_teacher_or_a_closeup(capsys):
    assert main(["distill", "--images", "nowhere"]) == 1
    assert "--teacher, or give --closeup" in capsys.readouterr().err
