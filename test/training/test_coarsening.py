"""The wide half of a backbone at stride 16: what must stay exact, and what is fitted."""

from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
from lightweight_openpose.networks import build_network
from lightweight_openpose.networks.checkpoint import load_network
from lightweight_openpose.networks.lightweight_coarse import FINE
from lightweight_openpose.networks.widths import fit_widths
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.training.channels import multiplications
from lightweight_openpose.training.coarsening import coarsen

ROOT = Path(__file__).resolve().parents[2]


def crops():
    """(8, 3, 192, 192): parts of a photograph of people."""
    image = cv2.imread(str(ROOT / "doc" / "own_model.jpg"))
    squares = [image[y : y + 192, x : x + 192] for y in (0, 96) for x in (100, 250, 400, 550)]
    return (torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).float() - 128) / 256


def images(seed=0):
    return torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(seed))


def test_where_no_layer_looks_at_its_neighbours_every_other_cell_stays_exact():
    torch.manual_seed(0)
    network = build_network("lightweight", COCO18, 1).eval()
    for block in network.model[FINE + 2 :]:
        centre = block[0].weight[:, :, 1:2, 1:2].detach()
        block[0].weight.data = torch.nn.functional.pad(centre, (1, 1, 1, 1))
    coarse = coarsen(network, [images(k) for k in range(4)])
    with torch.no_grad():
        wanted = network.model(images(9))[:, :, ::2, ::2]
        got = coarse.context(coarse.model(images(9)))
    torch.testing.assert_close(got, wanted, rtol=1e-3, atol=1e-4)
    before, after = network.state_dict(), coarse.state_dict()
    stages = [k for k in before if "stage" in k]
    assert stages and all(torch.equal(before[k], after[k]) for k in stages)
    assert multiplications(coarse) < 0.95 * multiplications(network)


def test_the_features_of_a_trained_network_are_nearly_kept():
    network, _ = load_network(ROOT / "models" / "own.pth")
    seen, new = crops()[:6], crops()[6:]
    coarse = coarsen(network, [seen[:3], seen[3:]])
    inner = (slice(None), slice(None), slice(2, -2), slice(2, -2))
    with torch.no_grad():
        for images, bound in ((seen, 0.2), (new, 0.5)):
            wanted, got = (n.features(images)[inner] for n in (network, coarse))
            error = ((got - wanted) ** 2).sum() / (wanted**2).sum()
            assert error < bound, error


def test_a_pruned_network_keeps_its_widths():
    network = build_network("lightweight", COCO18, 0)
    state = network.state_dict()
    state["model.11.3.weight"] = state["model.11.3.weight"][:400]
    state["cpm.align.0.weight"] = state["cpm.align.0.weight"][:, :400]
    for name in ("weight", "bias", "running_mean", "running_var"):
        state[f"model.11.4.{name}"] = state[f"model.11.4.{name}"][:400]
    fit_widths(network, state)
    network.load_state_dict(state)
    coarse = coarsen(network.eval(), [images()])
    assert coarse.cpm.align.in_channels == coarse.context[0].wide[0].in_channels == 400
    with torch.no_grad():
        assert coarse(images(1))[-1][0].shape == (2, 19, 8, 8)
