"""Draw the pictures that no lesson draws: ``make book`` and ``make picture``.

``real_clips`` draws every shipped recording for the page real_motion.md into
book/_static/drawn (not committed). ``first_screen`` draws the README's picture
(committed).
"""

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image

from mini_vimogen.data import library
from mini_vimogen.geometry.body import pose_body
from mini_vimogen.render.body_figure import body_strip
from mini_vimogen.render.figure import contact_sheet, film_strip

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


def first_screen() -> None:
    """A recorded kick: the joints, and the body around them."""
    clips = {clip.source: clip for clip in library.real_motion()}
    kick, human = clips["deepmimic_kick"], library.baked_body()
    frames = [0, 9, 15, 20, 26, 38]
    strips = [
        film_strip(kick, frames=frames),
        body_strip(
            pose_body(human, kick.local_rotmat, kick.root_position),
            human.faces,
            frames=frames,
            fps=kick.fps,
            vertex_joint=human.weights.argmax(dim=1),
        ),
    ]
    images = []
    for strip in strips:
        buffer = BytesIO()
        strip.savefig(buffer, format="png")
        images.append(Image.open(buffer).convert("RGB"))
    size = max(i.width for i in images), sum(i.height for i in images)
    page = Image.new("RGB", size, "white")
    for number, image in enumerate(images):
        page.paste(image, (0, sum(i.height for i in images[:number])))
    page.quantize(64).save(STATIC / "first_screen.png", optimize=True)


if __name__ == "__main__":
    jobs = {"real_clips": real_clips, "first_screen": first_screen}
    for job in sys.argv[1:] or jobs:
        jobs[job]()
