"""Measure builds: benches/run.py [--rivals] [COUNT ...]      (default 1000 10000)

Builds the release binary, generates a vault of each size, and runs in turn, five times: a cold `leverbook build`, a build without
changes, and, as the yardstick beside them, reading the notes and copying the finished site with `cp`. With `--rivals` other generators
take their turns on the same notes (`rivals.py`). Prints the median of CPU seconds, wall seconds and peak memory of each whole
process, and the ratio of its CPU seconds to the yardstick and to the cold build.

Each run writes to a folder of its own, and nothing is deleted until the end: a file system may avoid places that were freed a moment
ago, which costs more than the build.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rivals

ROOT = Path(__file__).parent.parent
RUNS = 5


def measure(command, cwd, environment=None):
    start = time.monotonic()
    environment = {**os.environ, **(environment or {})}
    process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(error.decode())
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024


def medians(rows):
    return [statistics.median(column) for column in zip(*rows)]


def show(name, rows, yardstick, cold):
    cpu, wall, peak = medians(rows)
    ratios = f"{cpu / yardstick:6.1f} x copy {cpu / cold:6.2f} x cold build"
    print(f"{name:28} {cpu:7.2f} CPU s  {wall:7.2f} s  {peak:7.0f} MiB {ratios}", flush=True)


def binary():
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return str((target / "release" / "leverbook").resolve())


def generate(count, folder):
    subprocess.run([sys.executable, ROOT / "benches" / "generate.py", str(count), folder], check=True)


def main(counts, with_rivals):
    leverbook = binary()
    others = rivals.install() if with_rivals else []
    for count in counts:
        # What was built last is remembered outside the project only.
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
            folder, memory = Path(folder), {"XDG_CACHE_HOME": cache}
            generate(count, folder)
            for name, lay_out, _, _ in others:
                lay_out(folder, folder / name)
            rows = {"cold build": [], "build without changes": [], "read notes, copy site": []}
            rows.update({name: [] for name, _, _, _ in others})
            for run in range(RUNS):
                site = f"site-{run}"
                build = [leverbook, "build", "-q", "-o", site]
                rows["cold build"].append(measure(build, folder, memory))
                before = os.stat(folder / site / "index.html").st_ino
                rows["build without changes"].append(measure(build, folder, memory))
                assert os.stat(folder / site / "index.html").st_ino == before
                copy = f"cat $(find content -name '*.md') >/dev/null; cp -r {site} copy-{run}"
                rows["read notes, copy site"].append(measure(["sh", "-c", copy], folder))
                for name, _, command, output in others:
                    rows[name].append(measure(command, folder / name))
                    made = sum(1 for _ in (folder / name / output).rglob("*.html"))
                    assert made >= count, f"{name} made {made} pages"
                    os.rename(folder / name / output, folder / f"{name}-{run}")
            (cold, _, _), (yardstick, _, _) = medians(rows["cold build"]), medians(rows["read notes, copy site"])
            print(f"{count} notes")
            for name, measured in rows.items():
                show(f"  {name}", measured, yardstick, cold)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    counts = [int(argument) for argument in arguments if argument.isdigit()]
    main(counts or [1000, 10000], "--rivals" in arguments)
