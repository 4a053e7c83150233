import pytest
import torch

from mini_vimogen.conventions import STANDING_ROOT
from mini_vimogen.geometry.rotations import geodesic_distance, rotation_about
from mini_vimogen.representation import vimo151
from mini_vimogen.representation.shots import (
    decode_camera_form,
    join_shots,
    yaw_between,
)
from tests.oracles import wandering_clip

CLIP = wandering_clip(60, seed=5).canonical()


def camera_form(clip, camera_yaw):
    return vimo151.encode_camera_form(
        clip.root_position,
        clip.local_rotmat,
        camera_yaw=camera_yaw,
        fps=clip.fps,
    )


def turned_to(clip, reference):
    """The clip turned and shifted so that its start is the reference's."""
    start, end = clip.local_rotmat[0, 0], reference.local_rotmat[0, 0]
    clip = clip.moved(yaw=float(yaw_between(start, end)))
    shift = reference.root_position[0] - clip.root_position[0]
    return clip.moved(by=(*shift[:2].tolist(), 0.0))


def test_one_steady_camera_gives_the_motion_back():
    features = camera_form(CLIP, torch.full((60,), 1.3))
    back = decode_camera_form(features, fps=CLIP.fps, caption="seen")
    apart = turned_to(back, CLIP).joints() - CLIP.joints()
    assert apart.abs().max() < 1e-4
    assert back.caption == "seen"


def test_the_camera_form_does_not_know_the_world():
    camera_yaw = torch.full((60,), 0.4)
    moved = CLIP.moved(yaw=2.0, by=(3.0, 4.0, 0.0))
    here = camera_form(CLIP, camera_yaw)
    there = camera_form(moved, camera_yaw + 2.0)
    assert torch.allclose(here, there, atol=1e-5)


def test_a_person_who_faces_the_camera_has_half_a_turn_to_it():
    facing = camera_form(CLIP, torch.full((60,), torch.pi))
    away = camera_form(CLIP, torch.zeros(60))
    root = vimo151.CAMERA_LAYOUT.slice("rot6d").start
    # The left-right and forward axes of the root are turned round, up is not.
    first = slice(root, root + 3)
    assert torch.allclose(facing[0, first], -away[0, first], atol=1e-5)


@pytest.mark.parametrize("cuts", [[20], [15, 30, 45]])
def test_shots_are_joined_where_the_body_goes_on(cuts):
    yaw = torch.zeros(60)
    for number, cut in enumerate(cuts):
        yaw[cut:] += 1.1 + number
    back = decode_camera_form(camera_form(CLIP, yaw), fps=30.0, cuts=cuts)
    apart = turned_to(back, CLIP).joints() - CLIP.joints()
    assert apart.norm(dim=-1).mean() < 0.03
    torn = decode_camera_form(camera_form(CLIP, yaw), fps=30.0)
    torn = turned_to(torn, CLIP).joints() - CLIP.joints()
    assert torn.norm(dim=-1).mean() > 0.2


def test_frames_at_a_cut_are_taken_from_their_neighbours():
    """A steady turn, whose two frames at the cut were seen 30 degrees wrong."""
    degrees = 4.0 * torch.arange(40)
    true = rotation_about("z", degrees.deg2rad()) @ STANDING_ROOT
    seen = true.clone()
    seen[20:] = rotation_about("z", torch.tensor(1.0)) @ seen[20:]
    wrong = rotation_about("z", torch.tensor(0.5))
    seen[19:21] = wrong @ seen[19:21]
    joined = join_shots(seen, [20])
    assert geodesic_distance(joined, true).rad2deg().max() < 0.1


def test_yaw_between_finds_a_yaw_for_any_posture():
    start = CLIP.local_rotmat[:, 3]
    yaw = torch.linspace(-3, 3, 60)
    found = yaw_between(start, rotation_about("z", yaw) @ start)
    assert torch.allclose(found, yaw, atol=1e-4)


def test_batches_and_single_frames_are_encoded_alike():
    features = camera_form(CLIP, torch.zeros(60))
    batch = vimo151.encode_camera_form(
        CLIP.root_position.repeat(2, 1, 1),
        CLIP.local_rotmat.repeat(2, 1, 1, 1, 1),
        camera_yaw=torch.zeros(2, 60),
        fps=30.0,
    )
    assert torch.allclose(batch[1], features, atol=1e-6)
    one = camera_form(CLIP.slice(0, 1), torch.zeros(1))
    assert one.shape == (1, 151)
    assert decode_camera_form(one).frames == 1


@pytest.mark.parametrize(
    "features, cuts, message",
    [
        (torch.zeros(5, 150), [], r"\[..., 151\]"),
        (torch.zeros(151), [], "features must have shape"),
        (torch.full((5, 151), torch.nan), [], "features must be finite"),
        (torch.ones(5, 151), [0], r"lie within 1..4, got \[0\]"),
        (torch.ones(5, 151), [3, 2], r"rise and lie within 1..4, got \[3, 2\]"),
    ],
)
def test_bad_input_is_named(features, cuts, message):
    with pytest.raises(ValueError, match=message):
        decode_camera_form(features, cuts=cuts)
