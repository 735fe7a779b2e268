#!/usr/bin/env bash
# Style, docstrings and dangers (ruff), types (mypy), who imports whom (import-linter), Python 3.8 (vermin), what repeats
# the settings (tools/generate.py), what catkin expects (catkin_lint), words of pages and code, and figures of the pages.
# Fails when one finds something; all of them speak.
set -euo pipefail
cd "$(dirname "$0")/.."
sources=(src test benchmarks scripts scripts/pose setup.py tools)
status=0
echo "== ruff"
.venv/bin/ruff check "${sources[@]}" || status=1
.venv/bin/ruff format --check "${sources[@]}" || status=1
python_is() { .venv/bin/python -c "import sys; sys.exit(sys.version_info < ($1))"; }
echo "== mypy"
if python_is "3, 10"; then .venv/bin/mypy || status=1; else echo "not run: it needs Python 3.10"; fi
echo "== import-linter"
if python_is "3, 11"; then
  PYTHONPATH=src .venv/bin/lint-imports --cache-dir .cache/import-linter || status=1
else
  echo "not run: it needs Python 3.11"
fi
echo "== vermin"
.venv/bin/vermin --quiet --no-tips --violations --target=3.8- "${sources[@]}" cfg/*.cfg || status=1
echo "== tools/generate.py"
.venv/bin/python tools/generate.py --check || status=1
echo "== catkin_lint"
# Of the workspace's view of the package: scripts of the checkout that are no part of it are not to be installed.
.venv/bin/python -m catkin_lint -W2 --strict --offline .ws/src/lightweight_openpose || status=1
echo "== prose"
.venv/bin/python tools/prose.py README.md CONTRIBUTING.md doc models/MODEL_CARD.md benchmarks/RESULTS.md \
  src scripts || status=1
echo "== figures"
.venv/bin/python tools/readme_table.py --check || status=1
exit $status
