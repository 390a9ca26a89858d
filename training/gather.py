"""Cleans the passages of all hands into one form.

usage: gather.py OUT_FOLDER exemplars.txt passages_*.jsonl hand_*.tsv

Writes OUT_FOLDER/HAND.tsv: label, side, text, divided by tabs. A passage that says the same words as an earlier one is
left out, and so is one with an unknown label or without words. The side marks of the first four hands follow four
different rules, so they are written as `?`."""

import json
import sys
from pathlib import Path

from features import CLASSES, words

SIDES = {"ours", "theirs", "mutual", "unclear", "-"}


def read(path):
    hand = path.stem.split("_")[-1]
    lines = path.read_text(encoding="utf-8").splitlines()
    label = ""
    for line in lines:
        line = line.strip()
        if not line:
            continue
        if path.suffix == ".jsonl":
            row = json.loads(line)
            yield hand, row["principle"], "?", row["text"]
        elif path.suffix == ".tsv":
            fields = line.split("\t")
            if len(fields) == 3:
                yield hand, *fields
            else:
                print("not three fields:", path.name, line[:60])
        elif line.startswith("#"):
            label = line[1:].strip()
        else:
            yield hand, label, "?", line


def main(out, *paths):
    seen, hands, dropped = set(), {}, 0
    for path in sorted(map(Path, paths)):
        for hand, label, side, text in read(path):
            label = {"batna": "alternatives"}.get(label.strip(), label.strip())
            text = " ".join(text.split())
            key = " ".join(words(text))
            if label not in CLASSES or not key or key in seen:
                dropped += 1
                print("dropped:", path.name, label, text[:60])
                continue
            seen.add(key)
            side = "-" if label == "none" else side.strip()
            hands.setdefault(hand, []).append((label, side if side in SIDES else "?", text))
    Path(out).mkdir(parents=True, exist_ok=True)
    for hand, rows in hands.items():
        content = "".join("\t".join(row) + "\n" for row in rows)
        (Path(out) / f"{hand}.tsv").write_text(content, encoding="utf-8")
        print(hand, len(rows))
    print("dropped", dropped)


if __name__ == "__main__":
    main(*sys.argv[1:])
