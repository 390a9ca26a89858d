"""Writes src/linker/digests.tsv: the BLAKE3 digest of every file that is made here. A test of the linker checks them.

usage: digests.py     needs blake3; run it last, after train.py and fit.py"""

from pathlib import Path

from blake3 import blake3

LINKER = Path(__file__).parent.parent / "src/linker"
MADE = ["classes.tsv", "fusion.json", "side/trained.safetensors", "signals/background.tsv", "signals/passages.safetensors", "signals/reference.json"]

lines = (f"{name}\t{blake3((LINKER / name).read_bytes()).hexdigest()}\n" for name in MADE)
(LINKER / "digests.tsv").write_text("".join(lines), encoding="utf-8")
