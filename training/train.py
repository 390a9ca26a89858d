"""Trains the passage model and the side model and writes what the linker embeds.

usage: train.py OUT_FOLDER passages/*.tsv notes/*.jsonl     needs numpy, scipy, scikit-learn, safetensors

Writes into OUT_FOLDER (src/linker) signals/passages.safetensors and side/trained.safetensors (weights, idf, scale, bias),
signals/reference.json (inputs and outputs for the test of the port) and signals/background.tsv (in how many passages each word occurs, from which the linker takes how rare a word is)."""

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

import notes
from features import BITS, CLASSES, IDF_STEP, NONE, SHARE, SIDES, buckets, idf_tables, matrix, side_hashes, side_matrix, words

TEMPERATURE = 3.0
# A sentence in its note often needs its neighbours to be understood; a passage stands alone.
SENTENCE_WEIGHT = 0.5
C, SIDE_C = 0.7, 6.0
REFERENCE = [
    "We let the offer lapse and came back in January when the budget was fresh.",
    "They buy 70% of everything we make, so nobody spoke of a price rise.",
    "",
    "ok",
    "Minutes were sent round on Tuesday.",
    "She named 42,000 and then said nothing for a whole minute.",
    "Their “final” price moved when we showed the rival's letter.",
    "Café bill €84.50, paid by card; Über-Größe, naïve café.",
    "The regulator can stop them, and they know we sit on its panel.",
    "he shouted. I poured tea.",
    "I’ve known Marta since 2009; she took the call on a Sunday.",
    "Every lease in this street is at £19 a foot.",
    "We don't need it.",
    "Nobody else in Europe can grind that lens.",
    "Gave the Saturday slot, got sixty days to pay.",
    "IT'S 3pm, WE NEED THE FILE!",
    "Found their board paper in the printer tray.",
    "One slide: what a day of standstill costs them.",
    "Mumbled the number, apologised, lost it.",
    "Parking is behind building C; badge at the gate. Room 4.11 until noon.",
    "Цена 10 000 $; 価格は高い",
    "x" * 50 + " and a word with a_line under it",
]


def load(paths):
    """(hand, label, side, text, weight) of passages and of the sentences of labelled notes."""
    rows = []
    for path in sorted(map(Path, paths)):
        if path.suffix == ".tsv":
            for line in path.read_text(encoding="utf-8").splitlines():
                label, side, text = line.split("\t")
                rows.append((path.stem, CLASSES.index(label), side, text, 1.0))
        else:
            rows += [(*row, SENTENCE_WEIGHT) for row in notes.load([path])]
    return rows


def quantised(coefficients):
    scale = np.abs(coefficients).max(1) / 127
    return np.round(coefficients / scale[:, None]).astype(np.int8).T.copy(), scale.astype(np.float32)


class Passages:
    """A linear model with weights in one byte each."""

    def __init__(self, rows, c=C):
        texts = [r[3] for r in rows]
        self.tables = idf_tables(texts)
        weights = np.array([r[4] for r in rows])
        svm = LinearSVC(C=c, random_state=0).fit(matrix(texts, self.tables), [r[1] for r in rows], sample_weight=weights)
        self.weights, self.scale = quantised(svm.coef_)
        self.bias = svm.intercept_.astype(np.float32)
        starts = np.cumsum([0, *(1 << bits for bits in BITS)])
        self.blocks = [self.weights[a:b].astype(np.float64) for a, b in zip(starts, starts[1:])]

    def sums(self, text):
        """By block: the sum of idf times weight, and the sum of the squares of idf, in whole steps."""
        total, squares = np.zeros((len(BITS), len(CLASSES))), np.zeros(len(BITS))
        for block, found in enumerate(buckets(text)):
            idf = self.tables[block][found].astype(np.float64)
            total[block], squares[block] = idf @ self.blocks[block][found], (idf**2).sum()
        return total, squares

    def log_odds(self, total, squares):
        unit = np.array(SHARE) * IDF_STEP / (IDF_STEP * np.sqrt(squares) + 1e-9)
        return TEMPERATURE * (self.scale.astype(np.float64) * (unit @ total) + self.bias)

    def probabilities(self, text):
        z = self.log_odds(*self.sums(text))
        e = np.exp(z - z.max())
        return e / e.sum()


class Side:
    """Who holds the lever that a sentence shows."""

    def __init__(self, rows, c=SIDE_C):
        rows = [r for r in rows if r[2] in SIDES and r[1] != NONE]
        model = LogisticRegression(C=c, max_iter=500).fit(self.matrix(rows), [SIDES.index(r[2]) for r in rows])
        self.weights, self.scale = quantised(model.coef_)
        self.bias = model.intercept_.astype(np.float32)

    @staticmethod
    def matrix(rows):
        return side_matrix([(r[3], CLASSES[r[1]]) for r in rows])

    def probabilities(self, rows):
        z = self.matrix(rows) @ (self.weights * self.scale.astype(np.float64)) + self.bias
        e = np.exp(z - z.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)


def reference(passages, side):
    rows = []
    for text in REFERENCE:
        of_side = side.probabilities([("", CLASSES.index("timing"), "", text)])[0] if words(text) else []
        rows.append({
            "text": text,
            "words": words(text),
            "buckets": [block[:8].tolist() for block in buckets(text)],
            "probabilities": [round(float(p), 7) for p in passages.probabilities(text)],
            "side_features": side_hashes(text, "timing")[-8:] if words(text) else [],
            "side": [round(float(p), 7) for p in of_side],
        })
    return "[\n" + ",\n".join(json.dumps(r, ensure_ascii=False) for r in rows) + "\n]\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    rows = load(args.files)
    out = Path(args.out)
    passages, side = Passages(rows), Side(rows)
    idf = np.concatenate(passages.tables)
    save_file({"weights": passages.weights, "idf": idf, "scale": passages.scale, "bias": passages.bias}, str(out / "signals/passages.safetensors"))
    save_file({"weights": side.weights, "scale": side.scale, "bias": side.bias}, str(out / "side/trained.safetensors"))
    (out / "signals/reference.json").write_text(reference(passages, side), encoding="utf-8")
    texts = [r[3] for r in rows]
    df = Counter(w for text in texts for w in set(words(text)))
    common = sorted((w, n) for w, n in df.items() if n >= 2 and not w.startswith("0"))
    table = "".join(f"{w}\t{n}\n" for w, n in common)
    (out / "signals/background.tsv").write_text(f"\t{len(texts)}\n{table}", encoding="utf-8")
    for name in ("signals/passages.safetensors", "side/trained.safetensors", "signals/reference.json", "signals/background.tsv"):
        print(name, (out / name).stat().st_size, "bytes")
    print(len(rows), "passages and sentences,", sum(r[2] in SIDES for r in rows), "with a side")


if __name__ == "__main__":
    main()
