"""Measure cold builds: benches/run.py [COUNT ...]      (default 1000 10000)

Builds the release binary, generates a vault of each size, and runs in turn, five times: a cold `leverbook build`, a build without
changes, and, as the yardstick beside them, reading the notes and copying the finished site with `cp`. Prints the median of CPU seconds,
wall seconds and peak memory of each whole process, and the ratios of CPU seconds to the yardstick.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUNS = 5


def measure(command, cwd):
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(error.decode())
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024


def show(name, rows, yardstick):
    cpu, wall, peak = (statistics.median(column) for column in zip(*rows))
    print(f"{name:28} {cpu:7.2f} CPU s  {wall:7.2f} s  {peak:7.0f} MiB  {cpu / yardstick:5.1f} x", flush=True)


def main(counts):
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    binary = str((target / "release" / "leverbook").resolve())
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, ROOT / "benches" / "generate.py", str(count), folder], check=True)
            cold, again, copies = [], [], []
            for _ in range(RUNS):
                shutil.rmtree(Path(folder) / "site", ignore_errors=True)
                shutil.rmtree(Path(folder) / "copy", ignore_errors=True)
                cold.append(measure([binary, "build", "-q"], folder))
                again.append(measure([binary, "build", "-q"], folder))
                copies.append(measure(["sh", "-c", "cat $(find content -name '*.md') >/dev/null; cp -r site copy"], folder))
            yardstick = statistics.median(row[0] for row in copies)
            print(f"{count} notes")
            show("  cold build", cold, yardstick)
            show("  build without changes", again, yardstick)
            show("  read notes, copy site", copies, yardstick)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [1000, 10000])
