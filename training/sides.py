"""How often the side model is right about sentences of a hand that it has not seen, by how sure it is.

usage: sides.py passages/*.tsv notes/*.jsonl     needs numpy, scipy, scikit-learn"""

import sys

import numpy as np

import train
from features import NONE, SIDES

# How sure the program must be to say "ours" and "theirs": `SURE` in src/linker/side/trained.rs.
SURE = (0.9, 0.95)


def main(paths):
    rows = [r for r in train.load(paths) if r[2] in SIDES and r[1] != NONE]
    hands = np.array([r[0] for r in rows])
    truth = np.array([SIDES.index(r[2]) for r in rows])
    p = np.zeros((len(rows), len(SIDES)))
    for hand in sorted(set(hands)):
        own = hands == hand
        model = train.Side([r for r, o in zip(rows, own) if not o])
        p[own] = model.probabilities([r for r, o in zip(rows, own) if o])
        right = p[own].argmax(1) == truth[own]
        print(f"{hand} {own.sum()} sentences, right {right.mean():.3f}, always ours {(truth[own] == 0).mean():.3f}", flush=True)
    found, sure = p.argmax(1), p.max(1)
    for least in (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.98):
        tell(f"sure {least:.2f}", found, truth, sure >= least)
    tell(f"as in the program, {SURE}", found, truth, sure >= np.array(SURE)[np.minimum(found, 1)])


def tell(name, found, truth, is_sure):
    speaks = (found < 2) & is_sure
    ours, theirs = (speaks & (found == side) for side in (0, 1))
    print(
        f"{name}: speaks of {speaks.mean():.3f}, right {(found == truth)[speaks].mean():.3f}"
        f" (ours {ours.mean():.3f}, right {(truth[ours] == 0).mean():.3f}; theirs {theirs.mean():.3f}, right {(truth[theirs] == 1).mean():.3f})"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
