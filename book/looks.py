"""``make looks``: every picture of the course on sheets, to be looked at.

For each executed lesson, one sheet with all its figures and their
descriptions; for each page of the built book, a screenshot at two widths
(where Chromium is present). Everything goes into ``build/looks/``.
"""

import base64
import shutil
import sys
import textwrap
from io import BytesIO
from pathlib import Path

import nbformat
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[1]
EXECUTED = ROOT / "book" / "notebooks"
PAGES = ROOT / "build" / "book" / "_build" / "html"
LOOKS = ROOT / "build" / "looks"
WIDTHS = {"desktop": 1280, "phone": 390}
SKIPPED = ("genindex", "search")
MARGIN, LINE, LETTER = 16, 18, 7  # pixels
PAPER, INK = "white", "black"


def figures(notebook: Path) -> list[tuple[str, Image.Image]]:
    """(caption, picture) of every PNG among a notebook's outputs."""
    found = []
    cells = nbformat.read(notebook, as_version=4).cells
    for number, cell in enumerate(cells):
        for output in cell.get("outputs", ()):
            encoded = output.get("data", {}).get("image/png")
            if encoded:
                said = output.metadata.get("image/png", {}).get("alt", "")
                picture = Image.open(BytesIO(base64.b64decode(encoded)))
                found.append((f"cell {number}: {said}", picture.convert("RGB")))
    return found


def sheet(pictures: list[tuple[str, Image.Image]]) -> Image.Image:
    """All pictures under each other, each below its whole caption."""
    widest = max(picture.width for _, picture in pictures)
    captions = [textwrap.wrap(words, widest // LETTER) for words, _ in pictures]
    heights = [
        len(lines) * LINE + picture.height + 2 * MARGIN
        for lines, (_, picture) in zip(captions, pictures, strict=True)
    ]
    page = Image.new("RGB", (widest + 2 * MARGIN, sum(heights)), PAPER)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(size=13)
    top = MARGIN
    for lines, (_, picture) in zip(captions, pictures, strict=True):
        for line in lines:
            draw.text((MARGIN, top), line, fill=INK, font=font)
            top += LINE
        page.paste(picture, (MARGIN, top))
        top += picture.height + 2 * MARGIN
    return page


def screenshots(pages: list[Path], browser: str) -> None:
    """Each page from top to bottom at each width, without a network."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser,
            args=["--no-sandbox", "--disable-background-networking"],
        )
        for name, width in WIDTHS.items():
            tab = chromium.new_page(viewport={"width": width, "height": 900})
            for page in pages:
                tab.goto(page.as_uri())
                _whole_page(tab).save(LOOKS / f"{page.stem}_{name}.png")
                print(f"{page.stem} at {width} pixels")
            tab.close()
        chromium.close()


def _whole_page(tab) -> Image.Image:
    """The page from top to bottom, its players too.

    A browser does not paint a frame that is off screen, so each player is
    brought to the middle, taken alone and put where it stands on the page.
    """
    players = []
    for player in tab.locator("iframe").all():
        player.evaluate("frame => frame.scrollIntoView({block: 'center'})")
        player.content_frame.locator("#stage").wait_for()
        tab.wait_for_timeout(300)
        taken = Image.open(BytesIO(player.screenshot()))
        players.append((player, taken))
    tab.evaluate("window.scrollTo(0, 0)")
    tab.wait_for_timeout(300)
    page = Image.open(BytesIO(tab.screenshot(full_page=True)))
    for player, taken in players:
        box = player.bounding_box()
        page.paste(taken, (round(box["x"]), round(box["y"])))
    return page


def main() -> int:
    """Make all sheets; say what was made."""
    LOOKS.mkdir(parents=True, exist_ok=True)
    notebooks = sorted(EXECUTED.glob("[0-9][0-9]_*.ipynb"))
    if not notebooks:
        print("no lesson was executed: run make notebooks", file=sys.stderr)
        return 2
    for notebook in notebooks:
        pictures = figures(notebook)
        if pictures:
            sheet(pictures).save(LOOKS / f"{notebook.stem}_figures.png")
            print(f"{notebook.stem}: {len(pictures)} figures")
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        print("no Chromium on the PATH: pages are left out")
        return 0
    lessons = [PAGES / "notebooks" / f"{n.stem}.html" for n in notebooks]
    pages = [p for p in sorted(PAGES.glob("*.html")) if p.stem not in SKIPPED]
    screenshots([*pages, *lessons], browser)
    print(f"look at {LOOKS.relative_to(ROOT)}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
