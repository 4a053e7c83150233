"""Tracks, their digests, their noise, and the pieces they are cut into."""

from dataclasses import replace

import pytest
import torch

from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.tasks import harvest_sources as sources
from mini_vimogen.tasks.harvest import spread


def track(frames=40, *, fps=30.0, cut=None):
    """A person who stands and sways; at a cut, another camera is nearer."""
    frame = torch.arange(frames)[:, None, None] / fps
    points = torch.randn(
        1, 17, 2, generator=torch.Generator().manual_seed(0)
    ) * 40 + torch.tensor([300.0, 200.0])
    points = points + 3 * frame
    if cut is not None:
        points[cut:] = points[cut:].flip(1) * 0.5 + 100
    confidence = torch.ones(frames, 17, 1)
    return KeypointTrack(torch.cat([points, confidence], -1), fps, 640.0, 480.0)


def test_noise_depends_on_seed_source_and_place():
    seed = sources.noise_seed(0, "a", 0)
    assert seed == sources.noise_seed(0, "a", 0)
    others = [(1, "a", 0), (0, "b", 0), (0, "a", 30)]
    assert len({seed, *(sources.noise_seed(*o) for o in others)}) == 4
    assert 0 <= seed < 2**48


@pytest.mark.parametrize(
    "change", [{"fps": 25.0}, {"width": 641.0}, {"height": 481.0}]
)
def test_a_digest_is_of_all_that_a_track_shows(change):
    one = track()
    assert sources.track_digest(one) == sources.track_digest(track())
    assert sources.track_digest(one) != sources.track_digest(
        replace(one, **change)
    )
    moved = one.keypoints.clone()
    moved[7, 3, 1] += 0.01
    assert sources.track_digest(one) != sources.track_digest(
        replace(one, keypoints=moved)
    )


@pytest.mark.parametrize(
    ("fps", "cut"), [(30.0, 20), (60.0, 40), (60.0, 41), (25.0, 20)]
)
def test_shots_hold_no_frame_of_their_neighbours(fps, cut):
    """At the lifter's rate all frames belong to a shot; at others those that
    were mixed across the cut may be left out, but none is on the wrong side."""
    whole = track(2 * cut, fps=fps, cut=cut)
    first, second = sources.pieces(whole, fps=30.0, split=True)
    assert (first.shot, second.shot) == (1, 2)
    assert first.start == 0 and second.stop == whole.frames
    assert first.stop <= cut <= second.start
    assert second.start - first.stop <= 2 * max(1.0, fps / 30)
    if fps == 30.0:
        assert first.stop == second.start == cut
    (joined,) = sources.pieces(whole, fps=30.0, split=False)
    assert (joined.start, joined.stop) == (0, whole.frames)
    assert joined.cuts == (second.start,)


def test_no_cut_is_one_shot():
    (only,) = sources.pieces(track(), fps=30.0, split=True)
    assert (only.shot, only.start, only.stop, only.cuts) == (1, 0, 40, ())


def test_motions_of_a_report_are_spread_over_the_set():
    names = [str(number) for number in range(10)]
    assert spread(names, 3) == ["0", "4", "9"]
    assert spread(names, 1) == ["0"]
    assert spread(names[:3], 3) == names[:3]
    assert spread(names[:4], 3) == ["0", "2", "3"]
