#!/usr/bin/env python3
"""Count the imports that cross packages of src/lightweight_openpose, by the package imported.

What is imported for annotations alone is left out. Run it in the environment of
`tools/setup.sh test`, which has grimp; another tree's src may be given.
"""

import sys
from collections import Counter
from pathlib import Path

import grimp

SOURCE = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[1] / "src")


def package_of(module):
    return (module.split(".") + [""])[1]


def main():
    if not (SOURCE / "lightweight_openpose").is_dir():
        raise SystemExit(f"{SOURCE}: there is no lightweight_openpose in it")
    sys.path.insert(0, str(SOURCE))
    graph = grimp.build_graph(
        "lightweight_openpose", exclude_type_checking_imports=True, cache_dir=None
    )
    counts = Counter(
        package_of(imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if package_of(imported) != package_of(module)
    )
    for package, count in counts.most_common():
        print(f"{count:4d} {package or '(the root)'}")
    print(f"{sum(counts.values()):4d} in all, {len(graph.modules)} modules")


if __name__ == "__main__":
    main()
