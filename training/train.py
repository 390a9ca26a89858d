"""Trains the passage model and writes what the linker embeds.

usage: train.py [--bits N] [--c C] OUT_FOLDER passages/*.tsv     needs numpy, scipy, scikit-learn, safetensors

Writes passages.safetensors (weights, idf, scale, bias), reference.json (inputs and outputs for the test of the port)
and background.tsv (in how many passages each word occurs, from which the linker takes how rare a word is)."""

import argparse
import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.svm import LinearSVC

from features import CLASSES, buckets, idf_table, matrix, words, IDF_STEP

TEMPERATURE = 3.0
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
    rows = []
    for path in sorted(map(Path, paths)):
        for line in path.read_text(encoding="utf-8").splitlines():
            label, _, text = line.split("\t")
            rows.append((path.stem, CLASSES.index(label), text))
    return rows


class Model:
    """A linear model with weights in one byte each."""

    def __init__(self, texts, labels, bits, c, weights=None):
        self.bits = bits
        self.q = idf_table(texts, bits)
        self.idf = self.q * IDF_STEP
        svm = LinearSVC(C=c, random_state=0).fit(matrix(texts, self.idf, bits), labels, sample_weight=weights)
        self.scale = np.abs(svm.coef_).max(1) / 127
        self.weights = np.round(svm.coef_ / self.scale[:, None]).astype(np.int8).T.copy()
        self.scale = self.scale.astype(np.float32)
        self.bias = svm.intercept_.astype(np.float32)

    def log_odds(self, texts):
        w = self.weights.astype(np.float64) * self.scale.astype(np.float64)
        return TEMPERATURE * (matrix(texts, self.idf, self.bits) @ w + self.bias)

    def probabilities(self, texts):
        z = self.log_odds(texts)
        e = np.exp(z - z.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bits", type=int, default=17)
    parser.add_argument("--c", type=float, default=1.0)
    parser.add_argument("out")
    parser.add_argument("passages", nargs="+")
    args = parser.parse_args()
    rows = load(args.passages)
    texts, labels = [r[2] for r in rows], np.array([r[1] for r in rows])
    model = Model(texts, labels, args.bits, args.c)
    out = Path(args.out)
    tensors = {"weights": model.weights, "idf": model.q, "scale": model.scale, "bias": model.bias}
    save_file(tensors, str(out / "passages.safetensors"))
    reference = []
    for text, p in zip(REFERENCE, model.probabilities(REFERENCE)):
        first = [block[:6] for block in buckets(text, args.bits)]
        reference.append({"text": text, "words": words(text), "buckets": first, "probabilities": [round(float(v), 7) for v in p]})
    lines = ",\n".join(json.dumps(r, ensure_ascii=False) for r in reference)
    (out / "reference.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    df = Counter(w for text in texts for w in set(words(text)))
    common = sorted((w, n) for w, n in df.items() if n >= 2 and not w.startswith("0"))
    table = "".join(f"{w}\t{n}\n" for w, n in common)
    (out / "background.tsv").write_text(f"\t{len(texts)}\n{table}", encoding="utf-8")
    for name in ("passages.safetensors", "reference.json", "background.tsv"):
        content = (out / name).read_bytes()
        print(name, len(content), hashlib.sha256(content).hexdigest())
    print("passages", len(rows), "training accuracy", (model.log_odds(texts).argmax(1) == labels).mean().round(4))


if __name__ == "__main__":
    main()
