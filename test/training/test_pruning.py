"""Networks made narrower: what goes first, what the rest makes up for, and that the file is read
back.
"""

import copy

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torch_pruning")
from lightweight_openpose.cli.program import main
from lightweight_openpose.networks import build_network
from lightweight_openpose.networks.checkpoint import BadCheckpoint, load_network
from lightweight_openpose.networks.widths import map_layers
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton, skeleton_to_dict
from lightweight_openpose.training.channels import Statistics, multiplications, remove, statistics


def network(architecture="lightweight", seed=0):
    torch.manual_seed(seed)
    return build_network(architecture, COCO18).eval()


def images(count=2, size=64):
    return [
        torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(i))
        for i in range(count)
    ]


def maps(of, image):
    with torch.no_grad():
        return torch.cat(of(image)[-1], 1)


def test_multiplications_are_counted_where_the_network_is():
    """After a round of training that may be a CUDA device."""
    elsewhere = network("lightweight").to("meta")
    assert multiplications(elsewhere) == multiplications(network("lightweight"))


@pytest.mark.parametrize("architecture", ["lightweight", "student-small", "student-base"])
def test_a_share_of_the_multiplications_goes_and_the_maps_keep_their_channels(architecture):
    narrow = network(architecture)
    before = multiplications(narrow)
    remove(narrow, statistics(narrow, images(size=96), torch.ones_like), 0.2)
    assert 0.6 * before < multiplications(narrow) < 0.9 * before
    assert [m.shape[1] for m in narrow(images()[0])[-1]] == [19, 38]


def test_channels_go_in_blocks_that_int8_kernels_fill():
    narrow = network()
    remove(narrow, statistics(narrow, images(), torch.ones_like), 0.3)
    ends = map_layers(narrow)
    widths = {
        m.out_channels for m in narrow.modules() if isinstance(m, torch.nn.Conv2d) and m not in ends
    }
    assert len(widths) > 4 and all(width % 16 == 0 for width in widths), widths


def test_a_pruned_network_is_read_back_as_it_was(tmp_path):
    narrow = network()
    remove(narrow, statistics(narrow, images(), torch.ones_like), 0.3)
    torch.save({"state_dict": narrow.state_dict()}, str(tmp_path / "narrow.pth"))
    again, skeleton = load_network(tmp_path / "narrow.pth")
    assert skeleton == COCO18 and multiplications(again) == multiplications(
        narrow
    ) < multiplications(network())
    assert torch.equal(maps(again, images()[0]), maps(narrow, images()[0]))


def test_layers_that_do_not_fit_one_another_are_one_error(tmp_path):
    state = network().state_dict()
    state["model.3.3.weight"] = state["model.3.3.weight"][:64]
    torch.save({"state_dict": state}, str(tmp_path / "odd.pth"))
    with pytest.raises(BadCheckpoint, match="odd.pth"):
        load_network(tmp_path / "odd.pth")


def test_channels_that_others_can_stand_in_for_go_first_and_are_made_up_for():
    """Eight of the 512 channels before the heatmaps are copies of eight others: without them
    nothing is lost.
    """
    redundant = network()
    first = redundant.refinement_stages[0].heatmaps[0][0]
    with torch.no_grad():
        first.weight[8:16] = first.weight[:8]
        first.bias[8:16] = first.bias[:8]
    narrow = copy.deepcopy(redundant)
    remove(narrow, statistics(narrow, images(), torch.ones_like), 1e-6)
    assert multiplications(narrow) < multiplications(redundant)
    wanted = maps(redundant, images()[0])
    left = maps(narrow, images()[0])
    assert ((left - wanted) ** 2).sum() < 1e-3 * (wanted**2).sum()


def test_what_is_read_and_written_counts_beside_what_is_multiplied():
    """Channels of the first layer are worth half as much again per multiplication as those of a
    late one, but move ten times as many values per multiplication.
    """
    narrow = network()
    convolutions = {k: m for k, m in narrow.named_modules() if isinstance(m, torch.nn.Conv2d)}
    worth = {m: torch.full((m.in_channels,), 1e15) for m in convolutions.values()}
    early, late = convolutions["model.1.3"], convolutions["model.11.3"]
    worth[early] = torch.full((early.in_channels,), 1.5 * 128 * 228 * (27 + 9 + 64.0))
    worth[late] = torch.full((late.in_channels,), 32 * 57 * (512 + 9 + 512.0))
    inputs = {m: m.weight[0].numel() for m in worth}
    remove(narrow, Statistics(worth, {m: torch.eye(n) for m, n in inputs.items()}), 1e-6)
    assert (early.in_channels, late.in_channels) == (16, 512)


@pytest.mark.parametrize("architecture, count", [("lightweight", 4), ("student-small", 2)])
def test_the_layers_that_make_the_maps_are_found(architecture, count):
    assert len(map_layers(network(architecture))) == count


def write_whole(folder):
    """A network, whole.pth, and a folder of one image to learn from."""
    (folder / "images").mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)
    cv2.imwrite(str(folder / "images" / "noise.png"), noise)
    torch.save({"state_dict": network().state_dict()}, str(folder / "whole.pth"))


def test_a_run_of_pose_prune_narrows_in_rounds_resumes_and_keeps_its_likeness(tmp_path, capsys):
    write_whole(tmp_path)
    command = [
        "prune",
        str(tmp_path / "whole.pth"),
        "--images",
        str(tmp_path / "images"),
        "--speed",
        "1.1",
        "--output",
        str(tmp_path / "run"),
        "--set",
        "augmentation.size=64",
        "--set",
        "workers=0",
        "--set",
        "batch=1",
        "--set",
        "device=cpu",
        "--set",
        "steps=[{name: round, epochs: 2}]",
    ]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "round 2:" in said and main(command) == 0  # nothing is left to do
    last = load_network(said.split("last checkpoint: ")[1].strip())[0]
    assert multiplications(last) <= multiplications(network()) / 1.1 * 1.01
    moved = (maps(last, images()[0]) - maps(network(), images()[0])) ** 2
    assert moved.mean() < 0.05 * (maps(network(), images()[0]) ** 2).mean()
    assert (
        main(command[:5] + ["1"] + command[6:]) == 1
        and "a target between" in capsys.readouterr().err
    )


def untrained(tmp_path, *options):
    """`pose prune` of whole.pth at a rate at which it learns nothing."""
    return [
        "prune",
        str(tmp_path / "whole.pth"),
        "--images",
        str(tmp_path / "images"),
        "--output",
        str(tmp_path / "run"),
        "--set",
        "augmentation.size=64",
        "--set",
        "workers=0",
        "--set",
        "batch=1",
        "--set",
        "device=cpu",
        "--set",
        "learning_rate=1e-9",
        "--set",
        "steps=[{name: round, epochs: 1}]",
        *options,
    ]


def test_refinement_stages_can_go_before_channels_do(tmp_path, capsys):
    write_whole(tmp_path)

    def prune(stages, target):
        return main(untrained(tmp_path, "--target", str(target), "--stages", str(stages)))

    assert prune(0, 5) == 0
    last, _ = load_network(capsys.readouterr().out.split("last checkpoint: ")[1].strip())
    assert len(last.refinement_stages) == 0
    # 4.73 GMAC without the refinement: no channel had to go, and its maps are the initial stage's.
    with torch.no_grad():
        whole, rest = network()(images()[0]), last(images()[0])
    assert len(rest) == 1 and torch.allclose(rest[0][0], whole[0][0], atol=1e-4)
    assert prune(2, 5) == 1
    assert "has 1 refinement stages; it cannot keep 2" in capsys.readouterr().err
    torch.save({"state_dict": network("student-small").state_dict()}, str(tmp_path / "whole.pth"))
    assert prune(0, 0.1) == 1
    assert "architecture student-small, of which no stages" in capsys.readouterr().err


def test_a_teacher_of_another_skeleton_is_one_line(tmp_path, capsys):
    torch.save(
        {
            "state_dict": build_network("student-small", find_skeleton("submarine")).state_dict(),
            "skeleton": skeleton_to_dict(find_skeleton("submarine")),
        },
        str(tmp_path / "boat.pth"),
    )
    assert (
        main(
            [
                "prune",
                "own",
                "--teacher",
                str(tmp_path / "boat.pth"),
                "--images",
                str(tmp_path),
                "--speed",
                "1.1",
            ]
        )
        == 1
    )
    assert "the teacher has skeleton submarine" in capsys.readouterr().err
