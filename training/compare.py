"""How well passages of one hand are classified by a model that has seen only the other hands.

usage: compare.py [--bits N] [--c C] [--without HANDS] passages/*.tsv     needs numpy, scipy, scikit-learn

Prints a row a hand: accuracy over the fourteen classes, then the recall of each class over all hands. `--without efg`
leaves those hands out of every training set, which shows what they are worth."""

import argparse

import numpy as np

from features import CLASSES
from train import Model, load


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bits", type=int, default=17)
    parser.add_argument("--c", type=float, default=1.0)
    parser.add_argument("--without", default="")
    parser.add_argument("passages", nargs="+")
    args = parser.parse_args()
    rows = load(args.passages)
    hands = np.array([r[0] for r in rows])
    labels = np.array([r[1] for r in rows])
    texts = np.array([r[2] for r in rows], dtype=object)
    found = np.full(len(rows), -1)
    figures = []
    for hand in sorted(set(hands) - {"exemplars"}):
        rest = (hands != hand) & ~np.isin(hands, list(args.without))
        test = hands == hand
        model = Model(list(texts[rest]), labels[rest], args.bits, args.c)
        found[test] = model.log_odds(list(texts[test])).argmax(1)
        figures.append((found[test] == labels[test]).mean())
        print(hand, rest.sum(), "passages in training, accuracy", figures[-1].round(3), flush=True)
    print("mean", np.mean(figures).round(4))
    for index, name in enumerate(CLASSES):
        of_class = (labels == index) & (found >= 0)
        print(f"{name:26s} recall {(found[of_class] == index).mean():.3f}")


if __name__ == "__main__":
    main()
