#!/usr/bin/env bash
# Builds sdist and wheel into a folder, and tries them: build_packages.sh FOLDER. The Python on the path needs `build`.
# The wheel is installed in a fresh virtual environment, where it finds people on a picture; from the sdist comes the same wheel.
set -euo pipefail
out=$(realpath -m "$1")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Files that git knows: what lies about is in no package.
mkdir "$work/source"
git -c safe.directory='*' ls-files -z | xargs -0 cp --parents -t "$work/source"
python -m build --outdir "$out" "$work/source"  # the wheel is that of the sdist
python -m build --wheel --outdir "$work/direct" "$work/source"
crc() { python -c 'import sys, zipfile; print(*sorted((i.filename, i.CRC) for i in zipfile.ZipFile(sys.argv[1]).infolist()), sep="\n")' "$1"; }
diff <(crc "$work"/direct/*.whl) <(crc "$out"/*.whl)

python -m venv "$work/fresh"
"$work/fresh/bin/python" -m pip install --quiet "$(echo "$out"/*.whl)[openvino]"
cd "$work"
fresh/bin/pose --version
fresh/bin/pose check
fresh/bin/pose image source/doc/own_model.jpg --output people
python -c 'import json, sys; n = len(json.load(open(sys.argv[1]))["poses"]); print(n, "people found"); sys.exit(n == 0)' people/own_model.json
