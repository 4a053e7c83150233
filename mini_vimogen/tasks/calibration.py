"""The simulated detector beside the real one, on the shipped real videos.

Its constants were fitted on ``FITTED`` parts of the real videos; the others
were held out. Both are reported.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch

from mini_vimogen.data.casual_camera import STEADY
from mini_vimogen.data.casual_video import VideoSettings, film_clip
from mini_vimogen.data.library import real_motion
from mini_vimogen.data.real_video import laboratory_video, street_track
from mini_vimogen.data.track_damage import (
    JOINT_GROUPS,
    LIMITS,
    TrackDamage,
    track_damage,
    wasserstein,
)
from mini_vimogen.formats.keypoint_file import KeypointTrack

FITTED = ("laboratory, view 1", "laboratory, view 2", "street, first half")
"""Parts of the real videos on which the detector's constants were fitted."""

HELD_OUT = ("laboratory, view 3", "laboratory, view 4", "street, second half")

FITTING_SEEDS = range(3)
"""Seeds of the simulated tracks looked at while fitting."""

FRESH_SEEDS = range(100, 105)
"""Seeds for the figure, the table and the tests."""

FARTHEST = 0.05
"""Allowed distance between the confidences simulated and fitted on."""

RATIO = (0.7, 1.4)
"""Allowed ratio of simulated to real jitter."""

BEYOND = 1.25
"""Spans may be this factor outside of what the real parts show."""

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


@dataclass(frozen=True, eq=False)
class Calibration:
    """Damage of the real parts, fitted on and held out, and of the simulated
    tracks."""

    fitted: TrackDamage
    held_out: TrackDamage
    simulated: TrackDamage


@dataclass(frozen=True)
class Row:
    """One figure, real beside simulated.

    Args:
        measure: what, with its unit.
        fitted, held_out, simulated: the figure of each.
        low, high: where the simulated one has to lie.
    """

    measure: str
    fitted: float
    held_out: float
    simulated: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        return self.low <= self.simulated <= self.high


def calibrate(seeds: Iterable[int] = FRESH_SEEDS) -> Calibration:
    """Measure the real parts and freshly simulated tracks."""
    parts = real_parts()
    return Calibration(
        fitted=track_damage([parts[name] for name in FITTED]),
        held_out=track_damage([parts[name] for name in HELD_OUT]),
        simulated=track_damage(
            [track for seed in seeds for track in simulated_tracks(seed)]
        ),
    )


def calibration_rows(found: Calibration) -> list[Row]:
    """Confidence, jitter and spans, each with what was allowed."""
    three = (found.fitted, found.held_out, found.simulated)
    fitted, held_out, simulated = (one.confidence for one in three)
    between = wasserstein(fitted, held_out)
    near = wasserstein(simulated, fitted)
    far = wasserstein(simulated, held_out)
    name = "confidence: distance to the parts"
    rows = [
        Row(f"{name} fitted on", 0.0, between, near, 0.0, FARTHEST),
        Row(f"{name} held out", between, 0.0, far, 0.0, between),
    ]
    for group in JOINT_GROUPS:
        real, other, ours = (float(d.jitter[group].median()) for d in three)
        low, high = (real * factor for factor in RATIO)
        rows.append(
            Row(f"jitter of {group} (px)", real, other, ours, low, high)
        )
    for limit in LIMITS:
        for name, figures in (
            (
                "per joint and minute",
                [d.spans_per_joint_minute(limit) for d in three],
            ),
            ("mean length (s)", [float(d.spans[limit].mean()) for d in three]),
        ):
            low, high = sorted(figures[:2])
            rows.append(
                Row(
                    f"spans below {limit:g}: {name}",
                    *figures,
                    low / BEYOND,
                    high * BEYOND,
                )
            )
    return rows
