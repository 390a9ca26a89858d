"""Sentences of the labelled notes, each with the label and the side of the quote that it belongs to."""

import json
import re
from pathlib import Path

from features import CLASSES, NONE, words

ALIASES = {"batna": "alternatives"}
END = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“‘(]?[A-Z0-9À-Þ])")


def label_of(name):
    return CLASSES.index(ALIASES.get(name, name))


def sentences(text):
    """The sentences of a note, line by line, without the marks of Markdown."""
    for line in text.splitlines():
        line = re.sub(r"^[\s>#*+|\-]*(\[[ xX]\])?", "", line).replace("|", ". ")
        yield from (s for s in END.split(line) if words(s))


def belongs(sentence, quote):
    a, b = " ".join(words(sentence)), " ".join(words(quote))
    return f" {a} " in f" {b} " or f" {b} " in f" {a} "


def load(paths):
    """(hand, label, side, sentence) for every sentence; those that no quote names show nothing."""
    rows = []
    for path in sorted(map(Path, paths)):
        for line in path.read_text(encoding="utf-8").splitlines():
            note = json.loads(line)
            for sentence in sentences(note["text"]):
                quoted = [q for q in note["passages"] if belongs(sentence, q["quote"])]
                label = label_of(quoted[0]["principle"]) if quoted else NONE
                rows.append((path.stem, label, quoted[0].get("side", "?") if quoted else "-", sentence))
    return rows
