"""models.yaml: what is in it is taken, and each mistake in it is one line that names it."""

import copy
import json

import pytest
import yaml

from lightweight_openpose.zoo.catalogue import read_entries
from lightweight_openpose.zoo.model_info import InputSpec, ModelInfo
from lightweight_openpose.zoo.models_file import BadCatalogue

GOOD = {
    "default": ["m"],
    "models": {
        "m": {
            "file": "m.xml",
            "files": {
                "m.xml": {"url": "https://a/m.xml", "size": 3, "sha256": "0" * 64},
                "m.bin": None,
            },
            "skeleton": "coco18",
            "mean": [0, 0, 0],
            "scale": 1.0,
            "order": "bgr",
            "multiple": 8,
            "stride": 8,
        }
    },
}
REMOVED = object()


def changed(*path_and_value):
    *path, last, value = path_and_value
    document = copy.deepcopy(GOOD)
    place = document
    for key in path:
        place = place[key]
    if value is REMOVED:
        del place[last]
    else:
        place[last] = value
    return document


def read(document, tmp_path):
    path = tmp_path / "models.yaml"
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document))
    return read_entries(path)


def test_what_is_there_is_taken(tmp_path):
    entries, defaults = read(GOOD, tmp_path)
    entry = entries["m"]
    assert defaults == ["m"]
    assert {f.name: f.size for f in entry.files} == {"m.xml": 3, "m.bin": None}
    assert entry.spec == InputSpec(8, (0.0, 0.0, 0.0), 1.0) and entry.stride == 8
    assert entry.bf16 is False


M = ("models", "m")
MISTAKES = [
    ("", "the file is missing"),
    ("- a", "the file is"),
    ("a: [", "no YAML"),
    ("a: &a [*a]", "more than"),
    (changed("models", REMOVED), "models is missing"),
    (changed("models", ["m"]), "models is"),
    (changed("default", REMOVED), "default is missing"),
    (changed("default", "m"), "default is 'm'; a list"),
    (changed("default", []), "default names nothing"),
    (changed("default", ["other"]), "default names other"),
    (changed("models", "m", None), "model m is missing"),
    (changed("models", "m", 5), "model m is 5"),
    (changed("models", "../m", GOOD["models"]["m"]), "its name is '../m'; a plain name"),
    (changed("models", 5, GOOD["models"]["m"]), "its name is 5; a plain name"),
    *[
        (changed(*M, name, REMOVED), f"model m has no {name}")
        for name in ("file", "files", "skeleton", "mean", "scale", "order", "multiple", "stride")
    ],
    (changed(*M, "file", "../m.xml"), "file is '../m.xml'; a plain name"),
    (changed(*M, "file", "other.xml"), "other.xml is not among its files"),
    (changed(*M, "files", ["m.xml"]), "files is"),
    (changed(*M, "files", "../../x.pth", None), "a file's name is '../../x.pth'"),
    (changed(*M, "files", "/etc/x.pth", None), "a file's name is '/etc/x.pth'"),
    (changed(*M, "files", "m.xml", "https://a"), "file m.xml is 'https://a'"),
    (changed(*M, "files", "m.xml", "url", 5), "url is 5"),
    (changed(*M, "files", "m.xml", "url", "a/b"), "url is 'a/b'"),
    (changed(*M, "files", "m.xml", "size", "big"), "size is 'big'"),
    (changed(*M, "files", "m.xml", "size", -1), "size is -1"),
    (changed(*M, "files", "m.xml", "sha256", "abc"), "sha256 is 'abc'"),
    (changed(*M, "files", "m.xml", "sha265", "abc"), "unknown field sha265"),
    (changed(*M, "aliases", "m.pth"), "aliases is 'm.pth'; a list"),
    (changed(*M, "instead", [5]), "instead is 5"),
    (changed(*M, "mean", 0), "model m: .*not iterable"),
    (changed(*M, "mean", [0, 0]), "mean is .*three numbers"),
    (changed(*M, "mean", ["a", 0, 0]), "could not convert"),
    (changed(*M, "mean", [float("nan"), 0, 0]), "mean is"),
    (changed(*M, "scale", 0), "scale is 0"),
    (changed(*M, "scale", "fast"), "could not convert"),
    (changed(*M, "order", "grb"), "order is 'grb'; it is rgb or bgr"),
    (changed(*M, "multiple", 0), "multiple is 0"),
    (changed(*M, "multiple", 8.5), "multiple is 8.5"),
    (changed(*M, "multiple", 10**9), "multiple is 1000000000"),
    (changed(*M, "stride", 0), "stride is 0"),
    (changed(*M, "stride", "8px"), "stride is '8px'"),
    (changed(*M, "fixed_size", [0, 5]), "fixed_size is"),
    (changed(*M, "fixed_size", [64, 10**7]), "fixed_size is"),
    (changed(*M, "fixed_size", 5), "model m: "),
    (changed(*M, "min_score", 2), "min_score is 2"),
    (changed(*M, "bf16", "yes"), "bf16 is 'yes'; it is true or false"),
    (changed(*M, "min_score", "low"), "could not convert"),
]


@pytest.mark.parametrize("document, said", MISTAKES, ids=[said for _, said in MISTAKES])
def test_a_mistake_is_named(document, said, tmp_path):
    with pytest.raises(BadCatalogue, match=said) as error:
        read(document, tmp_path)
    assert "\n" not in str(error.value) and "models.yaml: " in str(error.value)


def test_a_model_says_of_itself_what_can_be_and_nothing_else():
    text = ModelInfo().to_json()
    assert ModelInfo.from_json(text, "m.onnx") == ModelInfo()
    for old, new in (
        ('"multiple": 8', '"multiple": 0'),
        ('"multiple": 8', '"multiple": true'),
        ('"stride": 8', '"stride": 0'),
        ('"stride": 8', '"stride": 1e999'),
        ('"scale": 0.00390625', '"scale": NaN'),
        ('"scale": 0.00390625', '"scale": null'),
        ('"order": "bgr"', '"order": 5'),
        ('"fixed_size": null', '"fixed_size": [0, 0]'),
        ('"fixed_size": null', '"fixed_size": "ab"'),
        ('"skeleton": {', '"skeleton": 5, "x": {'),
        (text, "[]"),
        (text, "5"),
        (text, '"' + "x" * 10),
        (text, "[" * 100_000),
        (text, '{"skeleton": []}'),
        ('"sigmas": [', '"sigmas": [0, '),
    ):
        assert old in text, old
        with pytest.raises(ValueError, match="the description inside m.onnx cannot be read"):
            ModelInfo.from_json(text.replace(old, new, 1), "m.onnx")


def test_a_model_cannot_name_100000_keypoints():
    document = json.loads(ModelInfo().to_json())
    for count, said in ((300, "more than 255 keypoints"), (100_000, "longer than 256 KB")):
        document["skeleton"]["keypoints"] = [f"k{i}" for i in range(count)]
        with pytest.raises(ValueError, match=f"inside m.onnx cannot be read: .*{said}"):
            ModelInfo.from_json(json.dumps(document), "m.onnx")
