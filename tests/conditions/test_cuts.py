"""Cuts are read off the track; measured on motions it was not tuned on."""

from dataclasses import replace

import pytest
import torch

from mini_vimogen.conditions.cuts import detect_cuts, jumps
from mini_vimogen.data.casual_video import PERFECT, VideoSettings, film
from mini_vimogen.data.library import real_motion
from mini_vimogen.data.occlusion import MIRRORED
from mini_vimogen.geometry.coco17 import coco17_points
from mini_vimogen.geometry.kinematics import global_rotmat
from tests.oracles import wandering_clip


def windows(splits, frames=60):
    """Two-second windows of real motion; shorter clips run there and back."""
    found = []
    for split in splits:
        for clip in real_motion(split):
            head = global_rotmat(clip.local_rotmat, clip.skeleton)[:, 15]
            points = coco17_points(clip.joints(), head).float()
            while len(points) < frames:
                points = torch.cat([points, points.flip(0)])
            found += list(points.split(frames)[: len(points) // frames])
    return torch.stack(found)


def score(video, found):
    """Precision and recall of the cut frames, hit exactly."""
    hits = (found & video.cuts).sum()
    return (hits / found.sum()).item(), (hits / video.cuts.sum()).item()


@pytest.mark.parametrize("seed", [101, 102])
def test_precision_and_recall_on_held_out_motion(seed):
    # Tuned on training clips with seed 0; these are the other splits.
    points = windows(("validation", "test")).repeat(4, 1, 1, 1)
    draw = torch.Generator().manual_seed(seed)
    video = film(points, fps=30, generator=draw)
    assert video.cuts.sum() > 150
    found = detect_cuts(video.keypoints, video.width, video.height)
    precision, recall = score(video, found)
    print(f"seed {seed}: precision {precision:.3f}, recall {recall:.3f}")
    assert precision > 0.95 and recall > 0.95


def test_a_clean_clip_has_no_cut():
    head = global_rotmat(
        wandering_clip().local_rotmat, wandering_clip().skeleton
    )[:, 15]
    points = coco17_points(wandering_clip().joints(), head)
    video = film(
        points,
        fps=30,
        generator=torch.Generator().manual_seed(0),
        settings=PERFECT,
    )
    assert not detect_cuts(video.keypoints, 1920, 1080).any()


def filmed(settings, batch=30, seed=0):
    points = windows(("validation",))[:1].expand(batch, -1, -1, -1)
    draw = torch.Generator().manual_seed(seed)
    return film(points, fps=30, generator=draw, settings=settings)


def test_swaps_are_not_cuts():
    swaps = replace(PERFECT.detector, swaps=2.0, noise_px=(3.0, 3.0))
    video = filmed(replace(PERFECT, detector=swaps))
    found = detect_cuts(video.keypoints, video.width, video.height)
    # Whole bodies are turned back; arms or legs alone are six joints of 17.
    assert found.float().mean() < 0.001


def test_frames_that_change_their_mind_are_not_cuts():
    video = filmed(PERFECT, batch=5)
    keypoints = video.keypoints.clone()
    for frame in (20, 22, 23, 40):
        keypoints[:, frame] = keypoints[:, frame, MIRRORED]
    assert not detect_cuts(keypoints, video.width, video.height).any()


def test_a_cut_in_a_gap_is_found_where_the_person_is_seen_again():
    settings = replace(PERFECT, cuts=(0.0, 1.0))
    video = filmed(settings)
    at = video.cuts.float().argmax(dim=1)
    keypoints = video.keypoints.clone()
    for row, cut in enumerate(at.tolist()):
        keypoints[row, cut : cut + 3] = 0.0
    found = detect_cuts(keypoints, video.width, video.height)
    hit = found[torch.arange(len(at)), at + 3]
    assert hit.float().mean() > 0.6


def test_a_person_who_walks_on_unseen_is_not_cut():
    video = filmed(PERFECT, batch=1)
    still = video.true_pixels[:, :1].expand(-1, 60, -1, -1)
    # A tenth of the body's height a frame, all joints lost for 8 frames.
    step = 0.1 * (still[0, 0, :, 1].max() - still[0, 0, :, 1].min())
    walked = (
        still + torch.stack([step, 0 * step]) * torch.arange(60)[:, None, None]
    )
    keypoints = torch.cat([walked, torch.ones(1, 60, 17, 1)], dim=-1)
    keypoints[:, 30:38] = 0.0
    assert not detect_cuts(keypoints, 1920, 1080).any()


def test_resolution_does_not_matter_and_batches_are_their_parts():
    video = filmed(VideoSettings(), batch=6)
    size = (video.width, video.height)
    found = detect_cuts(video.keypoints, *size)
    larger = video.keypoints * torch.tensor([3.0, 3.0, 1.0])
    again = detect_cuts(larger, 3 * size[0], 3 * size[1])
    assert torch.equal(found, again)
    for row in range(6):
        alone = detect_cuts(
            video.keypoints[row], video.width[row], video.height[row]
        )
        assert torch.equal(found[row], alone)


def test_short_and_empty_tracks():
    assert detect_cuts(torch.zeros(1, 17, 3), 640, 480).tolist() == [False]
    assert not detect_cuts(torch.zeros(9, 17, 3), 640, 480).any()
    lonely = torch.zeros(9, 17, 3)
    lonely[:, :2] = torch.rand(9, 2, 3) * 500  # two joints cannot tell
    lonely[..., 2] = lonely[..., 2].clamp(max=1)
    assert not jumps(lonely, 640, 480).any()
