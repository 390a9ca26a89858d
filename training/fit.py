"""Fits the fusion of the signals to labelled notes and writes fusion.json.

usage: fit.py [--diagram OUT.svg] FEATURES OUT/fusion.json passages/*.tsv notes/*.jsonl     needs numpy, scipy, scikit-learn

FEATURES is the folder that the test `figures_on_labelled_notes` of src/linker fills: library.jsonl holds a line for every
note and concept, own.jsonl the same with every concept as if the library did not know it, sentences.jsonl the sentences.
What the passage model says of a note is computed here, by a model that has seen no note of that hand, for in the program
it will meet none that it was trained on. The figures printed are of each hand, with everything trained and fitted on the
other hands."""

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

import train
from features import CLASSES, NONE
from train import Passages

LIBRARY = [
    "passages.mean", "passages.any", "passages.log_mean", "passages.lead",
    "passages.pair_mean", "passages.pair_log_mean", "passages.pair_best",
    "words.bm25", "cues.cues",
]
OWN = ["passages.none", "words.bm25"]
# Set by judgement: no labelled note knows a user's own cues and names. One stated cue of two words in a note of fifty
# words adds 2.2, and 3.3 for a principle that has little else to be found by.
STATED = ("cues.stated", 0, 1, 1.2, 0, 6)
STATED_FOR_OWN = ("cues.stated", 0, 1, 1.8, 0, 6)
NAMED = ("cues.cues", 0, 1, 0.8, 0, 6)
LINK = 0.5
# What a description of a user's own principle can reach by itself: too little for a link.
BY_DESCRIPTION = 0.42
# As in `signals/passages.rs`: how many sentences a usual note has.
STRETCH = 20


def judged(model, note):
    """What the passage model says of a note: by concept, the features that the Rust side computes."""
    sums = [model.sums(" ".join(s["words"])) for s in note["sentences"]]
    weight = np.array([s["weight"] for s in note["sentences"]])
    if not weight.sum():
        return {name: np.zeros(NONE) for name in ("mean", "any", "log_mean", "lead", "none", "pair_mean", "pair_log_mean", "pair_best")}

    def log_p(items):
        z = np.array([model.log_odds(*item) for item in items])
        z -= z.max(1, keepdims=True)
        return z - np.log(np.exp(z).sum(1, keepdims=True))

    alone = log_p(sums)
    pairs = log_p([sums[0]] + [(a[0] + b[0], a[1] + b[1]) for a, b in zip(sums, sums[1:])])
    def stretched(values):
        """By class: what an average stretch of the note has, each stretch by its sentences."""
        parts = [values(part) * len(part) for part in np.split(np.arange(len(weight)), range(STRETCH, len(weight), STRETCH))]
        return (sum(parts) / len(weight))[:NONE]

    share = weight / weight.sum()
    p, q = np.exp(alone) * weight[:, None], np.exp(pairs) * weight[:, None]
    mean = share @ np.exp(alone)
    rival = np.array([max(mean[j] for j in range(NONE) if j != k) for k in range(NONE)])
    return {
        "mean": mean[:NONE],
        "any": stretched(lambda part: 1 - np.prod(1 - np.minimum(p[part], 0.999), axis=0)),
        "log_mean": (share @ np.maximum(alone, -20))[:NONE],
        "lead": mean[:NONE] - rival,
        "none": np.full(NONE, mean[NONE]),
        "pair_mean": (share @ np.exp(pairs))[:NONE],
        "pair_log_mean": (share @ np.maximum(pairs, -20))[:NONE],
        "pair_best": stretched(lambda part: q[part].max(0)),
    }


def judge_all(notes, rows):
    """The same for all notes, each by a model that was trained without its hand."""
    hands, found = {Path(n["file"]).stem for n in notes}, {}
    trained = {row[0] for row in rows}
    whole = None
    for hand in sorted(hands):
        model = Passages([row for row in rows if row[0] != hand]) if hand in trained else (whole := whole or Passages(rows))
        for note in notes:
            if Path(note["file"]).stem == hand:
                found[note["file"], note["note"]] = judged(model, note)
        print("judged", hand, flush=True)
    return found


def load(folder, kind, judgements):
    rows = [json.loads(line) for line in open(Path(folder) / f"{kind}.jsonl", encoding="utf-8")]
    notes = sorted({(r["file"], r["note"]) for r in rows})
    values = {(r["file"], r["note"], r["subject"]): r for r in rows}
    chosen = LIBRARY if kind == "library" else OWN

    def value(note, k, name):
        signal, feature = name.split(".")
        row = values[(*note, CLASSES[k])]
        return judgements[note][feature][k] if signal == "passages" else row["features"][name]

    x = np.array([[[value(n, k, name) for name in chosen] for k in range(NONE)] for n in notes])
    y = np.array([[values[(*n, CLASSES[k])]["label"] for k in range(NONE)] for n in notes])
    return notes, chosen, x, y


def limits(x):
    return np.quantile(x, 0.002, axis=0), np.quantile(x, 0.995, axis=0)


class Fit:
    """One logistic for all concepts; each has its own intercept, unless the fit is for what the library does not know."""

    def __init__(self, x, y, c, own_intercepts):
        concepts = x.shape[1]
        flat = x.reshape(-1, x.shape[-1])
        self.low, self.high = limits(flat)
        flat = np.clip(flat, self.low, self.high)
        self.mean, self.sd = flat.mean(0), flat.std(0) + 1e-12
        which = np.tile(np.eye(concepts), (len(x), 1)) * own_intercepts
        model = LogisticRegression(C=c, max_iter=3000).fit(np.hstack([(flat - self.mean) / self.sd, which]), y.ravel())
        self.weight, offsets = np.split(model.coef_[0], [x.shape[-1]])
        self.intercepts = model.intercept_[0] + offsets * own_intercepts

    def probabilities(self, x):
        z = (np.clip(x, self.low, self.high) - self.mean) / self.sd @ self.weight + self.intercepts
        return 1 / (1 + np.exp(-z))

    def bound(self, feature, probability):
        """Limits a feature so that all of them together reach no more than a probability."""
        best = np.maximum(self.weight * (self.low - self.mean), self.weight * (self.high - self.mean)) / self.sd
        room = np.log(probability / (1 - probability)) - self.intercepts.max() - (best.sum() - best[feature])
        self.high[feature] = min(self.high[feature], self.mean[feature] + room * self.sd[feature] / self.weight[feature])

    def json(self, names, fixed):
        terms = []
        fitted = list(zip(names, self.mean, self.sd, self.weight, self.low, self.high))
        for name, mean, sd, weight, low, high in fitted + fixed:
            signal, feature = name.split(".")
            numbers = {"mean": mean, "sd": sd, "weight": weight, "low": low, "high": high}
            terms.append({"signal": signal, "feature": feature, **{k: float(f"{v:.6g}") for k, v in numbers.items()}})
        lines = ",\n".join("   " + json.dumps(t) for t in terms)
        intercepts = [float(f"{v:.6g}") for v in (self.intercepts if len(set(self.intercepts)) > 1 else self.intercepts[:1])]
        return '{\n  "intercepts": ' + json.dumps(intercepts) + ',\n  "terms": [\n' + lines + "\n  ]\n }"


def by_others(hands, x, y, c, own_intercepts):
    """The probabilities of each hand's notes by a fit to all other hands."""
    p = np.zeros(y.shape)
    for hand in sorted(set(hands)):
        own = hands == hand
        p[own] = Fit(x[~own], y[~own], c, own_intercepts).probabilities(x[own])
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
    at = [np.searchsorted(right, share * y.sum()) for share in (0.25, 0.45)]
    sure = p.max(1)
    ece = sum(abs((sure[b] - hit[b]).sum()) for b in [(np.minimum(sure * 10, 9).astype(int) == i) for i in range(10)]) / len(p)
    ll = -np.mean(np.where(y, np.log(p + 1e-12), np.log(1 - p + 1e-12)))
    return {
        "P@1": hit[labelled].mean(), "R@3": r3, "macroF1": f1,
        "prec": tp.sum() / max(1, shown.sum()), "rec": tp.sum() / y.sum(), "prec@rec.25": right[at[0]] / (at[0] + 1), "prec@rec.45": right[at[1]] / (at[1] + 1),
        "none empty": (~shown[empty].any(1)).mean() if empty.any() else float("nan"), "ECE": ece, "logloss": ll,
    }


def show(title, f):
    print(f"{title:36s}", " ".join(f"{k} {v:.3f}" for k, v in f.items()), flush=True)


def diagram(p, y):
    """A reliability diagram: how sure the first principle of a note is against how often it is right."""
    sure, right = p.max(1), y[np.arange(len(y)), p.argmax(1)]
    size, edge = 320, 40
    at = lambda share: round(edge + share * size, 1)
    down = lambda share: round(edge + (1 - share) * size, 1)
    marks, lines = [], []
    for low in np.arange(0, 1, 0.1):
        inside = (sure >= low) & (sure < low + 0.1 + (low > 0.85))
        if inside.sum() >= 5:
            x, share, n = sure[inside].mean(), right[inside].mean(), inside.sum()
            band = 1.96 * np.sqrt(share * (1 - share) / n)
            lines.append(f'<path d="M{at(x)} {down(min(1, share + band))}V{down(max(0, share - band))}"/>')
            marks.append(f'<circle cx="{at(x)}" cy="{down(share)}" r="{round(2 + np.sqrt(n) / 2, 1)}"/>')
            print(f"sure {x:.2f}  right {share:.2f}  notes {n}")
    frame = f'<path d="M{edge} {edge}V{edge + size}H{edge + size}M{edge} {edge + size}L{edge + size} {edge}"/>'
    text = f'<text x="{edge + size / 2}" y="{edge + size + 28}">confidence of the first principle</text>'
    text += f'<text x="14" y="{edge + size / 2}" transform="rotate(-90 14 {edge + size / 2})">share that is right</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size + 2 * edge} {size + 2 * edge}" font-family="sans-serif" '
        f'font-size="13" text-anchor="middle"><rect width="100%" height="100%" fill="#fff"/>'
        f'<g fill="none" stroke="#888">{frame}</g><g stroke="#0b5d5b" fill="none">{"".join(lines)}</g>'
        f'<g fill="#0b5d5b">{"".join(marks)}</g><g fill="#222">{text}</g></svg>\n'
    )


def report(title, notes, x, y, c, own_intercepts):
    hands = np.array([Path(n[0]).stem for n in notes])
    p = by_others(hands, x, y, c, own_intercepts)
    for hand in sorted(set(hands)):
        show(f"{title} {hand} ({(hands == hand).sum()} notes)", figures(p[hands == hand], y[hands == hand]))
    show(f"{title} all ({len(p)} notes)", figures(p, y))
    return p, y


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--diagram")
    parser.add_argument("features")
    parser.add_argument("out")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    dumped = [json.loads(line) for line in open(Path(args.features) / "sentences.jsonl", encoding="utf-8")]
    judgements = judge_all(dumped, train.load(args.files))
    parts = {}
    for kind, c, fixed in (("library", 1.0, [STATED]), ("own", 0.3, [NAMED, STATED_FOR_OWN])):
        own_intercepts = kind == "library"
        notes, chosen, x, y = load(args.features, kind, judgements)
        p, y = report(kind, notes, x, y, c, own_intercepts)
        if kind == "library" and args.diagram:
            Path(args.diagram).write_text(diagram(p, y), encoding="utf-8")
        fitted = Fit(x, y, c, own_intercepts)
        if kind == "own":
            fitted.bound(chosen.index("words.bm25"), BY_DESCRIPTION)
        parts[kind] = fitted.json(chosen, fixed)
    content = ",\n".join(f' "{kind}": {part}' for kind, part in parts.items())
    Path(args.out).write_text("{\n" + content + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
