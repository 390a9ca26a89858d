"""Count instructions: benches/instructions.py [--record]

Builds 1,000 generated notes under callgrind on one thread, cold and without changes, and compares the counts with those in
`instructions.json`: what costs more than 5 % more is named, and the exit code is 1. `--record` writes the new counts there. Counts do not
depend on how busy the machine is. Needs valgrind.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from run import binary, generate

RECORDED = Path(__file__).parent / "instructions.json"
NOTES = 1000
MOST = 1.05


def count(leverbook, folder, cache):
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    environment = {"PATH": "/usr/bin:/bin", "RAYON_NUM_THREADS": "1", "XDG_CACHE_HOME": cache, "SOURCE_DATE_EPOCH": "1795000000"}
    run = subprocess.run([*tool, leverbook, "build", "-q"], cwd=folder, env=environment, capture_output=True, text=True)
    if run.returncode not in (0, 1):
        sys.exit(run.stderr)
    return int(re.search(r"Collected : (\d+)", run.stderr)[1])


def main(record):
    leverbook = binary()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
        generate(NOTES, folder)
        names = ["cold build", "build without changes"]
        counts = {name: count(leverbook, folder, cache) for name in names}
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    crept = False
    for name, now in counts.items():
        before = recorded.get(name, now)
        is_more = now > before * MOST
        crept |= is_more
        print(f"{name:24} {now / 1e6:10.1f} M instructions {now / before - 1:+8.1%}{'   MORE' if is_more else ''}")
    if record:
        RECORDED.write_text(json.dumps(counts, indent=2) + "\n")
    return 1 if crept and not record else 0


if __name__ == "__main__":
    sys.exit(main("--record" in sys.argv[1:]))
