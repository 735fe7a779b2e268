"""Architectures: shapes, a start without maps, and checkpoints that tell their own architecture."""

import pytest

torch = pytest.importorskip("torch")
from lightweight_openpose.networks import (
    ARCHITECTURES,
    OPENPOSE,
    architecture_of,
    build_network,
)
from lightweight_openpose.networks.checkpoint import BadCheckpoint, load_network
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton, skeleton_to_dict

STUDENTS = [a for a in ARCHITECTURES if a.startswith("student")]


def build(architecture, skeleton):
    """As it is trained; OpenPose's at an eighth of their width, which costs far less time."""
    return build_network(architecture, skeleton, width=0.125 if architecture in OPENPOSE else 1.0)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("skeleton", [COCO18, find_skeleton("submarine")], ids=lambda s: s.name)
def test_maps_have_an_eighth_of_the_size(architecture, skeleton):
    network = build(architecture, skeleton).eval()
    with torch.no_grad():
        stages = network(torch.rand(2, 3, 64, 96) - 0.5)
    assert len(stages) == 2
    for heatmaps, pafs in stages:
        assert heatmaps.shape == (2, skeleton.num_heatmaps, 8, 12) and pafs.shape == (
            2,
            skeleton.num_pafs,
            8,
            12,
        )


@pytest.mark.parametrize("architecture", STUDENTS)
def test_students_start_with_empty_maps_and_every_weight_learns(architecture):
    torch.manual_seed(0)
    network = build_network(architecture, COCO18)
    stages = network(torch.rand(2, 3, 64, 64) - 0.5)
    assert all((maps == 0).all() for stage in stages for maps in stage)
    for head in (network.head1, network.head2):
        torch.nn.init.normal_(head[-1].weight, 0, 0.1)
    network.zero_grad()
    sum(
        (maps**2).mean() for stage in network(torch.rand(2, 3, 64, 64) - 0.5) for maps in stage
    ).backward()
    dead = [
        name
        for name, p in network.named_parameters()
        if p.grad is None or not p.grad.abs().sum() > 0
    ]
    assert dead == []


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_checkpoint_tells_its_architecture(architecture, tmp_path):
    torch.manual_seed(1)
    network = build(architecture, COCO18).eval()
    path = tmp_path / "n.pth"
    half = {k: v.half() if v.is_floating_point() else v for k, v in network.state_dict().items()}
    torch.save({"state_dict": half, "skeleton": skeleton_to_dict(COCO18)}, str(path))
    loaded, skeleton = load_network(path)
    assert type(loaded) is type(network) and skeleton == COCO18
    x = torch.rand(1, 3, 64, 64) - 0.5
    with torch.no_grad():
        torch.testing.assert_close(loaded(x)[-1][0], network(x)[-1][0], rtol=0.02, atol=0.02)
    with pytest.raises(BadCheckpoint, match="of another shape"):
        load_network(path, find_skeleton("submarine"))


def test_the_name_in_a_checkpoint_counts_where_it_is_that_of_its_tensors(tmp_path):
    """Pruning may leave the stem of one size in a network of another."""
    narrow = build_network("student-base", COCO18)
    state = narrow.state_dict()
    state["stem.0.weight"] = state["stem.0.weight"][:24]
    path = tmp_path / "n.pth"
    for named, found in (("student-base", "student-base"), ("lightweight", "student-small")):
        network = build_network(found, COCO18)
        torch.save({"state_dict": network.state_dict(), "architecture": named}, str(path))
        assert architecture_of(load_network(path)[0]) == found
    torch.save({"state_dict": state, "architecture": "lightweight"}, str(path))
    with pytest.raises(BadCheckpoint, match="does not fit StudentSmall"):
        load_network(path)


@pytest.mark.parametrize("named", [["lightweight"], {"lightweight": 1}, 5, None])
def test_an_architecture_in_a_checkpoint_that_is_no_name_does_not_count(tmp_path, named):
    path = tmp_path / "n.pth"
    state = build_network("student-small", COCO18).state_dict()
    torch.save({"state_dict": state, "architecture": named}, str(path))
    assert architecture_of(load_network(path)[0]) == "student-small"


def test_unknown_architecture():
    with pytest.raises(ValueError, match="known: lightweight, student-small"):
        build_network("student-huge", COCO18)
