"""How many notes a second are linked: benches/linking.py [COUNT]      (default 10000)

Generates a vault and runs, in turn, three times on one core: `leverbook links`, which reads, links and lists all notes, and
the same with a leverage document of no principle, which reads and links nothing. The difference is the linking."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from run import ROOT, measure

RUNS = 3


def main(count):
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    binary = str((target / "release" / "leverbook").resolve())
    os.environ["RAYON_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as empty:
        subprocess.run([sys.executable, ROOT / "benches" / "generate.py", str(count), folder], check=True)
        shutil.copytree(folder, empty, dirs_exist_ok=True)
        (Path(empty) / "content" / "leverage.md").write_text("# No principles\n", encoding="utf-8")
        rows = [(measure([binary, "links"], folder)[0], measure([binary, "links"], empty)[0]) for _ in range(RUNS)]
    with_links, without = (statistics.median(column) for column in zip(*rows))
    print(f"{count} notes: read and linked in {with_links:.2f} CPU s, read alone in {without:.2f}")
    print(f"linking {with_links - without:.2f} CPU s, {count / (with_links - without):.0f} notes a second on one core")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10000)
