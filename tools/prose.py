#!/usr/bin/env python3
"""List words of the project's former dialect in pages, docstrings and messages.

Markdown is read without its code; Python gives docstrings, texts of logs and errors, and the help
of options. Each finding is one line, FILE:LINE: WORD (better: WORDS). The exit status is 1 where
something was found. A folder stands for all pages and Python files in it.
"""

import argparse
import ast
import collections
import re
import sys
from pathlib import Path

# (pattern, what the field says). Words that are plain English beside being odd names, such as
# "runs" and "reasons", are not here.
WORDS = [
    (r"second[ -]looks?", "keypoint completion, second crop"),
    (r"(?:first|third|whole|full) looks?", "crop, full image"),
    (r"faint joints?", "keypoint completion, faint keypoints"),
    (r"continued threshold", "low threshold, hysteresis"),
    (r"on demand|in demand", "inference requests"),
    (r"side by side|beside", "streams, next to, together with"),
    (r"(?<!change )(?<!changed )places", "positions, OKS matrix"),  # joints change places
    (r"likeness|likest", "similarity"),
    (r"least scores?", "minimum score"),
    (r"(?:least|most)_\w+", "min_, max_"),
    (r"judged", "checked, candidates"),
    (r"placed", "positioned, located"),
    (r"work(?:s|ed|ing)? off", "process, drain"),
    (r"(?:un)?told", "reported, recognized"),
    (r"said", "reported, logged"),
    (r"covering|covered|covers?|anonymizing", "anonymize, hide"),
    (r"(?<!no )rooms?(?! for\b)", "packages, folders"),  # but for "no room", "room for two"
    (r"nouns?", "classes"),
    (r"way of a frame|way of the data", "pipeline"),
    (r"anew|afresh", "again"),
    (r"mend(?:s|ed)?", "fix, correct"),
    (r"newest frame wins", "the newest frame is processed"),
]
PATTERN = re.compile("|".join(rf"(?P<w{i}>\b(?:{w})\b)" for i, (w, _) in enumerate(WORDS)), re.I)
# "Of decoding six people two fifths are ..." hides its subject.
INVERTED = re.compile(r"(?:^|(?<=[.!?:] ))Of (?=[a-z])", re.M)
SPEAKING = {"print", "error", "warn", "warning", "info", "debug", "exception", "fatal", "critical"}


def blanked(text, pattern, flags=0):
    """The text with what matches replaced by spaces; lines keep their numbers."""
    return re.sub(pattern, lambda match: re.sub(r"[^\n]", " ", match.group()), text, flags=flags)


def of_page(text):
    """[(line, prose)] of a Markdown page: one entry, without code, addresses and anchors."""
    text = blanked(text, r"^ *```.*?^ *```", re.M | re.S)
    text = blanked(text, r"^\| `~.*$", re.M)  # parameters: their text is that of the settings
    text = blanked(text, r"^    \S.*$", re.M) if "\n\n    " in text else text
    text = blanked(text, r"`[^`]*`", re.S)
    text = blanked(text, r"\]\([^)]*\)")
    return [(1, blanked(text, r"<[^>]*>|^:::.*$", re.M))]


def constants(node):
    """Texts in an expression, such as the fixed parts of an f-string."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.lineno, each.value


def called(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def of_module(text):
    """[(line, text)] of the docstrings and user messages of a Python file."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            if ast.get_docstring(node, clean=False) is not None:
                found.append((node.body[0].value.lineno, node.body[0].value.value))
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            found += [text for argument in node.exc.args for text in constants(argument)]
        elif isinstance(node, ast.Call):
            if called(node) in SPEAKING or called(node).startswith("log"):
                found += [text for argument in node.args for text in constants(argument)]
            for keyword in node.keywords:
                if keyword.arg in ("help", "description", "epilog"):
                    found += list(constants(keyword.value))
    return [(line, blanked(part, r"`[^`]*`|~\w+", re.S)) for line, part in found]


def findings(text, suffix):
    """Sorted [(line, word, better)] of a page (".md") or a module (".py")."""
    found = set()
    for first, part in of_module(text) if suffix == ".py" else of_page(text):
        for match in PATTERN.finditer(part):
            better = WORDS[int(match.lastgroup[1:])][1]
            word = " ".join(match.group().lower().split())
            found.add((first + part.count("\n", 0, match.start()), word, better))
        for match in INVERTED.finditer(part):
            line = first + part.count("\n", 0, match.start())
            found.add((line, "Of … at the start of a sentence", "subject, verb, object"))
    return sorted(found)


def files(paths):
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix in (".md", ".py"))
        else:
            yield path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, help="pages, Python files or folders")
    parser.add_argument("--count", action="store_true", help="print how often each word is found")
    arguments = parser.parse_args()
    count = collections.Counter()
    for path in files(arguments.paths):
        for line, word, better in findings(path.read_text(encoding="utf-8"), path.suffix):
            count[word] += 1
            if not arguments.count:
                print(f"{path}:{line}: {word} (better: {better})")
    if arguments.count:
        for word, number in count.most_common():
            print(f"{number:5} {word}")
    return int(bool(count))


if __name__ == "__main__":
    sys.exit(main())
