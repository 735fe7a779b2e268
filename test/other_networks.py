"""ONNX files with the inputs and outputs of networks of others, which see the same in every image."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE = 256  # [px] height and width of their input
FLOAT, HALF, WHOLE = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT32


def write(
    path, outputs, shape=(1, 3, SIZE, SIZE), kind=FLOAT, shapes=None, metadata=None, inputs=1
):
    """File of a network.

    outputs: name -> array that it gives; shape: of its input, with names for sizes that vary; kind:
    of input and outputs; shapes: what the file says of the outputs where that is not their own;
    inputs: how many it has.
    """
    of_outputs = FLOAT if kind == WHOLE else kind
    numbers = np.float16 if of_outputs == HALF else np.float32
    given = ("images", "others")[:inputs]
    nodes = []
    for name in given:  # all are used: OpenVINO 2025.3 leaves out those that are not
        nodes += [
            helper.make_node("Cast", [name], [f"{name} floats"], to=of_outputs),
            helper.make_node("ReduceMean", [f"{name} floats"], [f"{name} mean"], keepdims=0),
        ]
    nodes += [
        helper.make_node("Sum", [f"{name} mean" for name in given], ["mean"]),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
    ]
    constants = [numpy_helper.from_array(np.array(0, numbers), "zero")]
    ends = []
    for i, (name, array) in enumerate(outputs.items()):
        constants.append(numpy_helper.from_array(np.asarray(array, numbers), f"constant{i}"))
        nodes.append(helper.make_node("Add", [f"constant{i}", "nothing"], [name]))
        said = array.shape if shapes is None else shapes[i]
        ends.append(helper.make_tensor_value_info(name, of_outputs, said))
    images = [helper.make_tensor_value_info(name, kind, shape) for name in given]
    graph = helper.make_graph(nodes, "constant", images, ends, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


def person(x, score=0.9):
    """Centre and size of a box, a score, and COCO's joints (17, 3) around x [px]."""
    joints = np.full((17, 3), 0.9)
    joints[:, 0] = x + np.linspace(-20, 20, 17)
    joints[:, 1] = np.linspace(40, 220, 17)
    return np.array([x, 130, 50, 200]), score, joints


def yolo(people, classes=1, count=1344):
    """(1, 55 + classes, count) as YOLO-pose gives people (person(), class)."""
    rows = np.zeros((count, 55 + classes))
    for row, ((box, score, joints), number) in zip(rows, people):
        row[:4], row[4 + number], row[4 + classes :] = box, score, joints.ravel()
    return rows.T[None]


def yolo_end(people, count=300):
    """(1, count, 57) as YOLO-pose gives people (person(), class) that it has chosen."""
    rows = np.zeros((1, count, 57))
    for row, ((box, score, joints), number) in zip(rows[0], people):
        row[:4] = [*(box[:2] - box[2:] / 2), *(box[:2] + box[2:] / 2)]
        row[4], row[5], row[6:] = score, number, joints.ravel()
    return rows


def yolov7(people, count=4080):
    """(1, count, 57) as YOLOv7-pose gives people (person(), score of the class)."""
    rows = np.zeros((1, count, 57))
    rows[..., :4] = 1.0
    for row, ((box, score, joints), of_class) in zip(rows[0], people):
        row[:4], row[4], row[5], row[6:] = box, score, of_class, joints.ravel()
    return rows


def ultralytics(task="pose", kpt_shape=(17, 3), classes=("person",)):
    """Metadata as Ultralytics' exporter writes it."""
    return {
        "task": task,
        "kpt_shape": str(list(kpt_shape)),
        "stride": "32",
        "names": str(dict(enumerate(classes))),
        "author": "Ultralytics",
    }
