"""The simulated detector beside the real one, on the shipped real videos.

Its constants were fitted on ``FITTED`` parts of the real videos; the others
were held out. Both are reported.
"""

from dataclasses import replace

import torch

from mini_vimogen.data.casual_camera import STEADY
from mini_vimogen.data.casual_video import VideoSettings, film_clip
from mini_vimogen.data.library import real_motion
from mini_vimogen.data.real_video import laboratory_video, street_track
from mini_vimogen.formats.keypoint_file import KeypointTrack

FITTED = ("laboratory, view 1", "laboratory, view 2", "street, first half")
"""Parts of the real videos on which the detector's constants were fitted."""

HELD_OUT = ("laboratory, view 3", "laboratory, view 4", "street, second half")

FITTING_SEEDS = range(3)
"""Seeds of the simulated tracks looked at while fitting; tests take others."""

_SHORTEST_SECONDS = 1.5


def real_parts() -> dict[str, KeypointTrack]:
    """The real tracks by name: four views, and the street's two halves."""
    parts = {
        f"laboratory, view {number}": track
        for number, track in enumerate(laboratory_video().tracks, start=1)
    }
    street = street_track()
    half = street.frames // 2
    for name, rows in (
        ("street, first half", slice(None, half)),
        ("street, second half", slice(half, None)),
    ):
        parts[name] = replace(street, keypoints=street.keypoints[rows])
    return parts


def simulated_tracks(seed: int) -> list[KeypointTrack]:
    """All real recordings of 1.5 s and more, filmed once each.

    By a level camera on a tripod, as the real videos were, so that only the
    detector (and other people's proportions) damages them. A joint that is out
    of the picture counts as lost; with this camera few are.
    """
    settings = VideoSettings(camera=STEADY, cuts=(1.0,))
    generator = torch.Generator().manual_seed(seed)
    return [
        film_clip(clip, generator=generator, settings=settings).track()
        for clip in real_motion()
        if clip.duration >= _SHORTEST_SECONDS
    ]
