"""Options mean the same everywhere, and what a user gets wrong is one line."""

import argparse
import inspect
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import lightweight_openpose
from lightweight_openpose.backends.choice import installed
from lightweight_openpose.cli import devices
from lightweight_openpose.cli.estimators import WidePoseEstimator, open_estimator
from lightweight_openpose.cli.options import add_decoding_arguments, add_estimator_arguments
from lightweight_openpose.cli.program import COMMANDS, main, module_of
from lightweight_openpose.estimation.decoding import DecoderConfig
from lightweight_openpose.estimation.multiscale import AveragingEstimator
from lightweight_openpose.poses import COCO18
from lightweight_openpose.zoo.catalogue import resolve

NETWORK_COMMANDS = ("image", "video", "bag", "evaluate", "benchmark")
some_runtime = pytest.mark.skipif(
    not (installed("openvino") or installed("onnxruntime")), reason="no runtime"
)


def actions(command):
    parser = argparse.ArgumentParser()
    module_of(command).add_arguments(parser)
    return {name: a for a in parser._actions for name in a.option_strings or [a.dest]}


@pytest.mark.parametrize("command", NETWORK_COMMANDS)
def test_defaults_are_the_same_in_every_command(command):
    parser = argparse.ArgumentParser()
    add_estimator_arguments(parser)
    add_decoding_arguments(parser)
    shared = {name: a.default for a in parser._actions for name in a.option_strings}
    there = {name: a.default for name, a in actions(command).items()}
    assert shared.items() <= there.items()


@pytest.mark.parametrize("command", [c for c in COMMANDS if c != "models"])
def test_labels_and_images_are_options(command):
    assert not {"labels", "images"} & set(actions(command))


class Wide:
    """A backend that remembers the shapes that it was given and finds nobody."""

    name = "wide"
    device = "none"

    def __init__(self):
        self.shapes = []

    def __call__(self, tensor):
        self.shapes.append(tensor.shape[2:])
        h, w = (n // 8 for n in tensor.shape[2:])
        return np.zeros((1, 19, h, w), np.float32), np.zeros((1, 38, h, w), np.float32)


@pytest.mark.parametrize("height, width", [(480, 640), (427, 640), (640, 427), (1080, 1920)])
def test_the_network_sees_the_width_that_was_asked_for(height, width):
    backend = Wide()
    estimator = WidePoseEstimator(backend, COCO18, input_width=448)
    estimator(np.zeros((height, width, 3), np.uint8))
    ((seen_height, seen_width),) = backend.shapes
    assert seen_width == 448
    assert 0 <= seen_height - 448 * height / width < 8


def test_a_width_stays_within_what_a_network_takes():
    estimator = WidePoseEstimator(Wide(), COCO18, input_width=640)
    assert estimator.input_height_for(4000, 100) == 32
    assert estimator.input_height_for(100, 4000) == 2048


@pytest.mark.parametrize(
    "call",
    [
        lambda estimator: estimator.prepare(640, 480),
        lambda estimator: estimator.warm_up(640, 480),
        lambda estimator: AveragingEstimator(estimator)(np.zeros((480, 640, 3), np.uint8)),
    ],
    ids=["prepare", "warm_up", "averaging"],
)
def test_a_width_counts_wherever_a_height_would(call):
    backend = Wide()
    call(WidePoseEstimator(backend, COCO18, input_width=448))
    assert set(backend.shapes) == {(336, 448)}


def test_the_estimator_of_a_width_is_called_as_the_one_that_it_replaces():
    own = {name for name, value in vars(WidePoseEstimator).items() if inspect.isfunction(value)}
    replaced = {name for name in own if not name.startswith("__")}
    assert replaced
    for name in replaced:
        signatures = [inspect.signature(getattr(c, name)) for c in WidePoseEstimator.__mro__[:2]]
        assert signatures[0] == signatures[1], name


@some_runtime
def test_the_least_score_reaches_the_decoder():
    assert open_estimator({"min_score": 0.5}).config == DecoderConfig(min_score=0.5)
    assert open_estimator({"min_score": 0.0}).config.min_score == resolve()[0].min_score


@some_runtime
@pytest.mark.parametrize("backend", ["openvino", "onnxruntime", "torch"])
def test_a_device_that_is_not_there_is_one_line(backend, tmp_path, capsys):
    if not installed(backend):
        pytest.skip(f"{backend} is not installed")
    model = ["--model", "own"] if backend != "torch" else ["--model", str(checkpoint(tmp_path))]
    for device in ("banana", "cuda:77"):
        arguments = ["image", "x.jpg", "--backend", backend, "--device", device, *model]
        assert main(arguments) == 1
        said = capsys.readouterr().err
        assert said.startswith(f"pose image: --device {device}: {backend} has no such device here")
        assert said.count("\n") == 1 and "auto" in said


def checkpoint(folder):
    """A file that torch alone could be asked to run; it is not opened."""
    path = folder / "some.pth"
    path.write_bytes(b"x")
    return path


def test_a_device_may_be_named_without_its_number(monkeypatch, tmp_path):
    monkeypatch.setattr(devices, "devices_of", lambda name: ["CPU", "GPU.0", "GPU.1"])
    monkeypatch.setattr("lightweight_openpose.backends.choice.choose", lambda *_: "openvino")
    for device in ("GPU", "GPU.1", "AUTO:GPU,CPU", "cpu", "auto"):
        devices.check_device(str(checkpoint(tmp_path)), "auto", device)
    with pytest.raises(ValueError, match="it has auto, CPU, GPU.0, GPU.1"):
        devices.check_device(str(checkpoint(tmp_path)), "auto", "GPU.2")


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["video"], "one of the arguments source --camera is required"),
        (["image", "x.jpg", "--banana"], "unrecognized arguments: --banana"),
        (["image", "x.jpg", "--min-score", "2"], "'2' is not a number in 0..1"),
        (["image", "x.jpg", "--min-score", "nan"], "'nan' is not a number in 0..1"),
        (["image", "x.jpg", "--precision", "half"], "--precision: invalid choice: 'half'"),
        (["image", "x.jpg", "--width", "5"], "'5' is not a whole number in 32..8192"),
        (["image", "x.jpg", "--assumed-fov", "60"], "'60' is not a number in 0.1..3"),
        (["video", "0", "--max-frames", "-1"], "'-1' is not a whole number of at least 0"),
        (["benchmark", "--frames", "0"], "'0' is not a whole number of at least 1"),
        (["evaluate", "labels.json", "images"], "required: --labels, --images"),
        (["dance"], "invalid choice: 'dance'"),
    ],
)
def test_wrong_options_are_one_line(arguments, said, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    errors = capsys.readouterr().err
    assert end.value.code == 2 and said in errors and errors.count("\n") == 1
    assert "--help" in errors


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["evaluate", "--labels", "a", "--images", "b", "--width", "448"], "a does not exist"),
        (["image", "none.jpg", "--backend", "banana"], "unknown backend 'banana'"),
        (["image", "none.jpg", "--skeleton", "banana"], "banana"),
    ],
)
def test_what_fails_later_is_one_line(arguments, said, capsys):
    assert main(arguments) == 1
    errors = capsys.readouterr().err
    assert said in errors and errors.count("\n") == 1


@some_runtime
def test_a_text_that_is_no_photo_is_skipped_in_one_line(tmp_path, capsys):
    (tmp_path / "a.jpg").write_text("no photo")
    cv2.imwrite(str(tmp_path / "b.png"), np.zeros((64, 64, 3), np.uint8))
    assert main(["image", str(tmp_path), "--output", str(tmp_path / "out")]) == 1
    said = capsys.readouterr()
    assert "a.jpg is no image: 8 bytes" in said.err and ": skipped\n" in said.err
    assert "1 images, 0 people, 1 skipped" in said.out


@pytest.mark.parametrize("command", ["tracks", "plot"])
def test_a_file_that_is_not_there_is_named_first(command, tmp_path, capsys):
    path = tmp_path / "nowhere.jsonl"
    assert main([command, str(path)]) == 1
    assert capsys.readouterr().err == f"pose {command}: {path}: No such file or directory\n"


@pytest.mark.parametrize("arguments", (("models", "list"), ("check",)))
def test_who_reads_no_further_ends_a_command_without_a_word(arguments):
    command = [sys.executable, "-m", "lightweight_openpose", *arguments]
    there = str(Path(lightweight_openpose.__file__).parents[1])
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=there)
    running.stdout.close()  # as head does
    _, said = running.communicate(timeout=120)
    assert said == b""
    assert running.returncode == 128 + signal.SIGPIPE  # as shells report it
