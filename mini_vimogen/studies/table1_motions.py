"""What Table 1 is measured on: motions nobody trained on, and their videos.

All arms of a seed lift the same tracks. Every video has its own generator, so
that conditions differ in what they name and in nothing else.
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.data import library
from mini_vimogen.data.casual_video import VideoSettings, film_clip
from mini_vimogen.data.choreographer import choreograph
from mini_vimogen.data.real_video import laboratory_video
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.tasks.demo import truth_at
from mini_vimogen.tasks.train import seen_actions

CHOREOGRAPHED_SEED = 20_000
"""Plus the row's seed: its test choreography. Trainings draw from ``Mix.seed``,
far below."""
REFERENCE_SEED = 19_999
"""Of the choreography that all distributions are compared with."""
MOST_CUTS = 4
SPAN_SECONDS = (0.3, 1.0)
"""How long a joint is hidden at a time."""

WALKING = ("cmu_016", "cmu_056")
"""Families of the test split that walk and turn."""

CALIBRATED = "calibrated video"
CHOREOGRAPHED = "choreographed"


@dataclass(frozen=True)
class Extent:
    """How much is measured.

    Args:
        cameras: videos a clip, by family; ``other_cameras`` elsewhere.
        takes: clips a family at most; None is all.
        clips: choreographed clips an action.
        sampled: of these, how many are lifted several times.
        samples: motions drawn for one video.
        cuts: numbers of cuts beside the usual one.
        hidden: shares of joints hidden beside none.
        evaluations: of the network in one sample.
    """

    cameras: dict[str, int] = field(
        default_factory=lambda: {"cmu_016": 2, "cmu_056": 4}
    )
    other_cameras: int = 10
    takes: int | None = None
    clips: int = 42
    sampled: int = 5
    samples: int = 10
    cuts: tuple[int, ...] = (0, 2, 4)
    hidden: tuple[float, ...] = (0.2, 0.4)
    evaluations: tuple[int, ...] = (1, 2, 3, 5, 10, 20, 50)


@dataclass(frozen=True, eq=False)
class Video:
    """A track and the joints [frames, joints, 3] that it should become.

    Args:
        group: what it is averaged with: a family, or a whole test set.
        fps: frames per second of both.
        number: in its row; names the noise that lifts it.
    """

    group: str
    truth: Tensor
    fps: float
    track: KeypointTrack
    number: int


def is_walking(family: str) -> bool:
    """Whether a real family walks; the others are called acrobatic."""
    return family in WALKING


def film(
    clip: Clip, *, group: str, number: int, seed: int, cuts: int = 1
) -> Video:
    """A clip through a casual camera of its own with so many cuts.

    The same number and seed give the same person, detector and first shot for
    any number of cuts. A short clip gets as many cuts as fit.
    """
    shares = tuple(float(n == cuts) for n in range(MOST_CUTS + 1))
    video = film_clip(
        clip,
        generator=generator_of(seed, number),
        settings=VideoSettings(cuts=shares),
    )
    return Video(group, clip.joints(), clip.fps, video.track(), number)


def generator_of(seed: int, number: int) -> torch.Generator:
    """The generator of one video in one row."""
    return torch.Generator().manual_seed(1_000_000 * (seed + 1) + number)


@functools.lru_cache(maxsize=1)
def real_takes(takes: int | None) -> tuple[tuple[str, Clip], ...]:
    """Held-out real clips with their families, at most so many a family."""
    chosen: dict[str, list[Clip]] = {}
    for clip in library.real_motion("test"):
        chosen.setdefault(library.family(clip), []).append(clip)
    return tuple(
        (family, clip)
        for family, clips in chosen.items()
        for clip in clips[:takes]
    )


def real_videos(seed: int, extent: Extent, *, cuts: int = 1) -> list[Video]:
    """Held-out real clips, each through several cameras."""
    filmed = [
        (family, clip)
        for family, clip in real_takes(extent.takes)
        for _ in range(extent.cameras.get(family, extent.other_cameras))
    ]
    return [
        film(clip, group=family, number=number, seed=seed, cuts=cuts)
        for number, (family, clip) in enumerate(filmed)
    ]


def choreographed_clips(seed: int, clips: int) -> list[Clip]:
    """Clips of the actions that lifters train on, an action after another in
    turn: every stretch of twelve has each once."""
    generator = torch.Generator().manual_seed(seed)
    return [
        choreograph(action, generator=generator)
        for _ in range(clips)
        for action in seen_actions()
    ]


@functools.lru_cache(maxsize=1)
def choreographed_videos(seed: int, clips: int) -> tuple[Video, ...]:
    """Held-out choreography, one camera with one cut each."""
    made = choreographed_clips(CHOREOGRAPHED_SEED + seed, clips)
    return tuple(
        film(clip, group=CHOREOGRAPHED, number=100_000 + number, seed=seed)
        for number, clip in enumerate(made)
    )


def calibrated_videos(fps: float) -> list[Video]:
    """The four views of one man, and 13 points of the truth."""
    video = laboratory_video()
    truth = truth_at(video, fps)
    return [
        Video(CALIBRATED, truth, fps, track, 200_000 + number)
        for number, track in enumerate(video.tracks)
    ]


def with_hidden(videos: Iterable[Video], share: float, seed: int):
    """The same videos, of which a share of the joints is not seen."""
    return [
        replace(
            video,
            track=hide_joints(
                video.track,
                share,
                generator=generator_of(seed, 500_000 + video.number),
            ),
        )
        for video in videos
    ]


def hide_joints(
    track: KeypointTrack, share: float, *, generator: torch.Generator
) -> KeypointTrack:
    """Take joints out of a track, one joint for a span of time after another.

    What the detector missed stays missed, and may be hit as well.

    Args:
        share: of all joints in all frames, 0 to less than 1; it is met to the
            frame.
        generator: of the joints and the spans.

    Raises:
        ValueError: another share.
    """
    if not 0 <= share < 1:
        raise ValueError(f"share must be within 0..1, got {share}")
    frames, joints = track.keypoints.shape[:2]
    hidden = torch.zeros(frames, joints, dtype=torch.bool)
    left = round(share * frames * joints)
    low, high = (seconds * track.fps for seconds in SPAN_SECONDS)
    while left > 0:
        joint = torch.randint(joints, (), generator=generator)
        length = low + (high - low) * float(torch.rand((), generator=generator))
        length = min(max(1, round(length)), frames)
        # A span may begin before the video does, or end after it.
        start = torch.randint(1 - length, frames, (), generator=generator)
        at = torch.arange(max(0, int(start)), min(frames, int(start) + length))
        fresh = at[~hidden[at, joint]][:left]
        hidden[fresh, joint] = True
        left -= len(fresh)
    keypoints = track.keypoints.masked_fill(hidden[..., None], 0.0)
    return replace(track, keypoints=keypoints)
