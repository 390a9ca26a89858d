"""Words and features of the passage model and of the side model. `src/linker/features.rs` does the same in Rust;
`reference.json` proves that both agree.

A feature is a hash of 32 bits; its highest bits are its bucket. Features come in four blocks, and a feature that occurs
twice counts twice: so what a word says by itself is the same in every sentence, and can be remembered."""

import re
import unicodedata
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack

CLASSES = (
    "information timing alternatives relationships power expertise-and-reputation dependency need emotional-control "
    "communication social-standards confidence-and-clarity concessions none"
).split()
NONE = len(CLASSES) - 1
IDF_STEP = 1 / 25
LONGEST_WORD = 32
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|[0-9]+|[%$€£]")

# Words and pairs; groups of letters; classes of words; pairs of classes.
BITS = (16, 16, 14, 17)
SHARE = (1.0, 1.0, 0.6, 1.0)
WORDS_FILE = Path(__file__).parent.parent / "src/linker/classes.tsv"


def words(text):
    """Small letters; a run of digits becomes zeros, at most four; a very long word is cut."""
    found = WORD.findall(unicodedata.normalize("NFC", text).lower().replace("’", "'"))
    return ["0" * min(len(w), 4) if w[0].isdigit() else w[:LONGEST_WORD] for w in found]


def fnv1a(text):
    h = 2166136261
    for byte in text.encode():
        h = ((h ^ byte) * 16777619) & 0xFFFFFFFF
    return h


def mix(tag, x, y):
    """One hash of two, different for every tag and order."""
    h = ((x * 0x9E3779B1) ^ (((y << 15) | (y >> 17)) & 0xFFFFFFFF)) + tag * 0x7F4A7C15
    h = (h ^ ((h & 0xFFFFFFFF) >> 15)) & 0xFFFFFFFF
    h = (h * 0x2C1B3C6D) & 0xFFFFFFFF
    return h ^ (h >> 13)


class Word:
    """What a word is made of: its own hash, its letter groups, and its class at four levels, coarsest first."""

    def __init__(self, word, number=None):
        self.text = word
        self.own = fnv1a("w" + word)
        w = "<" + word + ">"
        self.letters = [] if word in "<>" else [fnv1a("c" + w[i : i + n]) for n in (3, 4, 5) for i in range(len(w) - n + 1)]
        # A word of no class stands for itself.
        self.known = number is not None
        self.classes = [mix(0, level, n) for level, n in enumerate(number)] if number else [self.own] * 4


_words = {}


def word_of(word):
    if not _words:
        for finest, line in enumerate(WORDS_FILE.read_text(encoding="utf-8").splitlines()):
            *levels, members = line.split("\t")
            number = [int(n) for n in levels[::-1]] + [finest]
            for member in members.split(" "):
                _words[member] = Word(member, number)
    if word not in _words:
        _words[word] = Word(word)
    return _words[word]


_hashes = {}


def hashes(text):
    """The features of a text, by block."""
    if text not in _hashes:
        found = [word_of(w) for w in words(text)]
        framed = [word_of("<"), *found, word_of(">")]
        pairs = list(zip(framed, framed[1:]))
        blocks = [
            [w.own for w in found] + [mix(1, a.own, b.own) for a, b in pairs],
            [h for w in found for h in w.letters],
            [h for w in found if w.known for h in w.classes[1:]],
            [
                h
                for a, b in pairs
                for h in (
                    mix(2, a.classes[0], b.classes[0]),
                    mix(3, a.classes[2], b.classes[2]),
                    mix(4, a.classes[2], b.own),
                    mix(5, a.own, b.classes[2]),
                )
            ],
        ]
        _hashes[text] = [np.array(b, np.uint32) for b in blocks]
    return _hashes[text]


def buckets(text):
    """The buckets of a text by block; one that is hit twice stands twice."""
    return [(h >> np.uint32(32 - bits)).astype(np.int64) for h, bits in zip(hashes(text), BITS)]


def idf_tables(texts):
    """Inverse document frequencies by block in steps of IDF_STEP, one byte a bucket."""
    tables = []
    for block, bits in enumerate(BITS):
        df = np.zeros(1 << bits)
        for text in texts:
            df[np.unique(buckets(text)[block])] += 1
        tables.append(np.clip(np.round((np.log((1 + len(texts)) / (1 + df)) + 1) / IDF_STEP), 0, 255).astype(np.uint8))
    return tables


def matrix(texts, tables):
    """One row a text; each block is divided by the root of its summed squares and has its share."""
    parts = []
    for block, (table, share) in enumerate(zip(tables, SHARE)):
        idf, index, start, value = table.astype(float), [], [0], []
        for text in texts:
            found = buckets(text)[block]
            index.append(found)
            value.append(share * idf[found] / (np.sqrt((idf[found] ** 2).sum()) + 1e-9))
            start.append(start[-1] + len(found))
        part = csr_matrix((np.concatenate(value), np.concatenate(index), start), shape=(len(texts), len(table)))
        part.sum_duplicates()
        parts.append(part)
    return hstack(parts, format="csr")


# Who holds the lever: words that say of whom a sentence speaks, and words that turn it round.
TRIGGERS = set("we our us i my me they their them he she his her it its you your not no nobody only never without".split())
SIDES = ["ours", "theirs", "mutual", "unclear"]
SIDE_BITS = 15


def side_hashes(text, label):
    """The features of a text for the side of one concept."""
    found = [word_of(w) for w in words(text)]
    framed = [word_of("<"), *found, word_of(">")]
    concept = fnv1a("l" + label)
    out = [mix(10, concept, w.own) for w in found]
    out += [mix(11, a.own, b.own) for a, b in zip(framed, framed[1:])]
    spoken = []
    for i, w in enumerate(found):
        negates = w.text.endswith("n't")
        if not negates and w.text not in TRIGGERS:
            continue
        for d in (1, 2, 3):
            if i + d < len(found):
                after = found[i + d]
                out += [mix(11 + d, w.own, after.own), mix(14 + d, w.own, after.classes[2])]
                out.append(mix(17 + d, mix(9, concept, w.own), after.classes[1]))
        if i:
            out.append(mix(21, found[i - 1].own, w.own))
        if not negates:
            spoken.append(w.own)
    edge = word_of("<").own
    out += [mix(22, a, b) for a, b in zip([edge, *spoken], [*spoken, edge])]
    first, last = (spoken[0], spoken[-1]) if spoken else (edge, edge)
    out += [mix(23, first, edge), mix(24, last, edge), mix(25, concept, edge), mix(26, concept, first)]
    return out


def side_matrix(rows):
    """One row a (text, label), of length one over its features, each counted as often as it occurs."""
    index, start, value = [], [0], []
    for text, label in rows:
        found = [h >> (32 - SIDE_BITS) for h in side_hashes(text, label)]
        index += found
        value += [1 / np.sqrt(len(found))] * len(found)
        start.append(len(index))
    part = csr_matrix((value, index, start), shape=(len(rows), 1 << SIDE_BITS))
    part.sum_duplicates()
    return part
