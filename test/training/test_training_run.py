"""Runs that are killed and resumed, shared among processes, or asked for the impossible."""

import copy
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
from lightweight_openpose.cli.program import main
from lightweight_openpose.networks import build_network
from lightweight_openpose.networks.checkpoint import load_network, read_checkpoint
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.training import distributed
from lightweight_openpose.training.checkpoints import CheckpointFolder
from lightweight_openpose.training.config import BadConfig, read_config
from lightweight_openpose.training.labels import LabelledImage, LabelledPerson, LabelSet
from lightweight_openpose.training.loss import stage_losses
from lightweight_openpose.training.optimiser import make_optimiser
from lightweight_openpose.training.precision import leave_dilated_exact
from lightweight_openpose.training.supervised import start_weights

SMALL = [
    "--set",
    "architecture=student-small",
    "--set",
    "batch=4",
    "--set",
    "augmentation.size=64",
    "--set",
    "workers=0",
    "--set",
    "device=cpu",
    "--set",
    "learning_rate=1e-4",
]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    images = []
    for i in range(9):
        cv2.imwrite(str(folder / f"{i}.png"), rng.integers(0, 255, (80, 80, 3), np.uint8))
        keypoints = np.c_[rng.uniform(10, 70, (4, 2)), np.full(4, 2)].astype(np.float32)
        images.append(
            LabelledImage(f"{i}.png", 80, 80, [LabelledPerson(keypoints, (10, 10, 60, 60), True)])
        )
    LabelSet(find_skeleton("submarine"), images).save(folder / "labels.json")
    return ["--labels", str(folder / "labels.json"), "--images", str(folder)]


def command(data, output, *more):
    return ["train", *data, "--output", str(output), *SMALL, *more]


def start(*arguments, launcher=()):
    return subprocess.Popen(
        [sys.executable, *launcher, "-m", "lightweight_openpose", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(
            os.environ, PYTHONPATH=str(Path(__file__).parents[2] / "src"), OMP_NUM_THREADS="1"
        ),
    )


def finish(process):
    output = process.communicate(timeout=300)[0].decode()
    assert process.returncode == 0, output[-2000:]


def weights(path):
    return read_checkpoint(path)["training"]["network"]


def test_a_killed_run_goes_on_as_if_nothing_had_happened(data, tmp_path):
    saving = [
        "--set",
        "save_every=1",
        "--set",
        "validate_every=1",
        "--set",
        "keep=100",
        "--set",
        "ema_decay=0.9",
    ]
    finish(start(*command(data, tmp_path / "whole", *saving, "--iterations", "8")))
    killed = tmp_path / "killed" / "train"
    process = start(*command(data, tmp_path / "killed", *saving, "--iterations", "1000"))
    end = time.time() + 120
    while (
        not (killed / "checkpoint_iter_3.pth").exists()
        and process.poll() is None
        and time.time() < end
    ):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for path in killed.glob("checkpoint_iter_*.pth"):  # what came after 4 until the kill
        if int(path.stem.split("_")[-1]) > 4:
            path.unlink()
    reached = int(CheckpointFolder(killed).last().stem.split("_")[-1])
    assert 3 <= reached <= 4
    finish(start(*command(data, tmp_path / "killed", *saving, "--iterations", str(8 - reached))))
    for content in ("network", None):
        a, b = (
            read_checkpoint(f / "checkpoint_iter_8.pth")
            for f in (tmp_path / "whole" / "train", killed)
        )
        a, b = (c["training"][content] if content else c["state_dict"] for c in (a, b))
        assert all(torch.equal(a[k], b[k]) for k in a)


def test_two_processes_reach_the_weights_of_one_with_the_whole_batch(data, tmp_path):
    finish(start(*command(data, tmp_path / "one", "--iterations", "3")))
    finish(
        start(
            *command(data, tmp_path / "two", "--iterations", "3", "--set", "batch=2"),
            launcher=("-m", "torch.distributed.run", "--nproc_per_node=2", "--master_port=29611"),
        )
    )
    one, two = (
        weights(tmp_path / name / "train" / "checkpoint_iter_3.pth") for name in ("one", "two")
    )
    torch.manual_seed(0)
    start_ = build_network("student-small", find_skeleton("submarine")).state_dict()
    assert set(one) == set(two) == set(start_)
    a, b, before = (torch.cat([w[k].double().flatten() for k in one]) for w in (one, two, start_))
    # Adam's first steps are +-rate whatever the gradient's size: where that is zero but for
    # rounding, signs differ.
    assert (a - b).norm() < 0.05 * (a - before).norm()


def _compare_gradients(rank, port, failures):
    """In one of two processes: gradients of the shared network against those of the whole batch, in
    double precision.
    """
    torch.set_num_threads(1)
    os.environ.update(
        MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), RANK=str(rank), WORLD_SIZE="2"
    )
    distributed.start()
    torch.manual_seed(0)
    network = build_network("student-small", find_skeleton("submarine")).double()
    for head in (network.head1, network.head2):
        torch.nn.init.normal_(head[-1].weight, 0, 0.1)
    images = torch.randn(4, 3, 64, 64).double()
    whole = copy.deepcopy(network).train()
    shared = distributed.spread(network, torch.device("cpu")).train()
    for model, part in ((shared, images[2 * rank :][:2]), (whole, images)):
        sum(
            stage_losses(
                model(part), torch.zeros(len(part), 11, 8, 8), torch.ones(len(part), 1, 8, 8)
            )
        ).backward()
    for (name, a), b in zip(network.named_parameters(), whole.parameters()):
        if (a.grad - b.grad).abs().max() > 1e-6 * max(b.grad.abs().max(), 1e-3):
            failures.put(name)
    for (name, a), b in zip(network.named_buffers(), whole.buffers()):
        if not torch.allclose(a, b):
            failures.put(name)


def test_shared_batch_norm_gives_the_gradients_of_the_whole_batch():
    context = torch.multiprocessing.get_context("spawn")
    failures = context.Queue()
    torch.multiprocessing.spawn(_compare_gradients, args=(29612, failures), nprocs=2)
    assert failures.empty(), failures.get()


def test_learning_rate_groups_are_those_of_the_paper():
    network = build_network("lightweight", COCO18, 1)
    rates = {}
    for group in make_optimiser(network, 1.0, 0.5).param_groups:
        for p in group["params"]:
            rates[id(p)] = (group["lr"], group["weight_decay"])
    named = {k: rates[id(p)] for k, p in network.named_parameters()}
    assert named["model.0.0.weight"] == (1, 0.5) and named["model.0.1.weight"] == (1, 0)
    assert named["model.1.0.weight"] == (1, 0)  # depthwise
    assert named["cpm.align.0.bias"] == (2, 0)
    assert named["refinement_stages.0.trunk.0.initial.0.weight"] == (4, 0.5)
    assert named["refinement_stages.0.trunk.0.initial.0.bias"] == (8, 0)


def test_steps_start_from_mobilenet_and_from_each_other(tmp_path):
    skeleton = find_skeleton("submarine")
    network = build_network("lightweight", skeleton, 1)
    backbone = {"module." + k: v for k, v in network.state_dict().items() if k.startswith("model.")}
    torch.save(
        {"state_dict": {**backbone, "module.fc.weight": torch.zeros(2, 2)}},
        tmp_path / "mobilenet.pth.tar",
    )
    config = read_config(
        None,
        {
            "mobilenet_weights": str(tmp_path / "mobilenet.pth.tar"),
            "output": str(tmp_path),
            "steps": [
                {"name": "one", "init": "mobilenet"},
                {"name": "three", "stages": 3, "init": "one"},
            ],
        },
    )
    first = start_weights(config, config.steps[0], skeleton)
    assert torch.equal(first.model[3][0].weight, network.model[3][0].weight)
    CheckpointFolder(tmp_path / "one").save(5, {"state_dict": first.state_dict()})
    last = start_weights(config, config.steps[1], skeleton)
    assert len(last.refinement_stages) == 3
    assert torch.equal(
        last.refinement_stages[0].trunk[0].initial[0].weight,
        first.refinement_stages[0].trunk[0].initial[0].weight,
    )


def test_checkpoints_are_written_whole_and_the_last_few_kept(tmp_path):
    folder = CheckpointFolder(tmp_path, keep=2)
    network = build_network("student-small", COCO18)
    for i in (5, 10, 100):
        folder.save(i, {"state_dict": network.state_dict()})
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "checkpoint_iter_10.pth",
        "checkpoint_iter_100.pth",
    ]
    assert (
        folder.last().name == "checkpoint_iter_100.pth" and load_network(folder.last())[1] is COCO18
    )


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "no labels given; set `labels:` in the configuration or --labels"),
        (["--labels", "none.json", "--images", "."], "no label file at none.json"),
        (["--set", "batchsize=3"], "unknown field 'batchsize'; known: labels, images"),
        (["--set", "batch=many"], "batch is 'many'; expected int, such as 32"),
        (["--set", "batch=0"], "batch is 0; allowed are 1..65536"),
        (["--set", "batch"], "expected FIELD=VALUE"),
        (
            ["--set", "augmentation.size=100"],
            "augmentation.size is 100; lightweight needs a multiple of 8 px",
        ),
        (["--config", "none.yaml"], "configuration none.yaml cannot be read"),
        (["--set", "accumulate=7"], "save_every is 1000; it must be a multiple of accumulate (7)"),
    ],
)
def test_wrong_settings_are_one_line(arguments, message, capsys):
    assert main(["train", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_faults_at_the_start_are_one_line(data, tmp_path, capsys):
    assert main(command(data, tmp_path, "--step", "fourth")) == 1
    assert "no step named 'fourth'; steps: train" in capsys.readouterr().err
    assert main(command(data, tmp_path, "--set", "steps=[{init: mobilenet}]")) == 1
    assert "init: mobilenet needs mobilenet_weights" in capsys.readouterr().err
    assert main(command(data, tmp_path, "--set", "architecture=resnet")) == 1
    assert "unknown architecture 'resnet'; known: lightweight" in capsys.readouterr().err
    assert main(command(data, tmp_path, "--iterations", "1")) == 0
    assert main(command(data, tmp_path, "--set", "architecture=student-base")) == 1
    assert (
        "was made with another network or skeleton; choose another output folder"
        in capsys.readouterr().err
    )
    weights_only = tmp_path / "plain" / "train" / "checkpoint_iter_5.pth"
    weights_only.parent.mkdir(parents=True)
    torch.save(
        {"state_dict": build_network("student-small", find_skeleton("submarine")).state_dict()},
        weights_only,
    )
    assert main(command(data, tmp_path / "plain")) == 1
    assert "has weights only, no state of a run" in capsys.readouterr().err


def test_the_example_configuration_is_complete():
    path = str(Path(__file__).parents[2] / "config" / "train.yaml")
    config = read_config(path)
    assert [(s.name, s.stages, s.init) for s in config.steps] == [
        ("backbone", 1, "mobilenet"),
        ("refined", 1, "backbone"),
        ("final", 3, "refined"),
    ]
    assert config.augmentation == read_config(None).augmentation
    with pytest.raises(BadConfig, match="steps is empty"):
        read_config(path, {"steps": []})


def test_gradients_in_bfloat16_are_those_of_float32():
    """Dilated convolutions gave infinite ones in images of 320 px."""
    torch.manual_seed(0)
    network = build_network("lightweight", COCO18).eval()
    images = torch.rand(2, 3, 320, 320) - 0.5
    gradients = []
    leave_dilated_exact(network)
    for enabled in (False, True):
        network.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            outputs = network(images.contiguous(memory_format=torch.channels_last))
        sum((maps.float() ** 2).mean() for stage in outputs for maps in stage).backward()
        gradients.append(torch.cat([p.grad.flatten() for p in network.parameters()]))
    assert (gradients[1] - gradients[0]).norm() < 0.2 * gradients[0].norm()
