"""Files that lie about their sizes: of an archive, a tensor, maps, names and numbers of labels."""

import json
import time
import zipfile

LIMIT = 10  # s for one file, of the CPU's: on a busy machine a load takes longer
MANY = 100_000  # keypoints that a file names
UNPACKED = 1 << 28  # bytes of zeros in an archive


def lying_checkpoints(folder):
    """{file: what it lies about}, for PyTorch."""
    import torch

    from lightweight_openpose.networks import build_network
    from lightweight_openpose.poses.skeleton_file import find_skeleton, skeleton_to_dict

    skeleton = find_skeleton("submarine")
    state = build_network("student-small", skeleton).state_dict()
    grown = {
        name: value[:1, :1, :1, :1].expand(value.shape) if value.dim() == 4 else value
        for name, value in state.items()
    }
    names = {**skeleton_to_dict(skeleton), "keypoints": [f"k{i}" for i in range(MANY)]}
    contents = {
        "a tensor larger than its storage": {"state_dict": grown},
        f"{MANY} keypoints": {"state_dict": state, "skeleton": names},
        "maps of another skeleton": {"state_dict": state, "skeleton": {**names, "keypoints": 5}},
    }
    made = {}
    for number, (what, content) in enumerate(contents.items()):
        torch.save(content, str(folder / f"lie{number}.pth"))
        made[str(folder / f"lie{number}.pth")] = what
    torch.save(
        {"state_dict": {**state, "zeros": torch.zeros(UNPACKED >> 2)}}, str(folder / "stored")
    )
    squeezed = folder / "squeezed.pth"
    with zipfile.ZipFile(str(folder / "stored")) as stored:
        with zipfile.ZipFile(str(squeezed), "w", zipfile.ZIP_DEFLATED) as archive:
            for entry in stored.infolist():
                archive.writestr(entry.filename, stored.read(entry))
    return {**made, str(squeezed): "an archive far larger than its file"}


def lying_graphs(folder):
    """{file: what it lies about}, of the network that make_models() left there as ONNX."""
    import onnx

    from lightweight_openpose.zoo.model_info import KEY

    made = {}
    for count, other in ((MANY, 0), (300, 0), (0, 4)):
        model = onnx.load(str(folder / "m.onnx"))
        for entry in model.metadata_props:
            if entry.key == KEY and count:
                fields = json.loads(entry.value)
                fields["skeleton"]["keypoints"] = [f"k{i}" for i in range(count)]
                entry.value = json.dumps(fields)
        if other:
            _pool(model.graph, other)
        path = folder / f"lie{count}.onnx"
        onnx.save(model, str(path))
        made[str(path)] = f"{count} keypoints" if count else "maps of different sizes"
    return made


def _pool(graph, step):
    """Make the last output so many times smaller than the other."""
    from onnx import helper

    output = graph.output[-1]
    for node in graph.node:
        node.output[:] = ["large" if name == output.name else name for name in node.output]
        node.input[:] = ["large" if name == output.name else name for name in node.input]
    sides = {"kernel_shape": [step, step], "strides": [step, step]}
    graph.node.append(helper.make_node("MaxPool", ["large"], [output.name], **sides))
    for axis in output.type.tensor_type.shape.dim[2:]:
        axis.Clear()


def texts(folder):
    """(reader, damage, what became of it) of YAMLs and labels."""
    from lightweight_openpose.geometry.camera_file import read_calibration
    from lightweight_openpose.poses.skeleton_file import read_skeleton
    from lightweight_openpose.training.coco_labels import read_coco
    from lightweight_openpose.training.labels import BadLabels

    many = ", ".join(f"k{i}" for i in range(40_000))
    skeleton = f"name: fish\nkeypoints: [{many[:200_000].rsplit(',', 1)[0]}]\nlimbs: [[k0, k1]]\n"
    trials = [
        (read_skeleton, "names in 200 KB", skeleton),
        (
            read_skeleton,
            "limbs in 200 KB",
            "name: fish\nkeypoints: [a, b, c]\nlimbs:\n" + "- [a, b]\n" * 20_000,
        ),
        (read_skeleton, "a YAML of 1 MB", "a: [" + "1, " * (1 << 18) + "1]"),
        (read_calibration, "a YAML of 1 MB", "image_width: 5\na: [" + "1, " * (1 << 18) + "1]"),
    ]
    for number in (1e300, -1e300, float("nan"), float("inf"), 10**400, "1e300", "9" * 400):
        for field, values in _labels_with(number):
            trials.append((read_coco, f"{field} of {str(number)[:9]}", json.dumps(values)))
    for place, (read, damage, text) in enumerate(trials):
        path = folder / f"text{place}.yaml"
        path.write_text(text)
        begin = time.process_time()
        try:
            read(path)
            what = "loaded"
        except (ValueError, OSError, BadLabels) as error:
            what = f"error: {error}"
        except Exception as error:  # the campaign tells of it and goes on
            what = f"TRACEBACK: {type(error).__name__} {error}"
        late = time.process_time() - begin > LIMIT
        yield read.__name__, damage, f"HANGS for {LIMIT} s" if late else what


def _labels_with(number):
    """(field, COCO file) with the number in each place of an annotation's fields."""
    good = {
        "id": 1,
        "image_id": 1,
        "category_id": 1,
        "bbox": [10, 10, 60, 60],
        "area": 3600,
        "keypoints": [20, 20, 2, 40, 20, 2, 20, 40, 2],
    }
    document = {
        "images": [{"id": 1, "file_name": "a.png", "width": 100, "height": 100}],
        "categories": [
            {"id": 1, "name": "thing", "keypoints": ["a", "b", "c"], "skeleton": [[1, 2], [1, 3]]}
        ],
    }
    changed = [("area", number), ("segmentation", [[1, 1, number, number, 30, 1]])]
    for field, count in (("bbox", 4), ("keypoints", 3)):
        for place in range(count):
            values = list(good[field])
            values[place] = number
            changed.append((field, values))
    changed.append(("bbox", [-1e300, -1e300, number, number]))
    for field, value in changed:
        yield field, {**document, "annotations": [{**good, field: value}, good]}
