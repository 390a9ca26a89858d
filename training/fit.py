"""Fits the fusion of the signals to labelled notes and writes fusion.json.

usage: fit.py FEATURES.jsonl OWN.jsonl OUT/fusion.json     needs numpy, scipy, scikit-learn

FEATURES.jsonl holds a line for every note and concept, as the test `figures_on_labelled_notes` of src/linker writes them;
OWN.jsonl the same with every concept as if the library did not know it. Prints figures on notes that the numbers
were not fitted to (five folds, whole notes)."""

import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

LIBRARY = ["passages.mean", "passages.any", "passages.log_mean", "passages.lead", "words.bm25", "cues.cues"]
OWN = ["passages.none", "words.bm25"]
# Set by judgement: no labelled note knows a user's own cues and names. One stated cue of two words in a note of fifty
# words adds 2.2, the bare name of a principle 0.9.
STATED = ("cues.stated", 0, 1, 1.2, 0, 6)
NAMED = ("cues.cues", 0, 1, 0.8, 0, 6)
LINK = 0.5


def load(path):
    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
    notes = sorted({(r["file"], r["note"]) for r in rows})
    subjects = list(dict.fromkeys(r["subject"] for r in rows))
    values = {(r["file"], r["note"], r["subject"]): r for r in rows}
    names = list(rows[0]["features"])
    x = np.array([[[values[(*n, s)]["features"][f] for f in names] for s in subjects] for n in notes])
    y = np.array([[values[(*n, s)]["label"] for s in subjects] for n in notes])
    return notes, names, x, y


def limits(x):
    return np.quantile(x, 0.002, axis=0), np.quantile(x, 0.995, axis=0)


class Fit:
    def __init__(self, x, y, c):
        flat = x.reshape(-1, x.shape[-1])
        self.low, self.high = limits(flat)
        flat = np.clip(flat, self.low, self.high)
        self.mean, self.sd = flat.mean(0), flat.std(0) + 1e-12
        model = LogisticRegression(C=c, max_iter=1000).fit((flat - self.mean) / self.sd, y.ravel())
        self.weight, self.intercept = model.coef_[0], model.intercept_[0]

    def probabilities(self, x):
        z = (np.clip(x, self.low, self.high) - self.mean) / self.sd @ self.weight + self.intercept
        return 1 / (1 + np.exp(-z))

    def json(self, names, fixed):
        terms = []
        fitted = list(zip(names, self.mean, self.sd, self.weight, self.low, self.high))
        for name, mean, sd, weight, low, high in fitted + fixed:
            signal, feature = name.split(".")
            numbers = {"mean": mean, "sd": sd, "weight": weight, "low": low, "high": high}
            terms.append({"signal": signal, "feature": feature, **{k: float(f"{v:.6g}") for k, v in numbers.items()}})
        lines = ",\n".join("   " + json.dumps(t) for t in terms)
        return '{\n  "intercept": ' + f"{self.intercept:.6g}" + ',\n  "terms": [\n' + lines + "\n  ]\n }"


def out_of_fold(x, y, c, seed=0, folds=5):
    order = np.random.RandomState(seed).permutation(len(x)) % folds
    p = np.zeros(y.shape)
    for fold in range(folds):
        p[order == fold] = Fit(x[order != fold], y[order != fold], c).probabilities(x[order == fold])
    return p


def figures(p, y):
    labelled, empty = y.any(1), ~y.any(1)
    best = p.argmax(1)
    hit = y[np.arange(len(y)), best]
    top3 = np.argsort(-p, axis=1)[:, :3]
    r3 = np.mean([y[i, top3[i]].sum() / y[i].sum() for i in np.where(labelled)[0]])
    shown = p >= LINK
    tp = (shown & y).sum(0)
    f1 = np.mean(2 * tp / np.maximum(1, shown.sum(0) + y.sum(0)))
    order = np.argsort(-p.ravel())
    right = y.ravel()[order].cumsum()
    at = np.searchsorted(right, 0.25 * y.sum())
    sure = p.max(1)
    ece = sum(abs((sure[b] - hit[b]).sum()) for b in [(np.minimum(sure * 10, 9).astype(int) == i) for i in range(10)]) / len(p)
    ll = -np.mean(np.where(y, np.log(p + 1e-12), np.log(1 - p + 1e-12)))
    return {
        "P@1": hit[labelled].mean(), "R@3": r3, "macroF1": f1,
        "prec": tp.sum() / max(1, shown.sum()), "rec": tp.sum() / y.sum(), "prec@rec.25": right[at] / (at + 1),
        "none empty": (~shown[empty].any(1)).mean() if empty.any() else float("nan"), "ECE": ece, "logloss": ll,
    }


def show(title, f):
    print(f"{title:36s}", " ".join(f"{k} {v:.3f}" for k, v in f.items()), flush=True)


def report(title, notes, x, y, c):
    p = np.mean([out_of_fold(x, y, c, seed) for seed in range(5)], axis=0)
    files = np.array([n[0] for n in notes])
    for file in sorted(set(files)):
        show(f"{title} {Path(file).stem}", figures(p[files == file], y[files == file]))


def main(features, own, out):
    parts = {}
    for kind, path, chosen, c, fixed in (
        ("library", features, LIBRARY, 1.0, [STATED]),
        ("own", own, OWN, 0.3, [NAMED, STATED]),
    ):
        notes, names, x, y = load(path)
        x = x[:, :, [names.index(f) for f in chosen]]
        report(kind, notes, x, y, c)
        parts[kind] = Fit(x, y, c).json(chosen, fixed)
    content = ",\n".join(f' "{kind}": {part}' for kind, part in parts.items())
    Path(out).write_text("{\n" + content + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
