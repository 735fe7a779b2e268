"""Write a network to the formats of other runtimes; each format in a module of its own, imported when asked for."""
FORMATS = ("onnx", "torchscript", "openvino", "tensorrt", "ascend")
PRECISIONS = ("fp32", "fp16", "int8")
