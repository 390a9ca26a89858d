"""Measure the memory of `leverbook serve` over many edits: benches/edits.py [COUNT] [EDITS]      (default 1000 notes, 10000 edits)

Builds the release binary, generates a vault, serves it, listens as two open pages do, and saves notes one after another: bodies,
titles, new notes, removed notes. Every tenth of the edits it prints the resident memory of the server and the CPU seconds an edit.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def usage(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Listener(threading.Thread):
    """Reads the events of a page, and notes the newest number that it has seen there."""

    def __init__(self, url, page):
        super().__init__(daemon=True)
        self.stream = urllib.request.urlopen(f"{url}.leverbook/events?page={page}", timeout=600)
        self.seen = threading.Event()
        self.number = -1
        self.start()

    def run(self):
        for line in self.stream:
            for found in re.finditer(rb"Mark number ([0-9]+)\.", line):
                self.number = max(self.number, int(found[1]))
                self.seen.set()

    def wait_for(self, number):
        until = time.monotonic() + 120
        while self.number < number:
            if not self.seen.wait(max(0, until - time.monotonic())):
                sys.exit(f"edit {number} is never shown")
            self.seen.clear()


def main(count, edits):
    if not os.environ.get("LEVERBOOK_BUILT"):
        subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=ROOT, check=True)
    binary = str((TARGET / "release" / "leverbook").resolve())
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        subprocess.run([sys.executable, ROOT / "benches" / "generate.py", str(count), folder], check=True)
        notes = sorted((folder / "content" / "deals").rglob("*.md"))
        process = subprocess.Popen([binary, "serve", "--port", "0"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if found := re.search(r"Serving\s+(\S+)", line):
                url = found[1]
                break
        threading.Thread(target=lambda: [None for _ in process.stderr], daemon=True).start()
        watched = notes[len(notes) // 2]
        slug = "-".join(watched.relative_to(folder / "content").with_suffix("").parts)
        listener, _ = Listener(url, f"notes/{slug}.html"), Listener(url, "principles/timing.html")
        text = watched.read_text(encoding="utf-8")
        rng = random.Random(1)
        before, _ = usage(process)
        for edit in range(edits):
            other = rng.choice(notes)
            if other != watched:
                kind = rng.randrange(4)
                if kind == 0:
                    other.write_text(other.read_text(encoding="utf-8") + f"\nThey cannot wait, {edit}.\n", encoding="utf-8")
                elif kind == 1:
                    (folder / "content" / f"new-{edit % 50}.md").write_text(f"# Number {edit}\n\nA second offer.\n", encoding="utf-8")
                elif kind == 2:
                    (folder / "content" / f"new-{rng.randrange(50)}.md").unlink(missing_ok=True)
            watched.write_text(f"{text}\nMark number {edit}.\n", encoding="utf-8")
            listener.wait_for(edit)
            if (edit + 1) % max(1, edits // 10) == 0:
                spent, resident = usage(process)
                print(f"{edit + 1:7} edits  {resident:7.0f} MiB  {(spent - before) / (edit + 1):.4f} CPU s an edit", flush=True)
        process.terminate()
        process.wait()


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    main(*(arguments + [1000, 10000][len(arguments):]))
