"""Model file -> backend that runs it."""
from __future__ import annotations

from pathlib import Path
from typing import Optional

from lightweight_openpose.files import cache_dir
from lightweight_openpose.poses.skeleton import Skeleton

from .choice import choose
from .contract import BadModel
from .layout import CLOSEUP, HEATMAPS, MAPS


def create_backend(
    path, skeleton: Optional[Skeleton] = None, backend: str = "auto", device: str = "auto",
    threads: int = 0
):
    """Backend for a model file. Raises BackendError, BadModel or BadCheckpoint (a ValueError).

    skeleton: of the maps; by default that in the file, else coco18. A checkpoint runs in OpenVINO
    or onnxruntime through an ONNX file that is made once and kept in the user's cache.
    """
    path = Path(path)
    if not path.is_file():
        raise BadModel(f"no model file at {path}")
    if path.stat().st_size == 0:
        raise BadModel(f"model file {path} is empty; fetch or copy it again")
    name = choose(path.suffix, backend)
    if path.suffix == ".xml" and not _is_xml(path):
        raise BadModel(f"model file {path} is no XML; fetch or copy it again")
    if path.suffix == ".pth" and name != "tensorrt":
        from lightweight_openpose.networks.checkpoint import info_of, load_network
        from lightweight_openpose.networks.closeup import Closeup
        from lightweight_openpose.networks.openpose_hand import OpenPoseHand
        network, found = load_network(path, skeleton)
        if name == "torch":
            from .torch_backend import TorchBackend
            kinds = {OpenPoseHand: HEATMAPS, Closeup: CLOSEUP}
            layout = kinds.get(type(network), MAPS)
            return TorchBackend(network, device, threads, info_of(network, found), layout)
        runner = create_backend(_as_onnx(path, network, found), found, name, device, threads)
        runner.info = info_of(network, found)
        return runner
    if name == "openvino":
        from .openvino_backend import OpenVinoBackend
        return OpenVinoBackend(path, skeleton, device, threads, _compiled_cache())
    if name == "onnxruntime":
        from .onnxruntime_backend import OnnxRuntimeBackend
        return OnnxRuntimeBackend(path, skeleton, device, threads)
    if name == "opencv":
        from .opencv_backend import OpenCvBackend
        return OpenCvBackend(path, skeleton, device, threads)
    if name == "ascend":
        from .ascend_backend import AscendBackend
        return AscendBackend(path, skeleton, device)
    if name == "tensorrt":
        from .tensorrt_backend import TensorRtBackend
        return TensorRtBackend(path, skeleton, device)
    from .torch_backend import load_torchscript
    return load_torchscript(path, skeleton, device, threads)


def _compiled_cache() -> Optional[Path]:
    """Folder for compiled models; None where none can be made: they only make starts faster."""
    folder = cache_dir() / "openvino"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def _is_xml(path: Path) -> bool:
    with open(str(path), "rb") as stream:
        return stream.read(64).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")


def _as_onnx(checkpoint: Path, network, skeleton: Skeleton) -> Path:
    from lightweight_openpose.files import sha256_of
    from lightweight_openpose.networks.onnx_format import export_onnx
    target = (
        cache_dir()
        / "onnx"
        / f"{checkpoint.stem}-{skeleton.name}-{sha256_of(checkpoint)[:16]}.onnx"
    )
    return target if target.is_file() else export_onnx(network, skeleton, target, describe=False)
