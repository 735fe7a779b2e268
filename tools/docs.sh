#!/usr/bin/env bash
# Builds the site of the pages into build/site, strictly: a link or an anchor that leads nowhere is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${DOCS_VENV:-.cache/docs}
if [ ! -e "$venv/made" ] || [ requirements-docs.txt -nt "$venv/made" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q -r requirements-docs.txt
  touch "$venv/made"
fi
# The pages lie in the site as they lie in the repository, so that their links hold in both.
rm -rf build/docs
mkdir -p build/docs/{models,benchmarks}
for path in README.md CONTRIBUTING.md CHANGELOG.rst LICENSE NOTICE doc config msg srv; do
  ln -s "$PWD/$path" build/docs/
done
ln -s "$PWD/models/MODEL_CARD.md" build/docs/models/
ln -s "$PWD/benchmarks/RESULTS.md" build/docs/benchmarks/
export NO_MKDOCS_2_WARNING=1
exec "$venv/bin/mkdocs" build --strict "$@"
