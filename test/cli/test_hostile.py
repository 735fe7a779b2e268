"""No command line gives a traceback: whatever is wrong is told in one line, and the exit is not 0.

{t} in the table is the folder of hostile_files.py.
"""

import pytest
from hostile_files import LABELS, LINES, MENDED, YAML, write_all

from lightweight_openpose.cli.program import COMMANDS, main

ANY_MODEL = "--model nothing"
TRAIN = "train --labels {t}/coco.json --images {t}"
TABLE = [
    "",
    "nonsense",
    "-5",
    "--nonsense",
    "image",
    "image --height",
    "models \n x",
    "\x00",
    *[f"{command} --nonsense" for command in COMMANDS],
    # image, video
    f"image {{t}}/a.jpg {ANY_MODEL}",
    "image {t}/a.jpg --model {t}/folder",
    "image {t}/a.jpg --model {t}/folder.xml",
    "image {t}/a.jpg --model {t}/empty.pth",
    "image {t}/a.jpg --model {t}/text.pth",
    "image {t}/a.jpg --model {t}/arrays.pth",
    "image {t}/a.jpg --model {t}/text.xml",
    "image {t}/a.jpg --model {t}/text.onnx",
    "image {t}/a.jpg --model {t}/text.pt",
    "image {t}/a.jpg --model {t}/text.txt",
    "image {t}/a.jpg --model {t}/text.onnx --backend onnxruntime",
    "image {t}/a.jpg --backend nonsense",
    "image {t}/a.jpg --backend tensorrt",
    "image {t}/a.jpg --device nonsense",
    "image {t}/a.jpg --device cuda:99",
    "image {t}/a.jpg --skeleton whale",
    "image {t}/a.jpg --skeleton {t}/tabs.yaml",
    "image {t}/a.jpg --skeleton {t}/laughs.yaml",
    "image {t}/a.jpg --skeleton {t}/code.yaml",
    "image {t}/a.jpg --skeleton {t}",
    "image {t}/a.jpg --height 0",
    "image {t}/a.jpg --height -5",
    "image {t}/a.jpg --height 1e9",
    "image {t}/a.jpg --height 99999999999999999999",
    "image {t}/a.jpg --height nan",
    "image {t}/a.jpg --width 1",
    "image {t}/a.jpg --width 99999999",
    "image {t}/a.jpg --min-score 2",
    "image {t}/a.jpg --min-score nan",
    "image {t}/a.jpg --threads -1",
    "image {t}/a.jpg --threads 99999",
    "image {t}/a.jpg --output {t}/text.txt/below",
    f"video {{t}}/text.txt {ANY_MODEL}",
    "video {t}/nothing.mp4",
    "video {t}/text.txt",
    "video {t}/folder",
    "video 99",
    "video rtsp://127.0.0.1:9/x",
    "video {t}/text.txt --max-frames -1",
    "video",
    "video {t}/text.txt --max-frames 1.5",
    # tracks, plot
    "tracks {t}/nothing.jsonl",
    "tracks {t}",
    "tracks {t}/good.jsonl --min-frames 0",
    "tracks {t}/good.jsonl --picture p.png",
    "tracks {t}/mixed.jsonl",
    "tracks {t}/good.jsonl --skeleton submarine",
    "tracks {t}/good.jsonl --skeleton {t}/tabs.yaml --min-frames 1",
    "tracks {t}/good.jsonl --min-frames 1 --video {t}/text.txt --picture p.png",
    "tracks {t}/good.jsonl --min-frames nan",
    *[f"tracks {{t}}/{name}.jsonl --min-frames 1" for name in LINES],
    *[f"plot {{t}}/{name}.jsonl" for name in LINES],
    "plot {t}/nothing.jsonl",
    "plot {t}/nothing.bag",
    "plot {t}/text.bag",
    "plot {t}/empty.bag",
    "plot {t}/text.txt",
    "plot {t}/good.jsonl --output {t}/x.gif",
    "plot {t}/mixed.jsonl",
    "plot {t}/good.jsonl --joints tail",
    "plot {t}/good.jsonl --joints",
    "plot {t}/good.jsonl --skeleton submarine --joints bow",
    "plot {t}/good.jsonl --output {t}/text.txt/x.png",
    "plot {t}/empty.jsonl",
    # bag
    "bag {t}/nothing.bag",
    "bag {t}/text.bag",
    "bag {t}/empty.bag",
    "bag {t}",
    "bag {t}/text.bag --workers 0",
    "bag {t}/text.bag --workers x",
    "bag {t}/text.bag --scheduler nonsense",
    "bag {t}/text.bag {t}/text.bag",
    "bag {t}/text.bag --topics ''",
    "bag",
    # evaluate
    "evaluate",
    "evaluate --labels {t}/nothing.json --images {t}",
    "evaluate --labels {t}/coco.json --images {t}/nothing",
    "evaluate --labels {t}/coco.json --images {t} --width 64 --flip",
    *[f"evaluate --labels {{t}}/{name}.json --images {{t}} {ANY_MODEL}" for name in LABELS],
    f"evaluate --labels {{t}} --images {{t}} {ANY_MODEL}",
    "evaluate --labels {t}/coco.json --images {t}",
    # evaluate-heads
    "evaluate-heads",
    "evaluate-heads --labels {t}/nothing.json --images {t}",
    "evaluate-heads --labels {t} --face off",
    "evaluate-heads --labels {t}/coco.json",
    "evaluate-heads --labels {t}/text.csv --images {t}",
    "evaluate-heads --assumed-fov 9",
    *[f"evaluate-heads --labels {{t}}/{name}.json --images {{t}} --face off" for name in LABELS],
    # models
    "models",
    "models nonsense",
    "models fetch nonsense",
    "models verify nonsense",
    "models fetch ../own",
    "models verify lightweight-openpose extra",
    "models fetch ''",
    # prepare, subset
    "prepare",
    "prepare --labels {t}/nothing.json",
    "prepare --labels {t}",
    "prepare --labels {t}/coco.json --images {t}/nothing --output {t}/o.json",
    "prepare --labels {t}/coco.json --skeleton coco18 --output {t}/o.json",
    "prepare --labels {t}/coco.json --skeleton {t}/list.yaml --output {t}/o.json",
    "prepare --labels {t}/coco.json --category cat --output {t}/o.json",
    "prepare --labels {t}/coco.json --output {t}/text.txt/o.json",
    "prepare --labels {t}/coco.json --output {t}/folder",
    "prepare --labels {t}/coco.json --images {t} --output {t}/o.json",
    *[
        f"prepare --labels {{t}}/{name}.json --output {{t}}/o.json"
        for name in LABELS
        if name not in MENDED
    ],
    "subset --labels {t}/coco.json --output {t}/o.json --number 0",
    "subset --labels {t}/coco.json --output {t}/o.json --number 5",
    "subset --labels {t}/coco.json --output {t}/o.json --number x",
    "subset --labels {t}/coco.json --output {t}/o.json --number 1 --seed -1",
    "subset --labels {t}/images_of_numbers.json --output {t}/o.json --number 1",
    "subset --labels {t}/image_id_list.json --output {t}/o.json --number 1",
    "subset --labels {t}/annotations_of_numbers.json --output {t}/o.json --number 1",
    "subset --labels {t}/deep.json --output {t}/o.json --number 1",
    # train, distill, prune
    "train",
    "train --labels {t}/nothing.json --images {t}",
    TRAIN,
    *[f"train --config {{t}}/{name}" for name in YAML],
    "train --config {t}/nothing.yaml",
    "train --config {t}",
    *[
        f"{TRAIN} --set {change}"
        for change in (
            "batch=[",
            "batch=.inf",
            "batch=.nan",
            "batch=0",
            "batch=-1",
            "batch=x",
            "batch=[1]",
            "batch={{}}",
            "batch=",
            "batch",
            "=5",
            "steps=5",
            "steps=[5]",
            "steps=[]",
            "steps=x",
            "steps=[{{epochs: x}}]",
            "steps={{}}",
            "augmentation=5",
            "augmentation.size=0",
            "augmentation.size=.inf",
            "augmentation.size.x=5",
            "batch.x=5",
            "steps.epochs=5",
            "augmentation.nonsense=1",
            "nonsense=1",
            "milestones=5",
            "milestones=[a]",
            "milestones=.inf",
            "learning_rate=.nan",
            "learning_rate=fast",
            "architecture=[]",
            "architecture={{}}",
            "architecture=nonsense",
            "loss=5",
            "schedule=[]",
            "labels=[1]",
            "mixed_precision=maybe",
            "keep=0",
            "save_every=0",
            "accumulate=0",
            "validate_every=7.5",
            "accumulate=3",
            "workers=-1",
            "seed=-1",
            "labels=!!python/name:os.system",
            "batch=99999999999999999999999",
            "device=[]",
            "ema_decay=2",
            "val_height=0",
            "\x00=1",
            "augmentation.rotation=.nan",
            "gamma=-1",
            "clip=-1",
            "weight_decay=.inf",
        )
    ],
    TRAIN + " --step nonsense",
    TRAIN + " --iterations x",
    TRAIN + " --iterations -1",
    "distill --teacher nothing --images {t}",
    "distill --teacher own --images {t}/nothing",
    "distill --teacher own --images {t}/text.tar",
    "distill --teacher own --images {t}/folder",
    "distill --teacher own --images {t}/text.bag",
    "distill --images {t}",
    "distill --teacher own --images {t} --hold-back 5",
    "distill --teacher own --images {t} --hold-back nan",
    "distill --teacher {t}/text.xml --images {t}",
    "distill --teacher own --images {t} --iterations -1",
    "distill --teacher own --images {t} --config {t}/wrong.yaml",
    "prune nothing --images {t} --target 1",
    "prune {t}/text.pth --images {t} --target 1",
    "prune {t}/text.onnx --images {t} --target 1",
    "prune own --images {t}",
    "prune own --images {t} --speed 0",
    "prune own --images {t} --speed nan",
    "prune own --images {t} --target -1",
    "prune own --images {t} --target nan",
    "prune own --images {t} --target 1 --speed 2",
    "prune own --images {t} --target x",
    # export, pack
    "export own",
    "export own --to nonsense",
    "export nothing --to onnx",
    "export {t}/text.pth --to onnx",
    "export {t}/folder.pth --to onnx",
    "export {t}/empty.pth --to onnx",
    "export own --to onnx --input-size x",
    "export own --to onnx --opset 99",
    "export own --to onnx --opset x",
    "export own --to openvino --precision int8",
    "export own --to onnx --skeleton whale",
    "export {t}/text.xml --to onnx",
    "pack",
    "pack {t}/text.pth --calibrate {t}",
    "pack {t}/nothing.pth --calibrate {t}",
    "pack {t}/folder.pth --calibrate {t}",
    "pack {t}/text.pth --calibrate {t}/nothing",
    "pack {t}/text.pth --calibrate {t} --name ../x",
    # benchmark
    "benchmark --frames 0",
    "benchmark --frames -5",
    "benchmark --frames x",
    "benchmark --frames 1.5",
    "benchmark --image {t}/nothing.png",
    "benchmark --image {t}/text.txt",
    "benchmark --image {t}",
    "benchmark --image {t}/bomb.png",
    "image {t}/bomb.png",
    "benchmark --model nothing",
    "benchmark --height 0 --frames 1",
    "benchmark --backend nonsense",
    "benchmark --width -1",
    "check extra",
]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    write_all(folder)
    return folder


def test_the_table_is_long():
    assert len(set(TABLE)) == len(TABLE) >= 100


@pytest.mark.parametrize("line", TABLE)
def test_a_hostile_command_line_is_one_line_of_error(line, files, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    argv = [part.format(t=files).replace("''", "") for part in line.split(" ") if part]
    try:
        status = main(argv)
    except SystemExit as end:
        status = end.code
    said = capfd.readouterr().err.splitlines()
    # A progress bar rewrites its line, and libraries say what they think of a file.
    told = [text for text in said if text.startswith("pose")]
    assert status not in (0, None), said
    assert told and "Traceback" not in "".join(said), said
    assert len(told[-1]) > len("pose evaluate: "), said
    assert all(text.isprintable() for text in told), told
