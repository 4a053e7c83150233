"""The shipped real videos are what their record says."""

from itertools import permutations

import numpy as np
import pytest
import torch

from mini_vimogen.conditions.cuts import detect_cuts
from mini_vimogen.conditions.keypoints import condition_features
from mini_vimogen.conventions import COCO17
from mini_vimogen.data.library import data_path
from mini_vimogen.data.occlusion import MIRRORED, joints_named
from mini_vimogen.data.real_video import laboratory_video, street_track
from mini_vimogen.geometry.camera import in_view
from mini_vimogen.geometry.triangulation import reprojection_error, triangulate


@pytest.fixture(scope="module")
def laboratory():
    return laboratory_video()


def tracks(video):
    """Keypoints of all views [4, 100, 17, 3], float64."""
    return torch.stack([track.keypoints for track in video.tracks]).double()


def turned_back(video):
    """The keypoints with the recorded swaps undone."""
    keypoints = tracks(video)
    mirrored = keypoints[:, :, list(MIRRORED)]
    groups = ("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle")
    groups = (*groups, ("nose", "eye", "ear"))
    for index, names in enumerate(groups):
        joints = list(joints_named(*names))
        wrong = video.swapped[:, :, index, None, None]
        keypoints[:, :, joints] = torch.where(
            wrong, mirrored[:, :, joints], keypoints[:, :, joints]
        )
    return keypoints


def test_four_views_of_a_hundred_frames(laboratory):
    assert tracks(laboratory).shape == (4, 100, 17, 3)
    assert [t.fps for t in laboratory.tracks] == [60.0] * 4
    sizes = [(t.width, t.height) for t in laboratory.tracks]
    assert sizes == [(1080, 1920)] * 2 + [(1088, 1920)] * 2
    assert laboratory.points.shape == (100, 17, 3)


def test_the_truth_projects_onto_the_keypoints(laboratory):
    error = reprojection_error(
        laboratory.points.double(),
        turned_back(laboratory)[..., :2],
        laboratory.cameras,
    )
    # About 1.4 % of the man's height in the picture.
    assert error.median() < 13 and error.flatten().quantile(0.9) < 40
    points = laboratory.points.double().flatten(0, 1)
    assert in_view(points, laboratory.cameras).float().mean() > 0.99


def test_one_view_did_take_left_for_right(laboratory):
    by_view = laboratory.swapped.any(dim=-1).sum(dim=1).tolist()
    assert by_view[1] > 25 and by_view[0] == by_view[2] == 0
    # With the recorded swaps undone, the other three views agree better.
    wrong = laboratory.swapped[1, :, 0]
    arms = list(joints_named("elbow", "wrist"))
    errors = [
        reprojection_error(
            laboratory.points.double(), k[..., :2], laboratory.cameras
        )[1, wrong][:, arms].median()
        for k in (tracks(laboratory), turned_back(laboratory))
    ]
    assert errors[0] > 5 * errors[1]


def test_triangulation_of_the_shipped_tracks_gives_the_shipped_points(
    laboratory,
):
    keypoints = turned_back(laboratory)
    points, _ = triangulate(
        keypoints[..., :2], keypoints[..., 2], laboratory.cameras
    )
    assert torch.allclose(points.float(), laboratory.triangulated, atol=1e-3)
    moved = (points.float() - laboratory.points).norm(dim=-1)
    assert moved.median() < 0.02  # the fit stays near them


def test_a_person_of_constant_bones_stands_in_a_room_with_z_up(laboratory):
    points = dict(zip(COCO17, laboratory.points.unbind(dim=1), strict=True))
    for side in ("left", "right"):
        for above, below, low, high in (
            ("shoulder", "elbow", 0.22, 0.3),
            ("elbow", "wrist", 0.22, 0.3),
            ("hip", "knee", 0.34, 0.42),
            ("knee", "ankle", 0.33, 0.4),
        ):
            bone = points[f"{side}_{above}"] - points[f"{side}_{below}"]
            length = bone.norm(dim=-1)
            assert low < length.mean() < high
            assert length.std() < 0.004
    # The arms are often above the head, the head is always above the knees.
    assert (points["nose"][:, 2] > points["left_knee"][:, 2] + 0.3).all()
    lowest = laboratory.points[..., 2].amin(dim=1)
    assert 0.05 < lowest.min() and lowest.max() < 0.25  # ankles, on a belt
    step = laboratory.points.diff(dim=0).norm(dim=-1) * 60
    assert step.max() < 8  # metres per second


def test_the_pictures_are_small_and_show_the_person(laboratory):
    stored = np.load(data_path("real_video.npz"), allow_pickle=False)
    sizes = np.diff(stored["frame_jpeg_start"])
    assert len(sizes) == len(laboratory.frames) == 4 and sizes.max() < 40_000
    track = laboratory.tracks[laboratory.frame_view].keypoints
    for frame in laboratory.frames:
        height, width = frame.pixels.shape[:2]
        assert frame.pixels.dtype == np.uint8 and frame.pixels.std() > 30
        place = frame.place(track[frame.number, :, :2])
        assert (place > 0).all()
        assert (place < torch.tensor([width, height])).all()
        # The man wears black shorts: the hips' middle is dark.
        x, y = place[[11, 12]].mean(dim=0).round().int().tolist()
        assert frame.pixels[y, x].mean() < 60


def test_real_tracks_have_no_cuts_and_spliced_ones_have_theirs(laboratory):
    for track in laboratory.tracks:
        found = detect_cuts(track.keypoints, track.width, track.height)
        assert not found.any()
    views = tracks(laboratory).float()[:, ::2]  # 30 frames a second
    hits = false_alarms = total = 0
    for first, second in permutations(range(4), 2):
        for at in (15, 25, 35):
            spliced = torch.cat([views[first, :at], views[second, at:]])
            found = detect_cuts(spliced, 1080, 1920).nonzero()[:, 0].tolist()
            total += 1
            hits += at in found
            false_alarms += len(set(found) - {at})
    print(f"{hits} of {total} splices found, {false_alarms} false alarms")
    # Views 3 and 4 see nearly the same picture at some of the splices.
    assert hits >= 0.85 * total and false_alarms <= 1


def test_the_street_track_follows_one_man():
    track = street_track()
    assert (track.frames, track.fps) == (230, 30.0)
    assert (track.width, track.height) == (1768, 994)
    hips = track.keypoints[:, (11, 12), :2].mean(dim=1)
    step = hips.diff(dim=0).norm(dim=-1)
    assert step[:150].max() < 40  # the woman below is 500 pixels away
    assert (hips[:150, 1] < 350).all()  # he is on the roof until the leap
    assert hips[-1, 1] > 500  # and runs on the lawn in the end
    cuts = detect_cuts(track.keypoints, track.width, track.height)
    assert cuts[:220].sum() == 0


def test_real_tracks_give_finite_features_like_simulated_ones(laboratory):
    for track in (*laboratory.tracks, street_track()):
        features = condition_features(
            track.keypoints, track.width, track.height
        )
        assert torch.isfinite(features).all()
        assert features.abs().max() < 8
