"""Pictures of a video with what was found in it."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from mini_vimogen.files import written_whole
from mini_vimogen.render.palette import SIDES
from mini_vimogen.render.theme import Picture, figure, themed

COCO_BONES = (
    (5, 7),
    (7, 9),
    (6, 8),
    (8, 10),
    (5, 6),
    (5, 11),
    (6, 12),
    (11, 12),
    (11, 13),
    (13, 15),
    (12, 14),
    (14, 16),
)
"""Pairs of COCO-17 keypoints that a picture joins with a line."""


@themed
def track_strip(
    pictures: Sequence[np.ndarray],
    keypoints: Sequence[Tensor],
    *,
    times: Sequence[float],
    title: str | None = None,
    min_confidence: float = 0.3,
) -> Picture:
    """Video frames with the keypoints found in them.

    Args:
        pictures: uint8 [height, width, 3] each.
        keypoints: [17, 3] each, x, y in pixels of the picture, confidence.
        times: seconds, under each picture.
        title: above all.
        min_confidence: keypoints below this are left out.

    Raises:
        ValueError: numbers of pictures, keypoints and times that differ.
    """
    if not len(pictures) == len(keypoints) == len(times) > 0:
        raise ValueError(
            "pictures, keypoints and times must be as many, and at least one, "
            f"got {len(pictures)}, {len(keypoints)} and {len(times)}"
        )
    picture, axes = figure(height=2.6, columns=len(pictures), squeeze=False)
    for panel, image, points, time in zip(
        axes[0], pictures, keypoints, times, strict=True
    ):
        panel.imshow(image)
        _draw_keypoints(panel, points, min_confidence)
        panel.set(xlim=(0, image.shape[1]), ylim=(image.shape[0], 0))
        panel.set_axis_off()
        panel.text(
            0.5, -0.05, f"{time:.2f} s", ha="center", transform=panel.transAxes
        )
    picture.suptitle(title, x=0.01, ha="left", fontsize=10)
    picture.description = (
        f"{len(pictures)} video frames with the 2D joints found in them, the "
        "body's left in blue and its right in orange."
    )
    return picture


def _draw_keypoints(panel, points: Tensor, min_confidence: float) -> None:
    seen = points[:, 2] >= min_confidence
    for start, end in COCO_BONES:
        if seen[start] and seen[end]:
            sides = {start % 2, end % 2}
            side = "left" if sides == {1} else "right"
            side = side if len(sides) == 1 else "centre"
            pair = points[[start, end]]
            panel.plot(pair[:, 0], pair[:, 1], color="white", linewidth=3.2)
            panel.plot(pair[:, 0], pair[:, 1], color=SIDES[side], linewidth=1.8)
    panel.plot(points[seen, 0], points[seen, 1], ".", color="white", ms=3)


def save_stacked(pictures: Sequence[Picture], path) -> Path:
    """Save pictures under each other as one PNG of few colours."""
    images = []
    for picture in pictures:
        buffer = BytesIO()
        picture.savefig(buffer, format="png")
        images.append(Image.open(buffer).convert("RGB"))
    size = max(i.width for i in images), sum(i.height for i in images)
    page, top = Image.new("RGB", size, "white"), 0
    for image in images:
        page.paste(image, (0, top))
        top += image.height
    with written_whole(path) as partial:
        page.quantize(128).save(partial, format="PNG", optimize=True)
    return Path(path)
