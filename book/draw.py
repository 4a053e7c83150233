"""Draw the pictures that no lesson draws: ``make book`` and ``make picture``.

``real_clips`` draws every shipped recording for the page real_motion.md into
book/_static/drawn (not committed). ``first_screen`` draws the README's picture
(committed).
"""

import sys
from pathlib import Path

from mini_vimogen.data import library
from mini_vimogen.render.figure import contact_sheet

STATIC = Path(__file__).parent / "_static"
SHEETS = {
    "walking": ("cmu_016", "deepmimic_walk"),
    "walking_069": ("cmu_069",),
    "longer": ("cmu_047", "cmu_056", "cmu_077"),
    "acrobatics": ("deepmimic_",),
}


def real_clips() -> None:
    """One contact sheet a group; a clip goes to the first group it fits."""
    folder = STATIC / "drawn"
    folder.mkdir(exist_ok=True)
    left = library.real_motion()
    for name, starts in SHEETS.items():
        chosen = [clip for clip in left if clip.source.startswith(starts)]
        left = [clip for clip in left if not clip.source.startswith(starts)]
        captions = [f"{clip.source}: {clip.caption}" for clip in chosen]
        sheet = contact_sheet(chosen, captions)
        sheet.savefig(folder / f"real_{name}.png")
        print(f"{name}: {len(chosen)} clips")
    if left:
        raise ValueError(f"no sheet for {[clip.source for clip in left]}")


if __name__ == "__main__":
    jobs = {"real_clips": real_clips}
    for job in sys.argv[1:] or jobs:
        jobs[job]()
