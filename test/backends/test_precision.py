"""bfloat16 only where it was measured and the processor has it; what is asked for, or an error."""

import numpy as np
import pytest

from lightweight_openpose.backends import precision as precision_module
from lightweight_openpose.backends.choice import installed
from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.backends.precision import (
    AS_MADE,
    NoPrecision,
    Precision,
    native_bfloat16,
)
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.zoo.catalogue import resolve

torch = pytest.importorskip("torch")
from lightweight_openpose.networks.lightweight import LightweightOpenPose

MEASURED = "checkpoint_iter_370000.pth"  # a name of lightweight-openpose, which models.yaml marks
OTHER = "somebodys.pth"
RUNTIMES = [name for name in ("openvino", "torch") if installed(name)]
needs_openvino = pytest.mark.skipif(not installed("openvino"), reason="no openvino")
needs_bfloat16 = pytest.mark.skipif(not native_bfloat16(), reason="no processor with bfloat16")


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory):
    """One for all tests here: the checkpoints become ONNX files once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture()
def processor(monkeypatch, tmp_path):
    """processor(flags): from now on it is one that has these."""

    def become(flags):
        path = tmp_path / "cpuinfo"
        path.write_text(f"processor\t: 0\nmodel name\t: bf16\nflags\t\t: fpu {flags} rdpid\n")
        monkeypatch.setattr(precision_module, "_CPU_INFO", path)

    return become


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """checkpoint(name): path of a network under this name."""
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    content = {"state_dict": LightweightOpenPose(stages=1).state_dict()}

    def write(name):
        torch.save(content, str(folder / name))
        return folder / name

    return write


@pytest.mark.parametrize(
    "flags, native",
    [
        ("avx512f avx512_bf16", True),
        ("amx_bf16 amx_tile", True),
        ("avx512f avx512_vnni", False),
        ("", False),
    ],
)
def test_a_processor_says_whether_it_multiplies_bfloat16(processor, flags, native):
    processor(flags)
    assert native_bfloat16() is native


def test_a_machine_that_says_nothing_has_none(monkeypatch, tmp_path):
    monkeypatch.setattr(precision_module, "_CPU_INFO", tmp_path / "none")
    assert not native_bfloat16()


@pytest.mark.parametrize(
    "asked, measured, able, own, native, chosen",
    [
        ("auto", True, ["f32", "bf16"], "f32", True, "bf16"),
        ("auto", False, ["f32", "bf16"], "f32", True, "f32"),  # never for what was not measured
        ("auto", True, ["f32", "bf16"], "f32", False, "f32"),  # emulated, it is slower than f32
        ("auto", True, ["f32"], "f32", True, "f32"),
        ("auto", True, ["f32", "f16", "bf16"], "f16", True, "f16"),  # a GPU keeps what it does
        ("auto", True, ["bf16"], AS_MADE, True, AS_MADE),
        ("bf16", False, ["f32", "bf16"], "f32", False, "bf16"),
        ("f32", True, ["f32", "bf16"], "f32", True, "f32"),
    ],
)
def test_the_choice(processor, asked, measured, able, own, native, chosen):
    processor("avx512_bf16" if native else "avx512f")
    assert Precision(asked, measured).chosen(able, own, "it") == chosen


class Core:
    """OpenVINO's, on a machine with these devices."""

    def __init__(self, **capabilities):
        self.capabilities = capabilities

    def get_property(self, device, name):
        assert name == "OPTIMIZATION_CAPABILITIES"
        if device not in self.capabilities:
            raise RuntimeError("Exception from src/plugin.cpp:1:\nnot of a device of devices")
        return self.capabilities[device]


@needs_openvino
def test_a_device_of_openvino_says_what_it_can():
    from lightweight_openpose.backends.openvino_backend import _precisions

    core = Core(CPU=["BF16", "WINOGRAD", "FP32", "INT8"], GPU=["FP32", "BIN", "FP16"])
    assert _precisions(core, "CPU") == ["f32", "bf16"]
    assert _precisions(core, "GPU") == ["f32", "f16"]
    assert _precisions(core, "HETERO:GPU,CPU") == []


@pytest.fixture()
def every_runtime_has_bf16(processor, monkeypatch):
    processor("avx512_bf16")
    if installed("openvino"):
        monkeypatch.setattr(
            "lightweight_openpose.backends.openvino_backend._precisions",
            lambda core, device: ["f32", "bf16"],
        )


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_auto_takes_bf16_for_a_measured_network_alone(runtime, checkpoint, every_runtime_has_bf16):
    def taken(name, **asked):
        return PoseEstimator.load(str(checkpoint(name)), runtime, device="cpu", **asked)

    assert taken(MEASURED).backend.precision == "bf16"
    assert taken(OTHER).backend.precision == "f32"
    assert taken(MEASURED, precision="f32").backend.precision == "f32"
    assert taken(OTHER, precision="bf16").backend.precision == "bf16"
    # As networks of hands and faces are opened.
    assert create_backend(checkpoint(MEASURED), None, runtime, "cpu").precision == "f32"


@needs_openvino
def test_what_openvino_compiles_for_is_what_was_chosen(checkpoint, every_runtime_has_bf16):
    for name, hint in ((MEASURED, "bf16"), (OTHER, "f32")):
        backend = PoseEstimator.load(str(checkpoint(name)), "openvino").backend
        assert backend._config["INFERENCE_PRECISION_HINT"] == hint
        parallel = backend.two_streams()
        assert parallel is None or parallel._config["INFERENCE_PRECISION_HINT"] == hint


@pytest.mark.parametrize(
    "runtime, asked, said",
    [
        (
            "torch",
            "f16",
            "^torch on cpu computes in f32 or bf16, not in f16: take precision auto; "
            "openvino computes in f16 on a GPU, torch on a CUDA device$",
        ),
        ("openvino", "f16", "^openvino on CPU computes in f32 or bf16, not in f16: take"),
        (
            "onnxruntime",
            "bf16",
            "^onnxruntime computes in f32, not in bf16: take precision auto; "
            "openvino and torch compute in bf16 on a CPU with AVX512_BF16 or AMX$",
        ),
        ("auto", "f16", "computes in f32 or bf16, not in f16"),
    ],
)
def test_what_cannot_be_had_is_one_line(runtime, asked, said, checkpoint, every_runtime_has_bf16):
    if runtime != "auto" and not installed(runtime):
        pytest.skip(f"no {runtime}")
    with pytest.raises(NoPrecision, match=said) as error:
        PoseEstimator.load(str(checkpoint(OTHER)), runtime, device="cpu", precision=asked)
    assert "\n" not in str(error.value)


def test_an_engine_has_the_precision_that_it_was_built_with(monkeypatch, tmp_path):
    monkeypatch.setattr("lightweight_openpose.backends.choice.installed", lambda name: True)
    (tmp_path / "n.engine").write_bytes(b"engine")
    said = "tensorrt computes in the precision that its file was made for, not in f32"
    with pytest.raises(NoPrecision, match=said):
        create_backend(tmp_path / "n.engine", precision=Precision("f32"))


def test_a_word_that_is_no_precision_is_refused():
    with pytest.raises(ValueError, match="precision 'fp16' is none of auto, f32, bf16, f16"):
        PoseEstimator.load("own", precision="fp16")


@needs_openvino
def test_where_auto_stands_for_a_runtime_that_cannot_the_next_one_runs(
    checkpoint, processor, monkeypatch
):
    processor("avx512_bf16")
    monkeypatch.setattr(
        "lightweight_openpose.backends.openvino_backend._precisions", lambda *_: ["f32"]
    )
    told = []
    path = str(checkpoint(OTHER))
    backend = PoseEstimator.load(path, precision="bf16", notify=told.append, device="cpu").backend
    assert (backend.name, backend.precision) == ("torch", "bf16")
    assert len(told) == 1 and told[0].startswith("openvino on CPU computes in f32, not in bf16")


@needs_openvino
def test_an_int8_network_is_the_same_to_the_digit_and_in_nothing_else(every_runtime_has_bf16):
    path = resolve("own")[1]
    image = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 3, 96, 160)).astype(np.float32)
    exact = create_backend(path, None, "openvino", precision=Precision("f32"))
    for word in (Precision(), Precision("auto", True)):
        backend = create_backend(path, None, "openvino", precision=word)
        assert backend.precision == "int8"
        for maps, reference in zip(backend(image), exact(image)):
            np.testing.assert_array_equal(maps, reference)
    with pytest.raises(NoPrecision, match="own-int8.xml is an INT8 network.*such as .pth"):
        PoseEstimator.load("own", "openvino", precision="bf16")


@needs_openvino
@needs_bfloat16
def test_compiled_models_of_two_precisions_do_not_mix(checkpoint, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = checkpoint(OTHER)
    image = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 3, 64, 96)).astype(np.float32)

    def maps_in(word):
        return create_backend(path, None, "openvino", precision=Precision(word))(image)[0]

    first = [maps_in(word) for word in ("f32", "bf16")]
    assert len(list((tmp_path / "cache").rglob("*.blob"))) == 2
    again = [maps_in(word) for word in ("f32", "bf16")]
    assert len(list((tmp_path / "cache").rglob("*.blob"))) == 2
    assert np.abs(first[0] - first[1]).max() > 0
    np.testing.assert_array_equal(first, again)


@needs_bfloat16
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_maps_in_bf16_are_close_to_those_in_f32(runtime, checkpoint):
    path = checkpoint(OTHER)
    image = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 3, 64, 96)).astype(np.float32)
    exact, coarse = (
        create_backend(path, None, runtime, "cpu", precision=Precision(word))(image)
        for word in ("f32", "bf16")
    )
    for ours, theirs in zip(coarse, exact):
        assert ours.dtype == np.float32 and 0 < np.abs(ours - theirs).max()
        assert np.abs(ours - theirs).max() < 0.02 * np.abs(theirs).max()
