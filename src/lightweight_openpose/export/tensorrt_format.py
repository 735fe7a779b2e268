"""TensorRT engine, built on the machine that will run it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Tuple, Union

from lightweight_openpose.files import replacing
from lightweight_openpose.zoo.model_info import ModelInfo

WORKSPACE = 1 << 30  # bytes that the builder may use


def export_tensorrt(
    onnx_path: Union[str, Path],
    path: Union[str, Path],
    info: ModelInfo,
    size: Tuple[int, int],
    precision: str = "fp16",
) -> Path:
    """Engine for one input size (height, width) [px] from an ONNX file.

    path: an .engine, which begins with the model's description (backends/tensorrt_backend.py), or a
    .pth, as torch2trt saves it. int8 takes its ranges from the ONNX file's QDQ nodes. Raises
    RuntimeError with the parser's reason.
    """
    import tensorrt as trt

    logger = trt.Logger(trt.Logger.WARNING)
    builder = trt.Builder(logger)
    # the only mode from TensorRT 10 on
    explicit = getattr(trt.NetworkDefinitionCreationFlag, "EXPLICIT_BATCH", None)
    network = builder.create_network(0 if explicit is None else 1 << int(explicit))
    parser = trt.OnnxParser(network, logger)
    if not parser.parse(Path(onnx_path).read_bytes()):
        raise RuntimeError(f"TensorRT cannot read {onnx_path}: {parser.get_error(0)}")
    config = builder.create_builder_config()
    if hasattr(config, "set_memory_pool_limit"):
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, WORKSPACE)
    else:  # TensorRT before 8.4, as on JetPack 4
        config.max_workspace_size = WORKSPACE
    if precision in ("fp16", "int8"):
        config.set_flag(trt.BuilderFlag.FP16)
    if precision == "int8":
        config.set_flag(trt.BuilderFlag.INT8)
    profile = builder.create_optimization_profile()
    shape = (1, 3, *size)
    profile.set_shape(network.get_input(0).name, shape, shape, shape)
    config.add_optimization_profile(profile)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(
            f"TensorRT could not build an engine from {onnx_path}; its messages above say why"
        )
    path = Path(path)
    info = dataclasses.replace(info, spec=dataclasses.replace(info.spec, fixed_size=size))
    if path.suffix == ".pth":
        from lightweight_openpose.backends.torch2trt_file import write_torch2trt

        inputs = [network.get_input(i).name for i in range(network.num_inputs)]
        outputs = [network.get_output(i).name for i in range(network.num_outputs)]
        write_torch2trt(path, bytes(engine), inputs, outputs, info)
        return path
    from lightweight_openpose.backends.tensorrt_backend import pack_engine

    with replacing(path) as partial:
        partial.write_bytes(pack_engine(bytes(engine), info))
    return path
