"""Everything that can be drawn becomes a track, or one sentence."""

import numpy as np
import pytest
import torch

from mini_vimogen.geometry.rotations import rotation_about
from mini_vimogen.geometry.skeleton import SMPL22, SMPL24, Skeleton
from mini_vimogen.render.tracks import as_tracks, sides
from tests.oracles import standing_clip, wandering_clip


def test_clips_and_joint_tensors_give_the_same_track():
    clip = wandering_clip(20)
    tracks = as_tracks([clip, clip.joints()], labels=["a", "b"], fps=30)
    assert [track.label for track in tracks] == ["a", "b"]
    np.testing.assert_allclose(tracks[0].joints, tracks[1].joints, atol=1e-6)
    assert tracks[0].fps == tracks[1].fps == 30
    assert tracks[1].skeleton is SMPL24
    assert tracks[0].time(15) == "0.50 s"


def test_joints_without_a_rate_are_captioned_by_frame():
    (track,) = as_tracks(standing_clip().joints()[:, :22])
    assert track.skeleton is SMPL22 and track.time(3) == "frame 3"


@pytest.mark.parametrize("yaw", [-2.0, 0.0, 0.4, 1.6])
def test_facing_direction_from_hips_agrees_with_the_root(yaw):
    clip = standing_clip().moved(yaw=yaw)
    from_clip, from_joints = as_tracks([clip, clip.joints()])
    assert from_clip.yaw == pytest.approx(yaw, abs=1e-5)
    # The hips of the rest pose are off square by two degrees.
    assert from_joints.yaw == pytest.approx(yaw, abs=0.05)


def test_sides_follow_the_mirror_pairs():
    for joint, side in enumerate(sides(SMPL24)):
        name = SMPL24.names[joint]
        assert side == (name.split("_")[0] if "_" in name else "centre")


def test_a_foreign_skeleton_is_drawn_too():
    stick = Skeleton("stick", ("root", "tip"), (-1, 0), torch.eye(2, 3))
    turn = rotation_about("z", torch.tensor(0.3))
    joints = torch.randn(5, 2, 3) @ turn.T
    (track,) = as_tracks(joints, skeleton=stick, fps=12)
    assert track.skeleton is stick and track.yaw.tolist() == [0.0] * 5


def bad_nan():
    joints = standing_clip(8).joints()
    joints[5, 3, 1] = float("nan")
    return joints


@pytest.mark.parametrize(
    "clips,options,said",
    [
        ([], {}, "clips must hold at least one clip, got none"),
        ("walk", {}, r"clips\[0\] must be a Clip or joints .* got str"),
        (torch.zeros(4, 3), {}, r"clips\[0\] must have shape .* got \[4, 3\]"),
        (torch.zeros(0, 24, 3), {}, r"at least one frame, got \[0, 24, 3\]"),
        (torch.zeros(4, 17, 3), {}, r"22 or 24 \(SMPL\) joints .* got 17"),
        (
            torch.zeros(4, 24, 3),
            {"skeleton": SMPL22},
            "must have 22 joints to go with its skeleton, got 24",
        ),
        (bad_nan(), {}, r"clips\[0\] must be finite, got NaN .* at frame 5"),
        (
            standing_clip(),
            {"labels": ["a", "b"]},
            "labels must name each of the 1 clips, got 2 labels",
        ),
        (standing_clip(), {"fps": 0}, "fps must be positive and finite, got 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(clips, options, said):
    with pytest.raises(ValueError, match=said):
        as_tracks(clips, **options)
