"""What the study of the harvest films, harvests and lifts.

Videos to harvest and videos to test on show the same actions, and share no
motion, person or camera. The harvest itself is ``tasks.harvest``: tracks in a
folder, gates as they come.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import COCO17
from mini_vimogen.data import library
from mini_vimogen.data.casual_video import film_clip
from mini_vimogen.data.choreographer import choreograph
from mini_vimogen.data.curation import Candidate, Curation
from mini_vimogen.data.quality_gates import outline
from mini_vimogen.formats import keypoint_file
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.studies.table1_figures import Figures, clip_figures
from mini_vimogen.studies.table1_motions import Video, film
from mini_vimogen.tasks.harvest import harvest
from mini_vimogen.tasks.harvest_lifting import KEPT, REJECTED
from mini_vimogen.tasks.lift import Sampling

HARVESTED_SEED = 30_000
"""Plus the row's seed: motions and cameras of the videos to harvest."""
TEST_SEED = 31_000
"""Plus the row's seed: the motions of the tests. The study was tried out on
others, from 41,000 on."""
REFERENCE_SEED = 29_999
"""Of the true motions that all distributions are compared with."""
FIRST_NUMBER = 300_000
"""Of the test videos, so that their noise is no other study's."""

LEGS = tuple(
    at
    for at, name in enumerate(COCO17)
    if name.endswith("knee") or name.endswith("ankle")
)


@dataclass(frozen=True, eq=False)
class Source:
    """A video to harvest, and the motion that it shows.

    Args:
        file: its name in the harvested folder.
        action: what is done.
        truth: which nobody but the ceiling is shown.
        track: what the casual camera saw.
    """

    file: str
    action: str
    truth: Clip
    track: KeypointTrack


@dataclass(frozen=True, eq=False)
class Sample:
    """One lifted motion of a source; ``candidate`` is what the gates ask."""

    source: Source
    number: int
    clip: Clip
    candidate: Candidate


@dataclass(frozen=True, eq=False)
class Gathered:
    """A harvest: everything that was lifted, and what the gates said."""

    samples: tuple[Sample, ...]
    curation: Curation

    @property
    def kept(self) -> list[Sample]:
        """What passed the gates."""
        names = set(self.curation.kept)
        return [one for one in self.samples if one.candidate.name in names]


def video_only_actions() -> tuple[str, ...]:
    """Actions that are met through videos and never as mocap."""
    return tuple(library.splits()["choreographed"]["video_only"])


def acted(
    actions: Sequence[str], count: int, *, seed: int
) -> Iterator[tuple[str, Clip]]:
    """So many clips of each action, an action after another in turn."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(count):
        for action in actions:
            yield action, choreograph(action, generator=generator)


@functools.lru_cache(maxsize=2)
def sources(
    actions: tuple[str, ...], count: int, *, seed: int
) -> tuple[Source, ...]:
    """Casual videos to harvest, ``count`` an action."""
    cameras = torch.Generator().manual_seed(HARVESTED_SEED + seed)
    made = acted(actions, count, seed=HARVESTED_SEED + seed)
    return tuple(
        Source(
            f"{action}_{number // len(actions):03d}.npz",
            action,
            clip,
            film_clip(clip, generator=cameras).track(),
        )
        for number, (action, clip) in enumerate(made)
    )


@functools.lru_cache(maxsize=2)
def fresh_clips(count: int, *, seed: int) -> tuple[tuple[str, Clip], ...]:
    """Motions of the video-only actions that are not harvested, with the
    action's name."""
    return tuple(acted(video_only_actions(), count, seed=seed))


@functools.lru_cache(maxsize=1)
def fresh_videos(count: int, *, seed: int) -> tuple[Video, ...]:
    """Videos of ``fresh_clips`` for the tests, one cut each."""
    made = fresh_clips(count, seed=TEST_SEED + seed)
    return tuple(
        film(clip, group=action, number=FIRST_NUMBER + number, seed=seed)
        for number, (action, clip) in enumerate(made)
    )


def with_legs_hidden(video: Video) -> Video:
    """The same video, as if filmed across a table: no knee, no ankle."""
    keypoints = video.track.keypoints.clone()
    keypoints[:, LEGS] = 0.0
    return replace(video, track=replace(video.track, keypoints=keypoints))


@functools.lru_cache(maxsize=2)
def gathered(
    videos: tuple[Source, ...],
    *,
    lifter: Path,
    seed: int,
    samples: int = 1,
    sampling: Sampling | None = None,
) -> Gathered:
    """What ``tasks.harvest`` makes of videos in a folder.

    Args:
        videos: from ``sources``.
        lifter: file of the model that lifts.
        seed: of the noise.
        samples: motions a video.
        sampling: None is the default.
    """
    with TemporaryDirectory() as folder:
        tracks, out = Path(folder) / "tracks", Path(folder) / "set"
        tracks.mkdir()
        for video in videos:
            keypoint_file.write(video.track, tracks / video.file)
        found = harvest(
            tracks,
            out,
            samples=samples,
            model=lifter,
            sampling=sampling,
            seed=seed,
            progress=False,
        )
        by_file = {video.file: video for video in videos}
        lifted = []
        for record in found.sources:
            for piece in record.pieces:
                for number, (name, figures) in enumerate(piece.samples.items()):
                    kept = name in found.curation.kept
                    path = out / (KEPT if kept else REJECTED) / name
                    clip = Clip.load(path)
                    asked = Candidate(
                        name, piece.figures, figures, outline(clip)
                    )
                    source = by_file[record.file]
                    lifted.append(Sample(source, number, clip, asked))
    return Gathered(tuple(lifted), found.curation)


def fidelity(sample: Sample) -> Figures:
    """How near a lifted motion is to the one that was filmed."""
    truth = sample.source.truth
    return clip_figures(sample.clip.joints(), truth.joints(), fps=truth.fps)
