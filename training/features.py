"""Words, buckets and matrices of the passage model. `src/linker/signals/passages.rs` does the same in Rust;
`reference.json` beside it proves that both agree."""

import re

import numpy as np
from scipy.sparse import csr_matrix

CLASSES = (
    "information timing alternatives relationships power expertise-and-reputation dependency need emotional-control "
    "communication social-standards confidence-and-clarity concessions none"
).split()
IDF_STEP = 1 / 25
LONGEST_WORD = 32
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|[0-9]+|[%$€£]")


def words(text):
    """Small letters; a run of digits becomes zeros, at most four; a very long word is cut."""
    found = WORD.findall(text.lower().replace("’", "'"))
    return ["0" * min(len(w), 4) if w[0].isdigit() else w[:LONGEST_WORD] for w in found]


def fnv1a(text):
    h = 2166136261
    for byte in text.encode():
        h = ((h ^ byte) * 16777619) & 0xFFFFFFFF
    return h


_grams = {}


def grams(word):
    """Hashes of the 3-, 4- and 5-grams of `<word>`."""
    if word not in _grams:
        w = "<" + word + ">"
        _grams[word] = [fnv1a("c" + w[i : i + n]) for n in (3, 4, 5) for i in range(len(w) - n + 1)]
    return _grams[word]


def buckets(text, bits):
    """Two sorted lists of buckets, each bucket once: words and neighbours; character grams."""
    ws = words(text)
    shift = 32 - bits
    a = {fnv1a("w" + w) >> shift for w in ws}
    a |= {fnv1a("b" + x + " " + y) >> shift for x, y in zip(["<"] + ws, ws + [">"])}
    b = {h >> shift for w in set(ws) for h in grams(w)}
    return sorted(a), sorted(b)


def idf_table(texts, bits):
    """Inverse document frequencies in steps of IDF_STEP, one byte a bucket."""
    df = np.zeros(1 << bits)
    for text in texts:
        for block in buckets(text, bits):
            df[block] += 1
    return np.clip(np.round((np.log((1 + len(texts)) / (1 + df)) + 1) / IDF_STEP), 0, 255).astype(np.uint8)


def matrix(texts, idf, bits):
    """One row a text; each block has length one."""
    index, start, value = [], [0], []
    for text in texts:
        for block in buckets(text, bits):
            index += block
            value.append(idf[block] / (np.sqrt((idf[block] ** 2).sum()) + 1e-9))
        start.append(len(index))
    return csr_matrix((np.concatenate(value), index, start), shape=(len(texts), 1 << bits))
