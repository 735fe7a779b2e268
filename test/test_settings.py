"""Each setting is declared once: files, options and errors say what its dataclass says."""

import argparse
import math
import re
import runpy
import sys
import types
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from lightweight_openpose.cli.options import add_setting
from lightweight_openpose.cli.program import main
from lightweight_openpose.ros.settings.camera import CameraSettings
from lightweight_openpose.ros.settings.interop import InteropSettings
from lightweight_openpose.ros.settings.nodes import NODES
from lightweight_openpose.ros.settings.pose_estimator import PoseEstimatorSettings
from lightweight_openpose.settings import BadSetting, parameters, ranged, read
from lightweight_openpose.training.config import TrainConfig

ROOT = Path(__file__).resolve().parents[1]
BAD = {  # type of a parameter -> values that are of another, or no number
    float: [math.nan, math.inf, -math.inf, 1e308, -1e308, 10**400, "1", True, [1.0]],
    int: [1.5, math.nan, 10**12, -(10**12), 10**400, "1", True, [1]],
    bool: [1, 0.0, "true"],
    str: [1.5, True, ["a"]],
    tuple: ["front", [1], ["a", "a"], ["a b"], {"a": 1}],
}
PARAMETERS = [(node, *item) for node, kind in NODES.items() for item in parameters(kind)]

every_node = pytest.mark.parametrize("node", NODES)
every_parameter = pytest.mark.parametrize(
    "node, name, field", PARAMETERS, ids=[f"{p[0]}/{p[1]}" for p in PARAMETERS]
)


@pytest.fixture(scope="module")
def generate():
    """The functions of tools/generate.py."""
    return types.SimpleNamespace(**runpy.run_path(str(ROOT / "tools" / "generate.py")))


@pytest.fixture(scope="module")
def written(generate):
    """Path -> text of each file that is generated."""
    return {str(path): text for path, text in generate.outputs().items()}


def getter(values):
    """A function for read() that knows these values, of nested ones too."""
    return lambda name, default: values.get(name, default)


def flat(values, under=""):
    """The names of parameters() for what stands in a YAML."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from flat(value, f"{under}{name}/")
        else:
            yield under + name, value


@pytest.mark.lint
def test_the_files_are_what_the_settings_say(generate):
    assert generate.differences(generate.outputs()) == []


def test_a_difference_is_named_by_file_and_line(generate):
    path = Path("config/replay.yaml")
    text = (ROOT / path).read_text()
    (fault,) = generate.differences({path: text.replace("rate: 1.0", "rate: 2.0")})
    line = 1 + [line.startswith("rate:") for line in text.splitlines()].index(True)
    assert fault.startswith(f"config/replay.yaml:{line}: 'rate: 1.0 ")
    assert "but the settings say 'rate: 2.0 " in fault
    (fault,) = generate.differences({path: text + "more: 1\n"})
    assert "has no such line, but the settings say 'more: 1'" in fault


def test_what_changes_in_the_settings_changes_everywhere(generate, written):
    @dataclass(frozen=True)
    class Changed(PoseEstimatorSettings):
        input_height: int = ranged(304, 48, 1024, "as tall as it is", unit="rows")
        limb_support: float = ranged(0.75, 0.25, 0.875, "as much as there is")

    @dataclass
    class ChangedTraining(TrainConfig):
        batch: int = ranged(7, 3, 9, "as many as there are")

    changed = generate.outputs({**NODES, "pose_estimator": Changed}, ChangedTraining)
    changed = {str(path): text for path, text in changed.items()}
    new = {
        path: set(text.splitlines()) - set(written[path].splitlines())
        for path, text in changed.items()
    }
    tall = "48..1024 [rows]; as tall as it is"
    much = "0.25..0.875; as much as there is"
    assert {
        f"input_height: 304                 # {tall}",
        f"limb_support: 0.75                # {much}",
    } < new.pop("config/pose_estimator.yaml")
    assert "batch: 7                          # 3..9; as many as there are" in new.pop(
        "config/train.yaml"
    )
    assert {
        "| `~input_height` | `304` | 48..1024 [rows] | as tall as it is |",
        "| `~limb_support` | `0.75` | 0.25..0.875 | as much as there is |",
    } == new.pop("doc/ros_api.md")
    assert {'    "as much as there is",', "    0.75, 0.25, 0.875,"} < new.pop(
        "cfg/PoseEstimator.cfg"
    )
    told = f'  <arg name="input_height" default="config" doc="{tall}"/>'
    launches = ("demo", "people", "pose_estimator", "replay", "rgbd")
    assert {path: lines for path, lines in new.items() if lines} == {
        f"launch/{name}.launch": {told} for name in launches
    }
    parser = argparse.ArgumentParser()
    add_setting(parser, Changed, "input_height", "--height")
    add_setting(parser, Changed, "regions")
    assert vars(parser.parse_args([])) == {"height": 304, "regions": False}
    assert parser.parse_args(["--regions"]).regions
    text = " ".join(parser.format_help().split())
    assert "--height HEIGHT as tall as it is (48..1024 [rows]; default: 304)" in text
    with pytest.raises(SystemExit):
        parser.parse_args(["--height", "2000"])


@every_node
def test_the_yaml_of_a_node_is_read_as_the_defaults(node, written):
    values = dict(flat(yaml.safe_load(written[f"config/{node}.yaml"])))
    kind = NODES[node]
    assert values.keys() == dict(parameters(kind)).keys()
    given = read(kind, getter(values))
    assert given == read(kind, getter({})) == kind()
    for name, field in parameters(kind):
        expected = list if isinstance(field.default, tuple) else type(field.default)
        assert type(values[name]) is expected, name


def test_the_yaml_of_a_training_is_read_as_the_defaults(generate, written, tmp_path):
    pytest.importorskip("torch")
    from lightweight_openpose.training.config import read_config

    path = tmp_path / "train.yaml"
    path.write_text(written["config/train.yaml"])
    assert read_config(str(path)) == TrainConfig(**generate.COCO)
    assert set(yaml.safe_load(path.read_text())) == {field.name for field in fields(TrainConfig)}


def test_dynamic_reconfigure_gets_the_thresholds(written, tmp_path, monkeypatch):
    entries = {}

    class Recorder:
        def add(self, name, kind, level, description, default, low, high):
            entries[name] = (kind, default, low, high)

        def generate(self, *_):
            return 0

    stand_in = types.ModuleType("parameter_generator_catkin")
    stand_in.ParameterGenerator, stand_in.double_t, stand_in.int_t = Recorder, float, int
    name = "dynamic_reconfigure.parameter_generator_catkin"
    monkeypatch.setitem(sys.modules, "dynamic_reconfigure", types.ModuleType("dynamic_reconfigure"))
    monkeypatch.setitem(sys.modules, name, stand_in)
    path = tmp_path / "PoseEstimator.cfg"
    path.write_text(written["cfg/PoseEstimator.cfg"])
    with pytest.raises(SystemExit):
        runpy.run_path(str(path))
    first, last = "keypoint_threshold", "max_people"
    names = [field.name for field in fields(PoseEstimatorSettings)]
    thresholds = names[names.index(first) : names.index(last) + 1]
    node = dict(parameters(PoseEstimatorSettings))
    assert list(entries) == thresholds
    for name in thresholds:
        default, data = node[name].default, node[name].metadata
        assert entries[name] == (type(default), default, data["low"], data["high"])


@every_parameter
def test_what_is_not_allowed_is_refused_in_one_line(node, name, field):
    kind = type(field.default)
    for value in BAD[kind]:
        if value is True and field.metadata.get("boolean"):
            continue
        with pytest.raises(BadSetting, match=rf"^~{name} is {re.escape(repr(value))}; .+\Z"):
            read(NODES[node], getter({name: value}), lambda name: "~" + name)


@every_parameter
def test_what_is_outside_the_range_is_refused_with_the_range(node, name, field):
    low, high = (field.metadata.get(bound) for bound in ("low", "high"))
    outside = {}
    if "choices" in field.metadata:
        words = ", ".join(field.metadata["choices"])
        outside = {"nonsense": words}
        if isinstance(field.default, tuple):
            outside = {("nonsense",): words}
    elif type(field.default) in (int, float):
        bounds = f"{low:g}..{high:g}"
        outside = {type(low)(low - 1): bounds, type(high)(high + 1): bounds}
    for value, said in outside.items():
        with pytest.raises(BadSetting) as fault:
            read(NODES[node], getter({name: value}), lambda name: "~" + name)
        assert str(fault.value).startswith(f"~{name} is {value!r}; ")
        assert said in str(fault.value) and "\n" not in str(fault.value)


def train_numbers():
    for field in fields(TrainConfig):
        kind = type(field.default) if is_dataclass(field.default) else None
        for inner in fields(kind) if kind else [field]:
            if "low" in inner.metadata:
                yield f"{field.name}.{inner.name}" if kind else field.name, inner


@pytest.mark.parametrize("name, field", [pytest.param(*p, id=p[0]) for p in train_numbers()])
def test_a_training_refuses_what_is_outside_its_range(name, field, capsys):
    pytest.importorskip("torch")
    low, high = field.metadata["low"], field.metadata["high"]
    for value in (low - 1, high + 1):
        assert main(["train", "--set", f"{name}={value!r}"]) == 1
        said = capsys.readouterr().err
        assert f"{name} is {type(low)(value)!r}; allowed are " in said and said.count("\n") == 1
        assert f"{low:g}.." in said


def test_a_step_of_a_training_has_ranges_too(capsys):
    pytest.importorskip("torch")
    assert main(["train", "--set", "steps=[{name: first, stages: 21}]"]) == 1
    said = capsys.readouterr().err
    assert said == "pose train: step first: stages is 21; allowed are 0..20\n"


def test_whole_numbers_are_taken_for_numbers_and_names():
    settings = read(CameraSettings, getter({"source": 1, "framerate": 5, "hold": 0}))
    assert (settings.source, settings.framerate, settings.hold) == ("1", 5.0, 0.0)
    assert isinstance(settings.framerate, float)


def test_bounds_are_allowed():
    settings = read(PoseEstimatorSettings, getter({"input_height": 2048, "tracking/max_lost": 0}))
    assert (settings.input_height, settings.tracking.max_lost) == (2048, 0)
    settings = read(InteropSettings, getter({"outputs": ["hri", "vision"]}))
    assert settings.outputs == ("hri", "vision")


@pytest.mark.parametrize("value, word", [(True, "true"), (False, "false"), ("own", "own")])
def test_yes_and_no_stand_for_networks_of_hands_and_faces(value, word):
    settings = read(PoseEstimatorSettings, getter({"hands": value, "face": value}))
    assert (settings.hands, settings.face) == (word, word)


LAUNCH_FILES = sorted((ROOT / "launch").glob("*.launch"))


@pytest.mark.parametrize("launch", LAUNCH_FILES, ids=lambda path: path.stem)
def test_launch_arguments_do_not_repeat_defaults(launch, generate):
    handed_on = list(generate.handed_on(launch, NODES))
    assert handed_on, "no argument of it reaches a parameter"
    arguments = ElementTree.parse(str(launch)).getroot().findall("arg")
    given = {arg.get("name"): arg.get("default") for arg in arguments}
    for argument, kind, name in handed_on:
        default = dict(parameters(kind))[name].default
        assert (given[argument] or "").lower() != str(default).lower() or not default, argument


def test_the_architectures_that_are_told_are_those_that_are_known():
    networks = pytest.importorskip("lightweight_openpose.networks", reason="needs PyTorch")
    doc = dict(parameters(TrainConfig))["architecture"].metadata["doc"]
    told = re.split(r", | or ", doc.split(": ")[1])
    assert told == [*networks.ARCHITECTURES, *networks.CLOSEUPS]
