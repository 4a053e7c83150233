"""What is committed: no notebook files, no place of one machine, live links."""

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARY = {".npz", ".npy", ".png", ".jpg", ".safetensors", ".gz", ".tflite"}
# Written in halves, so that this file does not name them either.
PLACES = [
    re.compile(rf"(?<![\w.~/-])/{folder}/[\w.]")
    for folder in (
        "wo" + "rk",
        "tm" + "p",
        "op" + "t",
        "ro" + "ot",
        "ho" + "me",
    )
]
HOSTS = [
    re.compile(re.escape(name) + r"\b", flags=re.IGNORECASE)
    for name in (
        "pypi" + ".org",
        "pythonhosted" + ".org",
        "npmjs" + ".org",
        "npmjs" + ".com",
        "debian" + ".org",
        "ubuntu" + ".com",
        "anaconda" + ".org",
        "download.pytorch" + ".org",
    )
]
TOO_LARGE = 20 * 2**20


def tracked() -> list[Path]:
    """Files in git, and new ones that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip(f"not a git checkout: {listed.stderr.strip()}")
    names = filter(None, listed.stdout.split("\0"))
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
        for path in tracked()
        if path.suffix not in BINARY and path.name != "tex-svg.js"
    ]


def test_no_notebook_file_is_tracked():
    assert [p.name for p in tracked() if p.suffix == ".ipynb"] == []


def test_no_file_names_a_place_on_a_machine_or_a_registry():
    named = [
        f"{name}: {found[0]}"
        for name, text in texts()
        for pattern in PLACES + HOSTS
        if (found := pattern.search(text))
    ]
    assert named == []


def test_patterns_see_places_and_spare_words():
    place, host = "/wo" + "rk/main", "https://pypi" + ".org/simple"
    assert any(p.search(f"open({place!r})") for p in PLACES)
    assert any(p.search(host) for p in HOSTS)
    fine = "a/wo" + "rk/b, framework/x, I/O, ./tmp/x, homepage"
    assert not any(p.search(fine) for p in PLACES + HOSTS)


def test_no_file_is_very_large():
    large = [p.name for p in tracked() if p.stat().st_size > TOO_LARGE]
    assert large == []


def test_text_files_end_like_text_files():
    bad = [n for n, text in texts() if "\r" in text or text[-1:] not in "\n"]
    assert bad == []


def links(text: str) -> list[str]:
    """Targets of Markdown links and images, code left out."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return re.findall(r"\]\(<?([^)>\s]+)>?\)", prose) + re.findall(
        r"<img[^>]+src=\"([^\"]+)\"", prose
    )


def anchors(text: str) -> set[str]:
    """Anchors that a git host makes of Markdown headings."""
    titles = re.findall(r"^#+ +(.+)$", text, flags=re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", title.lower()) for title in titles]
    return {title.strip().replace(" ", "-") for title in plain}


def dead_links(document: Path) -> list[str]:
    text = document.read_text(encoding="utf-8")
    dead = []
    for link in links(text):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = unquote(link).partition("#")
        file = (document.parent / target) if target else document
        alternatives = [file, file.with_suffix(".md")]
        if document.is_relative_to(ROOT / "book"):  # pages of lessons
            alternatives.append(ROOT / "notebooks" / f"{file.stem}.py")
        found = next((f for f in alternatives if f.exists()), None)
        if found is None:
            dead.append(link)
        elif anchor and found.suffix == ".md":
            if anchor not in anchors(found.read_text(encoding="utf-8")):
                dead.append(link)
    return dead


def test_links_between_documents_resolve():
    documents = [p for p in tracked() if p.suffix == ".md"]
    assert ROOT / "README.md" in documents
    dead = {
        str(document.relative_to(ROOT)): links
        for document in documents
        if (links := dead_links(document))
    }
    assert dead == {}


def test_a_dead_link_is_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A title, here\n[a](page.md) [b](#a-title-here) [c](gone.md) "
        "[d](#gone) ![e](gone.png) [f](https://example.com) `[g](code.md)`\n"
    )
    assert dead_links(page) == ["gone.md", "#gone", "gone.png"]
