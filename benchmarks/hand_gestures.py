#!/usr/bin/env python3
"""Confusion table of the gestures of hands, against what somebody saw in photographs.

    python benchmarks/hand_gestures.py --truth truth.json --labels hands.json [more.json ...]

Labels are lists of rows with `file`, `side`, and `joints` (21 [x, y] in px), as for
`pose evaluate-hands`. Truth is a list of rows with `file`, `gesture`, `holds` (whether the hand
holds something), `fingers` (how many are stretched out, null: not sure) and `half`, of which
`--half` chooses. Each hand is told by its joints in one frame, without hysteresis.

`--told` prints, of all labels and without any truth, the files of each gesture but fists and none,
for somebody to look at.
"""

import argparse
import json
from collections import Counter

import numpy as np

from lightweight_openpose.gestures.hand_rules import NO_GESTURE, fingers_of, gesture_of

FIST, OPEN_PALM, POINTING, THUMB_UP = "fist", "open_palm", "pointing", "thumb_up"

_UNTOLD = "untold"
_ALL = (OPEN_PALM, FIST, POINTING, THUMB_UP, NO_GESTURE)


def main():
    arguments = _arguments()
    labels = {row["file"]: row for name in arguments.labels for row in _read(name)}
    hands = {name: _hand(row) for name, row in labels.items() if row["joints"]}
    if arguments.told:
        _print_told(labels, hands)
        return
    truth = [row for row in _read(arguments.truth) if arguments.half in ("both", row["half"])]
    for row in truth:
        hand = hands[row["file"]]
        row["told"] = gesture_of(hand, labels[row["file"]]["side"]) or _UNTOLD
        fingers = fingers_of(hand)
        row["counted"] = None if fingers is None else fingers.count
    _print_table(truth)
    _print_fingers(truth)
    if arguments.wrong:
        _print_wrong(truth)


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--truth", help="JSON file of what somebody saw")
    parser.add_argument("--labels", nargs="+", required=True, help="JSON files of joints")
    parser.add_argument("--half", choices=("tune", "report", "both"), default="report")
    parser.add_argument("--wrong", action="store_true", help="name the files told wrongly")
    parser.add_argument("--told", action="store_true", help="name the files of each gesture")
    arguments = parser.parse_args()
    if not (arguments.truth or arguments.told):
        parser.error("give --truth or --told")
    return arguments


def _read(name):
    with open(name, encoding="utf-8") as file:
        return json.load(file)


def _hand(row):
    xy = np.array([joint or (np.nan, np.nan) for joint in row["joints"]], float)
    return np.column_stack([xy, np.isfinite(xy).all(axis=1)])


def _print_table(truth):
    columns = (*_ALL, _UNTOLD)
    print("| seen \\ told |", " | ".join(columns), "|")
    print("| --- |", " | ".join("---" for _ in columns), "|")
    for gesture in _ALL:
        for holds in (False, True):
            told = Counter(
                row["told"] for row in truth if (row["gesture"], row["holds"]) == (gesture, holds)
            )
            if told:
                name = f"{gesture}, holds something" if holds else gesture
                print(f"| {name} |", " | ".join(str(told[column]) for column in columns), "|")
    for gesture in _ALL[:-1]:
        told = [row for row in truth if row["told"] == gesture]
        right = sum(row["gesture"] == gesture for row in told)
        seen = sum(row["gesture"] == gesture for row in truth)
        print(f"{gesture}: {right} of {len(told)} told are right, {right} of {seen} seen are told")


def _print_fingers(truth):
    counted = [row for row in truth if row["fingers"] is not None]
    told = [row for row in counted if row["counted"] is not None]
    right = sum(row["counted"] == row["fingers"] for row in told)
    print(f"fingers: {right} of {len(told)} told are right, of {len(counted)} hands")


def _print_wrong(truth):
    for row in truth:
        if row["told"] != row["gesture"]:
            print(row["gesture"], "told as", row["told"], row["file"])
        if None not in (row["fingers"], row["counted"]) and row["fingers"] != row["counted"]:
            print(row["fingers"], "fingers counted as", row["counted"], row["file"])


def _print_told(labels, hands):
    told = {name: gesture_of(hand, labels[name]["side"]) for name, hand in hands.items()}
    print(len(told), "hands:", dict(Counter(told.values())))
    for name, gesture in sorted(told.items()):
        if gesture not in (None, NO_GESTURE, FIST):
            print(gesture, name)


if __name__ == "__main__":
    main()
