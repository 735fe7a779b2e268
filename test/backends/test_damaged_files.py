"""Model files that are damaged or lie: each is one clear error, and no code in them runs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lightweight_openpose.backends.choice import file_for, installed
from lightweight_openpose.backends.contract import BadModel
from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.zoo.catalogue import BadDownload, resolve

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "campaign"))
import fuzz_files  # noqa: E402

some_runtime = pytest.mark.skipif(
    not (installed("openvino") or installed("onnxruntime")), reason="no runtime"
)


def test_damaged_files_load_or_are_one_clear_error():
    """The short form of test/campaign/fuzz_files.py, in processes of its own."""
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            str(ROOT / "test" / "campaign" / "fuzz_files.py"),
            "--flips",
            "4",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p)),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith(" 0 unexpected\n")


@pytest.mark.parametrize("made", [fuzz_files.pickled, fuzz_files.pickled_checkpoint])
def test_the_code_in_the_damaged_files_would_run_where_it_may(made, tmp_path):
    (tmp_path / "file").write_bytes(made(tmp_path / "ran"))
    subprocess.run([sys.executable, "-m", "pickle", str(tmp_path / "file")], check=True)
    assert (tmp_path / "ran").is_dir()


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "longer"])
def test_where_a_hash_is_known_any_damage_is_an_error(damage, tmp_path, monkeypatch):
    entry, main = resolve("own")
    for item in entry.files:
        shutil.copy(str(main.with_name(item.name)), str(tmp_path / item.name))
    monkeypatch.setattr("lightweight_openpose.backends.choice.search_folders", lambda: [tmp_path])
    copied = tmp_path / main.name
    assert file_for(entry, copied, "openvino") == copied or not installed("openvino")
    for path in tmp_path.iterdir():
        data = bytearray(path.read_bytes())
        if damage == "flipped":
            data[len(data) // 2] ^= 1
        changed = {"cut": data[:-1], "flipped": data, "empty": b"", "longer": data + b"x"}[damage]
        path.write_bytes(bytes(changed))
    with pytest.raises(BadDownload, match="model own: .*expected .*delete it and run"):
        file_for(entry, copied)


@some_runtime
def test_a_network_with_other_outputs_is_refused(tmp_path):
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper

    for channels in ((18, 38), (19, 37), (1,), ()):
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 64, 64])
        nodes = []
        outputs = []
        weights = []
        for i, count in enumerate(channels or (3,)):
            shape = [1, count, 64, 64] if channels else [1, 3]
            outputs.append(helper.make_tensor_value_info(f"o{i}", TensorProto.FLOAT, shape))
            if channels:
                weights.append(
                    helper.make_tensor(
                        f"w{i}", TensorProto.FLOAT, [count, 3, 1, 1], [0.0] * 3 * count
                    )
                )
                nodes.append(helper.make_node("Conv", ["image", f"w{i}"], [f"o{i}"]))
            else:
                nodes.append(
                    helper.make_node("ReduceMean", ["image"], ["o0"], axes=[2, 3], keepdims=0)
                )
        graph = helper.make_graph(nodes, "g", [image], outputs, weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 7
        path = tmp_path / "m.onnx"
        onnx.save(model, str(path))
        with pytest.raises(BadModel, match="has no output with"):
            create_backend(path)


@some_runtime
@pytest.mark.parametrize(
    "lie, said",
    [
        ('"multiple": 0', "multiple is 0"),
        ('"stride": 0', "stride is 0"),
        ("{", "cannot be read"),
    ],
)
def test_a_description_that_lies_is_refused(lie, said, tmp_path):
    onnx = pytest.importorskip("onnx")
    from lightweight_openpose.zoo.model_info import KEY, ModelInfo

    model = onnx.load(str(resolve("own")[1].with_name("own-int8.onnx")))
    field = lie.split(":")[0]
    text = ModelInfo().to_json().replace(f"{field}: 8", lie) if ":" in lie else lie
    for entry in model.metadata_props:
        if entry.key == KEY:
            entry.value = text
    onnx.save(model, str(tmp_path / "m.onnx"))
    with pytest.raises(ValueError, match=f"the description inside .*m.onnx.*{said}"):
        create_backend(tmp_path / "m.onnx")


@pytest.mark.parametrize("key", [5, None, ("a", "b")])
def test_a_checkpoint_with_keys_that_are_no_names_is_refused(key, tmp_path):
    torch = pytest.importorskip("torch")
    from lightweight_openpose.networks.checkpoint import BadCheckpoint, load_network

    path = tmp_path / "m.pth"
    for content in ({key: torch.zeros(3)}, {"state_dict": {key: torch.zeros(3)}}):
        torch.save(content, str(path))
        with pytest.raises(BadCheckpoint, match="m.pth has an entry .* no tensor with a name"):
            load_network(path)
