"""Write a network to the formats of other runtimes.

Each format is a module of its own, imported when asked for.
"""

FORMATS = ("onnx", "torchscript", "openvino", "tensorrt", "ascend")
PRECISIONS = ("fp32", "fp16", "int8")
