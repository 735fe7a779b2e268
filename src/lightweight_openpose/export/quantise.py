"""INT8 ONNX (QDQ nodes, which TensorRT reads too) by NNCF's post-training quantisation.

NNCF corrects the bias that quantised depthwise convolutions leave; without that AP falls by 17
points.
"""
from __future__ import annotations

import logging
from pathlib import Path
from typing import List

from lightweight_openpose.files import install_command, replacing
from lightweight_openpose.networks.onnx_format import describe_model
from lightweight_openpose.zoo.model_info import ModelInfo


def quantise(model, inputs, exact: List[str]):
    """INT8 copy of a model of OpenVINO or onnx.

    inputs: calibration inputs as the runtime takes them; exact: names of nodes to leave as they
    are.
    """
    nncf = need_nncf()
    scope = nncf.IgnoredScope(names=exact, validate=False)
    return nncf.quantize(
        model, nncf.Dataset(list(inputs)), preset=nncf.QuantizationPreset.MIXED, ignored_scope=scope
    )


def need_nncf():
    """The package nncf, without its chatter. Raises ImportError with the remedy."""
    try:
        import nncf
    except ImportError:
        raise ImportError(
            "INT8 needs the Python package nncf: " + install_command("nncf")
        ) from None
    nncf.set_log_level(logging.ERROR)
    return nncf


def edge_nodes(model) -> List[str]:
    """Names of the nodes of an onnx model that quantisation would harm most for what it saves.

    They are the convolutions next to the input and to the outputs, and the sums behind the latter.

    The maps of a network that adds a correction to earlier maps are small beside the range that
    quantisers give such a sum: quantised, it costs a tenth of the maps' energy, and a sixth of AP.
    """
    made_by = {name: [node] for node in model.graph.node for name in node.output}
    used_by = {}
    for node in model.graph.node:
        for name in node.input:
            used_by.setdefault(name, []).append(node)
    last = _up_to_convolutions(
        [o.name for o in model.graph.output], made_by, lambda node: node.input
    )
    first = _up_to_convolutions(
        [i.name for i in model.graph.input], used_by, lambda node: node.output
    )
    sums = [n for n in last if n.op_type == "Add" and all(name in made_by for name in n.input)]
    return sorted({n.name for n in (*sums, *first, *last) if n in sums or n.op_type == "Conv"})


def _up_to_convolutions(names, nodes_of, onwards):
    """Nodes met from these tensors on, the first convolutions included.

    nodes_of: tensor -> nodes to go on to; onwards: node -> tensors to go on to.
    """
    ahead = list(names)
    met = []
    while ahead:
        for node in nodes_of.get(ahead.pop(), ()):
            met.append(node)
            if node.op_type != "Conv":
                ahead.extend(onwards(node))
    return met


def quantise_onnx(source, path, info: ModelInfo, inputs) -> Path:
    """INT8 copy of an ONNX file; inputs: calibration inputs (1, 3, h, w)."""
    import onnx
    path = Path(path)
    original = onnx.load(str(source))
    model = quantise(original, ({"image": tensor} for tensor in inputs), edge_nodes(original))
    del model.metadata_props[:]
    describe_model(model, info)
    with replacing(path) as partial:
        onnx.save(model, str(partial))
    return path
