#!/usr/bin/env python3
"""Write the files that repeat the settings of nodes and trainings.

They are config/*.yaml of the nodes, config/train.yaml, cfg/PoseEstimator.cfg, the tables of
parameters in doc/ros_api.md, and the doc of launch arguments whose default is that of a parameter.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import sys
from dataclasses import fields, is_dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Set
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from lightweight_openpose.estimation.decoding import DecoderConfig  # noqa: E402
from lightweight_openpose.ros.settings.nodes import NODES  # noqa: E402
from lightweight_openpose.settings import allowed, described, parameter, parameters  # noqa: E402
from lightweight_openpose.training.config import Step, TrainConfig  # noqa: E402

WRITTEN = "Written by tools/generate.py from {}: change it there."
BEGIN, END = "<!-- {}_node: written by tools/generate.py -->", "<!-- end of the table -->"
COLUMN = 34  # of the comments in a YAML
# config/train.yaml is the training on COCO in the three steps of the paper (arXiv 1811.12004).
COCO = {
    "labels": "labels.json",
    "images": "coco/train2017",
    "output": "runs/coco",
    "steps": (
        Step("backbone", 1, "mobilenet", 280),
        Step("refined", 1, "backbone", 280),
        Step("final", 3, "refined", 280),
    ),
}
COCO_TITLE = """`pose train --config config/train.yaml`: Lightweight OpenPose on COCO in three steps.
The steps are those of its paper (arXiv 1811.12004). Values are the defaults where the comment names
no other. `--set field=value` changes one for a run.
"""


def outputs(nodes: Mapping[str, type] = NODES, train: type = TrainConfig) -> Dict[Path, str]:
    """Path below the root of each file -> what it is to hold. Reads those that are in part written.

    nodes, train: settings of the nodes by name, and of a training. Raises ValueError where
    doc/ros_api.md lacks the place of a table.
    """
    found = {Path(f"config/{name}.yaml"): node_yaml(kind) for name, kind in nodes.items()}
    found[Path("config/train.yaml")] = train_yaml(train)
    found[Path("cfg/PoseEstimator.cfg")] = reconfigure_cfg(nodes["pose_estimator"])
    api = Path("doc/ros_api.md")
    found[api] = with_tables((ROOT / api).read_text(), nodes)
    for launch in sorted((ROOT / "launch").glob("*.launch")):
        found[launch.relative_to(ROOT)] = with_docs(launch, nodes)
    return found


def node_yaml(kind: type) -> str:
    """Text of the YAML with the parameters of a node and their defaults."""
    return _comment(f"{inspect.getdoc(kind)}\n{_origin(kind)}") + "".join(_rows(kind))


def train_yaml(kind: type) -> str:
    """Text of the YAML of the training on COCO."""
    return _comment(COCO_TITLE + _origin(kind)) + "".join(_rows(kind, COCO))


def _origin(kind):
    path = f"src/{kind.__module__.replace('.', '/')}.py"
    return WRITTEN.format(path)


def _comment(text):
    return "".join(f"# {line}\n" for line in text.splitlines() if line)


def _rows(kind, given: Mapping = {}, indent="") -> Iterator[str]:
    """Lines of the fields of a kind; given: values other than the defaults."""
    for field in fields(kind):
        if is_dataclass(field.default):
            yield f"{indent}{field.name}:\n"
            yield from _rows(type(field.default), indent=indent + "  ")
            continue
        value, comment = given.get(field.name, field.default), described(field)
        items = isinstance(value, tuple) and [v for v in value if is_dataclass(v)]
        if items:
            yield _row(f"{indent}{field.name}:", comment)
            for inner in fields(items[0]):
                yield f"{indent}  # {inner.name}: {described(inner)}\n"
            for item in items:
                yield f"{indent}  - {scalar(dict(vars(item)))}\n"
            continue
        quoted = [choice for choice in field.metadata.get("choices", ()) if not _plain(choice)]
        if quoted and isinstance(value, str):
            comment += f"; {' and '.join(quoted)} in quotes, as YAML takes a bare one for a boolean"
        if value != field.default:
            comment = f"default: {scalar(field.default)}; {comment}"
        yield _row(f"{indent}{field.name}: {scalar(value)}", comment)


def _row(text, comment):
    return f"{text:<{COLUMN - 1}} # {comment}\n"


def scalar(value) -> str:
    """A value as YAML in one line."""
    if isinstance(value, str):
        return value if _plain(value) else json.dumps(value)
    value = list(value) if isinstance(value, tuple) else value
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, sort_keys=False)
    return text.splitlines()[0]


def _plain(text):
    """Whether a string needs no quotes."""
    return bool(text) and yaml.safe_dump(text).splitlines()[0] == text


def reconfigure_cfg(kind: type) -> str:
    """Text of the .cfg of dynamic_reconfigure: the thresholds of the decoder."""
    lines = [
        "#!/usr/bin/env python3",
        '"""Thresholds of pose_estimator_node that can change while it runs: those of DecoderConfig.',
        "",
        _origin(kind),
        '"""',
        "from dynamic_reconfigure.parameter_generator_catkin import "
        "ParameterGenerator, double_t, int_t",
        "",
        "gen = ParameterGenerator()",
    ]
    for threshold in fields(DecoderConfig):
        field = parameter(kind, threshold.name)
        kind_of = "int_t" if isinstance(field.default, int) else "double_t"
        data = field.metadata
        lines += [
            "gen.add(",
            f'    "{field.name}", {kind_of}, 0,',
            f"    {json.dumps(data['doc'])},",
            f"    {field.default!r}, {data['low']!r}, {data['high']!r},",
            ")",
        ]
    lines.append(
        'exit(gen.generate("lightweight_openpose", "pose_estimator_node", "PoseEstimator"))'
    )
    return "\n".join(lines) + "\n"


def with_tables(page: str, nodes: Mapping[str, type]) -> str:
    """The page with the table of each node between its marks."""
    for name, kind in nodes.items():
        begin = BEGIN.format(name)
        start, stop = page.find(begin), page.find(END, page.find(begin))
        if start < 0 or stop < 0:
            raise ValueError(f"doc/ros_api.md has no place for the table of {name}_node: {begin}")
        page = f"{page[: start + len(begin)]}\n\n{table(kind)}\n{page[stop:]}"
    return page


def table(kind: type) -> str:
    """Table of the parameters in Markdown."""
    rows = ["| parameter | default | range | meaning |", "| --- | --- | --- | --- |"]
    for name, field in parameters(kind):
        meaning = _linked(field.metadata["doc"]).replace("|", "\\|")
        rows.append(f"| `~{name}` | `{scalar(field.default)}` | {allowed(field)} | {meaning} |")
    return "\n".join(rows) + "\n"


def _linked(doc):
    """Paths in a doc as links of a page in doc/."""
    doc = re.sub(r"doc/ros_api\.md#([\w-]+)", r"[\1](#\1)", doc)
    doc = re.sub(r"doc/(\w+)\.md(#[\w-]+)?", r"[\1](\1.md\2)", doc)
    return re.sub(r"config/(\w+\.yaml)", r"[\1](../config/\1)", doc)


def with_docs(launch: Path, nodes: Mapping[str, type]) -> str:
    """Text of a launch file, whose arguments have the doc of the parameter that they are given to.

    An argument keeps its own doc where it has a default of its own in the place of "config", or
    goes to parameters of different meaning.
    """
    text = launch.read_text()
    for name, docs in targets(launch, nodes).items():
        if len(docs) == 1:
            doc = escape(next(iter(docs)), {'"': "&quot;"})
            text = re.sub(
                rf'(<arg name="{name}" default="config" doc=")[^"]*', rf"\g<1>{doc}", text, count=1
            )
    return text


def targets(launch: Path, nodes: Mapping[str, type]) -> Dict[str, Set[str]]:
    """Argument of a launch file -> what the parameters mean that it is handed to as it is."""
    found: Dict[str, Set[str]] = {}
    for name, kind, parameter_name in handed_on(launch, nodes):
        found.setdefault(name, set()).add(described(parameter(kind, parameter_name)))
    return found


def handed_on(launch: Path, nodes: Mapping[str, type]) -> Iterator[tuple]:
    """(argument, settings, parameter) of each argument that reaches a parameter as it is."""
    root = ElementTree.parse(str(launch)).getroot()
    for node in root.iter("node"):
        files = [Path(p.get("file", "")).stem for p in node.iter("rosparam") if p.get("file")]
        for kind in [nodes[stem] for stem in files if stem in nodes]:
            known = [name for name, _ in parameters(kind)]
            for param in node.iter("param"):
                argument = re.fullmatch(r"\$\(arg (\w+)\)", param.get("value", ""))
                if argument and param.get("name") in known:
                    yield argument[1], kind, param.get("name")
    for include in root.iter("include"):
        inner = launch.parent / Path(include.get("file", "")).name
        if inner.name == launch.name or not inner.exists():
            continue  # once more in a namespace, or of another package
        given = {
            arg.get("name"): argument[1]
            for arg in include.iter("arg")
            for argument in [re.fullmatch(r"\$\(arg (\w+)\)", arg.get("value", ""))]
            if argument
        }
        for name, kind, parameter_name in handed_on(inner, nodes):
            if name in given:
                yield given[name], kind, parameter_name


def differences(wanted: Mapping[Path, str]) -> List[str]:
    """A line for each file that is not as it is to be, with its first difference."""
    faults = []
    for path, text in wanted.items():
        there = (ROOT / path).read_text() if (ROOT / path).exists() else ""
        pairs = zip_longest(there.splitlines(), text.splitlines())
        for number, (old, new) in enumerate(pairs, 1):
            if old != new:
                faults.append(f"{path}:{number}: {_shown(old)}, but the settings say {_shown(new)}")
                break
    return faults


def _shown(line):
    return "has no such line" if line is None else repr(line.strip())


def main() -> int:
    """Write the files, or with --check name those that differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where files differ")
    arguments = parser.parse_args()
    wanted = outputs()
    faults = differences(wanted)
    if arguments.check:
        for fault in faults:
            print(fault)
        if faults:
            print("tools/generate.py writes these files anew")
        return 1 if faults else 0
    for path, text in wanted.items():
        if not (ROOT / path).exists() or (ROOT / path).read_text() != text:
            (ROOT / path).write_text(text)
            print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
