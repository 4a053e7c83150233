"""Equal to EDGE: its long sampler, and how it stitches windows.

``edge_long.npz``: 50 guided steps over 3 windows of 30 frames that overlap by
half. ``start`` is the noise of each window; of the fresh noise the first halves
are overwritten, so ``fresh`` holds what counts, as one motion of 60 frames, in
half precision (which moves the end by less than 1e-4).
``edge_stitch.npz``: three normalised windows, and the motion made of them.
"""

import pytest
import torch

from mini_vimogen.geometry.rotations import (
    axis_angle_to_rotmat,
    geodesic_distance,
    quaternion_to_rotmat,
    rot6d_to_rotmat,
    rotmat_to_axis_angle,
    rotmat_to_quaternion,
)
from mini_vimogen.models.vimo import load_edge_state_dict
from mini_vimogen.paths.schedules import cosine
from mini_vimogen.representation import stitch, vimo151
from mini_vimogen.representation.normalizer import Normalizer
from mini_vimogen.samplers import ddim, long_form
from mini_vimogen.samplers.guidance import guided

WINDOWS = long_form.plan_windows(60, 30)


def close(ours, theirs, tolerance=1e-4):
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() < tolerance


@pytest.fixture(scope="module")
def network(golden):
    front = "state."
    state = {
        key.removeprefix(front): value
        for key, value in golden("edge_decoder").items()
        if key.startswith(front)
    }
    return load_edge_state_dict(state, heads=4)


def ramp(t):
    """EDGE's guidance: from 0 to twice 2 over the steps, no more than 2."""
    steps = (ddim.levels(50)[:, None] - t).abs().argmin(0)
    return torch.linspace(0, 4, 50)[steps].clamp(max=2)


@torch.no_grad()
@pytest.mark.parametrize("size", [1, 2, 3])
def test_three_windows_of_50_guided_steps(network, golden, size):
    theirs = golden("edge_long")
    encoded = {
        start: network.encode_condition(
            theirs["cond"][start : start + size], guidance=True
        )
        for start in range(0, 3, size)
    }

    def part(which):
        return guided(
            lambda noisy, t: network(noisy, t, encoded[which.start]), ramp
        )

    ours = long_form.sample(
        long_form.in_chunks(part, size=size),
        theirs["start"],
        windows=WINDOWS,
        steps=50,
        schedule=cosine,
        eta=1.0,
        clamp=1.0,
        fresh_noise=lambda step: WINDOWS.cut(theirs["fresh"][step - 1].float()),
    )
    close(ours, theirs["out"])


@pytest.fixture(scope="module")
def stitched(golden):
    """EDGE's windows, back in metres, and its motion of 60 frames."""
    motion = golden("edge_motion")
    ends = torch.stack([motion["scaler_data_min"], motion["scaler_data_max"]])
    theirs = golden("edge_stitch")
    scaler = Normalizer.fit_range(ends)
    return scaler.undo(theirs["normalized_slices"]), theirs


def test_root_is_cross_faded(stitched):
    features, theirs = stitched
    root = vimo151.LAYOUT.split(features)["root_position"]
    ours = stitch.crossfade(root, WINDOWS.starts)
    close(ours, theirs["smpl_trans"], 1e-6)


def short_cut(start, end, weight):
    """EDGE's slerp: near rotations blend linearly, and shorter than 1."""
    dot = (start * end).sum(-1)
    end = torch.where(dot[..., None] < 0, -end, end)
    angle = dot.abs().clamp(max=1).arccos()
    near = 1 - dot.abs() < 0.01
    weight = weight[:, None].expand(angle.shape)

    def share(weight):
        turned = (weight * angle).sin() / angle.sin()
        return torch.where(near, weight, turned)[..., None]

    return share(1 - weight) * start + share(weight) * end


def test_rotations_are_slerped(stitched):
    """Equal but for a short cut of theirs, which is done here as they do it.

    A linear blend of unit quaternions is shorter than 1, by up to 0.25 % here,
    and EDGE takes the angle from its length: up to 0.07 degrees too small.
    """
    features, theirs = stitched
    rot6d = vimo151.LAYOUT.split(features)["rot6d"]
    local = rot6d_to_rotmat(rot6d, layout=vimo151.ROT6D_LAYOUT)
    ours = stitch.crossfade_rotations(local, WINDOWS.starts)
    axis_angle = theirs["smpl_poses"].unflatten(-1, (24, 3))
    apart = geodesic_distance(ours, axis_angle_to_rotmat(axis_angle))
    assert apart.max().rad2deg() < 0.07
    alone = [*range(16), *range(29, 31), *range(44, 60)]
    assert apart[alone].max() < 1e-5

    weight = torch.linspace(0, 1, 15)
    quaternion = rotmat_to_quaternion(local)
    for i, start in enumerate(WINDOWS.starts[1:]):
        earlier, later = quaternion[i, 15:], quaternion[i + 1, :15]
        blend = short_cut(earlier, later, weight)
        length = blend.norm(dim=-1)
        shared = slice(start, start + 15)
        angle = rotmat_to_axis_angle(quaternion_to_rotmat(blend))
        close(length[..., None] * angle, axis_angle[shared], 1e-5)
        turn = geodesic_distance(quaternion_to_rotmat(blend), ours[shared])
        assert turn.max() < 1e-4


def test_features_all_at_once(stitched):
    features, theirs = stitched
    ours = stitch.crossfade_features(features, WINDOWS.starts)
    clip = vimo151.decode(ours)
    close(clip.root_position, theirs["smpl_trans"], 1e-6)
    close(clip.joints(), theirs["joints"], 1e-3)  # their short cut again
    contacts = vimo151.LAYOUT.slice("contacts")
    faded = stitch.crossfade(features[..., contacts], WINDOWS.starts)
    close(ours[:, contacts], faded, 1e-7)
