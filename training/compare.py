"""How well passages of one hand are classified by a model that has seen only the other hands.

usage: compare.py [--c C] [--without HANDS] passages/*.tsv notes/*.jsonl     needs numpy, scipy, scikit-learn

Prints a row a hand of passages: accuracy over the fourteen classes, then the recall of each class over all hands.
`--without ef` leaves those hands out of every training set, which shows what they are worth."""

import argparse

import numpy as np

import train
from features import CLASSES, matrix


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--c", type=float, default=train.C)
    parser.add_argument("--without", default="")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    rows = train.load(args.files)
    hands = np.array([row[0] for row in rows])
    labels = np.array([row[1] for row in rows])
    whole = {row[0] for row in rows if row[4] == 1.0} - {"exemplars"}
    found = np.full(len(rows), -1)
    figures = []
    for hand in sorted(whole):
        test = hands == hand
        rest = [row for row in rows if row[0] != hand and row[0] not in args.without]
        model = train.Passages(rest, args.c)
        scores = matrix([row[3] for row in rows if row[0] == hand], model.tables) @ (model.weights * model.scale.astype(float)) + model.bias
        found[test] = scores.argmax(1)
        figures.append((found[test] == labels[test]).mean())
        print(hand, len(rest), "in training, accuracy", figures[-1].round(3), flush=True)
    print("mean", np.mean(figures).round(4))
    for index, name in enumerate(CLASSES):
        of_class = (labels == index) & (found >= 0)
        print(f"{name:26s} recall {(found[of_class] == index).mean():.3f}")


if __name__ == "__main__":
    main()
