"""What is known, as features; and what of it a decoded clip gives back."""

import pytest
import torch

from mini_vimogen.geometry.kinematics import FOOT_JOINTS, foot_contacts
from mini_vimogen.geometry.rotations import axis_angle_to_rotmat, heading
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.representation import gaps, known, vimo151
from mini_vimogen.representation.shots import decode_camera_form
from mini_vimogen.representation.vimo151 import CAMERA_LAYOUT, LAYOUT
from tests.oracles import wandering_clip

BOTH_FORMS = pytest.mark.parametrize(
    "layout", [LAYOUT, CAMERA_LAYOUT], ids=["world", "camera"]
)


def camera_form(clip):
    return vimo151.encode_camera_form(
        clip.root_position,
        clip.local_rotmat,
        camera_yaw=torch.zeros(clip.frames),
        fps=clip.fps,
    )


def level(vectors):
    return vectors[..., :2]


@BOTH_FORMS
@pytest.mark.parametrize(
    "names, kept, feet",
    [
        (["legs"], [0, 1, 2, 4, 5, 7, 8, 10, 11], [True] * 4),
        (["arms"], [13, 14, 16, 17, 18, 19, 20, 21, 22, 23], [False] * 4),
        (["left_leg"], [0, 1, 4, 7, 10], [True, False, True, False]),
        (["head", "torso"], [12, 15, 3, 6, 9], [False] * 4),
        # Ankles go with hips and knees; toes go with the ankles besides.
        (
            ["pelvis", "right_hip", "right_knee"],
            [0, 2, 5],
            [False, True, False, False],
        ),
        (["left_hip", "left_knee", "left_ankle"], [1, 4, 7], [False] * 4),
        (["pelvis"], [0], [False] * 4),
    ],
)
def test_joints_and_what_goes_with_them(layout, names, kept, feet):
    ours = known.known_joints(names, layout=layout)
    assert ours.shape == (1, 151) and ours.dtype == torch.bool
    parts = layout.split(ours)
    assert parts["rot6d"][0].any(-1).nonzero()[:, 0].tolist() == sorted(kept)
    assert torch.equal(parts["rot6d"].any(-1), parts["rot6d"].all(-1))
    assert parts["contacts"][0].tolist() == feet
    for block in set(layout) - {"rot6d", "contacts"}:
        assert parts[block].all() == parts[block].any() == (0 in kept)


def test_parts_cover_the_body():
    everything = known.known_joints(["legs", "torso", "head", "arms"])
    assert everything.all()
    for side in ("leg", "arm"):
        halves = known.known_joints([f"left_{side}", f"right_{side}"])
        assert torch.equal(halves, known.known_joints([f"{side}s"]))
    assert all(
        set(joints) <= set(SMPL24.names) for joints in known.PARTS.values()
    )


@pytest.mark.parametrize("foot", range(4))
def test_a_contact_is_known_where_nothing_free_moves_the_foot(foot, generator):
    """Turn every joint that is not known: known contacts must not change."""
    above = known._above(FOOT_JOINTS[foot])
    names = [SMPL24.names[joint] for joint in above]
    columns = CAMERA_LAYOUT.split(known.known_joints(names))
    clip = wandering_clip(20)
    clip = clip.with_(root_position=clip.root_position * 0.2)
    turn = torch.randn(20, 24, 3, generator=generator) * 0.5
    free = [joint for joint in range(24) if joint not in above]
    local = clip.local_rotmat.clone()
    local[:, free] @= axis_angle_to_rotmat(turn)[:, free]
    before = foot_contacts(clip.joints(), fps=30.0)
    after = foot_contacts(clip.with_(local_rotmat=local).joints(), fps=30.0)
    mine = columns["contacts"][0]
    assert mine[foot]
    assert torch.equal(before[:, mine], after[:, mine])
    lacking = [name for name in names if name != "pelvis"]
    columns = CAMERA_LAYOUT.split(known.known_joints(lacking))
    assert not columns["contacts"].any()


def test_frames_and_joints_together():
    frames = known.known_frames(10, [(0, 3), (8, 10)])
    assert frames.flatten().nonzero()[:, 0].tolist() == [0, 1, 2, 8, 9]
    both = frames & known.known_joints(["arms"])
    assert both.shape == (10, 151) and both.sum() == 5 * 60
    either = frames | known.known_joints(["legs"])
    assert either[5].sum() == known.known_joints(["legs"]).sum()


def test_two_motions_and_a_gap():
    first, second = (
        camera_form(wandering_clip(12)),
        camera_form(wandering_clip(9, seed=1)),
    )
    ours, values = known.placed([(0, first), (21, second)], frames=30)
    assert torch.equal(
        ours.any(1), known.known_frames(30, [(0, 12), (21, 30)])[:, 0]
    )
    assert torch.equal(ours, values.isfinite())
    # The last frame of the first piece does not know what comes after it ...
    contacts = CAMERA_LAYOUT.slice("contacts")
    assert not ours[11, contacts].any() and ours[11].sum() == 147
    assert torch.equal(values[:11], first[:11])
    assert torch.equal(values[11, 4:], first[11, 4:])
    # ... and the last frame of all has nothing after it, as in training.
    assert torch.equal(values[21:], second)


def imposed(clip, given, generator):
    """Features of a clip with noise for all that is not known of it."""
    free = torch.randn(clip.frames, 151, generator=generator)
    return torch.where(given, camera_form(clip), free)


def test_in_between_there_and_back(generator):
    """Rotations and heights are exact; each piece up to one level shift."""
    clip = wandering_clip(60)
    given = known.known_frames(60, [(0, 20), (45, 60)])
    back = decode_camera_form(imposed(clip, given, generator))
    keep = given[:, 0]
    torch.testing.assert_close(
        back.local_rotmat[keep], clip.local_rotmat[keep], rtol=0, atol=2e-6
    )
    shift = back.joints() - clip.joints()
    for piece in (slice(0, 20), slice(45, 60)):
        one = shift[piece, 0][0]
        assert one[2].abs() < 1e-6
        assert (shift[piece] - one).abs().max() < 1e-5
    # The first piece starts over the origin, the second where the gap leads.
    torch.testing.assert_close(
        level(shift[0, 0]), -level(clip.root_position[0])
    )
    assert (shift[45, 0] - shift[0, 0]).norm() > 0.1


def test_a_gap_that_reaches_where_it_should(generator):
    clip = wandering_clip(60)
    given = known.known_frames(60, [(0, 20), (45, 60)])
    features = imposed(clip, given, generator)
    where = dict(start=19, stop=45, fps=30.0)
    wanted = level(clip.root_position[45] - clip.root_position[19])
    bent, miss = gaps.reach(features, wanted, **where)
    assert torch.equal(
        bent[given.expand(60, 151)], features[given.expand(60, 151)]
    )
    before, back = decode_camera_form(features), decode_camera_form(bent)
    shift = back.joints() - clip.joints()
    keep = given[:, 0]
    assert (shift[keep] - shift[0, 0]).abs().max() < 1e-5
    off = level(back.root_position[45] - before.root_position[45])
    torch.testing.assert_close(miss, off, rtol=0, atol=1e-5)
    torch.testing.assert_close(
        gaps.travelled(bent, **where), wanted, rtol=0, atol=1e-5
    )
    # The hump is highest in the middle and dies out towards the known frames.
    hump = (back.root_position - before.root_position)[19:46].diff(dim=0)
    speed = level(hump).norm(dim=-1)
    assert speed[0] < 1e-5 and speed[1] < 0.05 * speed.max()
    assert speed.argmax() in (12, 13) and speed[-1] < 0.05 * speed.max()


def test_a_path_that_fits_stays(generator):
    clip = wandering_clip(30)
    features = camera_form(clip)
    wanted = level(clip.root_position[20] - clip.root_position[5])
    bent, miss = gaps.reach(features, wanted, start=5, stop=20, fps=30.0)
    assert miss.norm() < 1e-5
    torch.testing.assert_close(bent, features, rtol=0, atol=1e-4)


def test_many_gaps_at_once(generator):
    features = torch.stack(
        [camera_form(wandering_clip(30, seed=seed)) for seed in range(6)]
    ).reshape(2, 3, 30, 151)
    before = features.clone()
    wanted = torch.randn(2, 3, 2, generator=generator)
    where = dict(start=4, stop=6, fps=30.0)  # a single free frame
    bent, miss = gaps.reach(features, wanted, **where)
    assert torch.equal(features, before)
    one, its = gaps.reach(features[1, 2], wanted[1, 2], **where)
    torch.testing.assert_close(bent[1, 2], one)
    torch.testing.assert_close(miss[1, 2], its)
    torch.testing.assert_close(gaps.travelled(bent, **where), wanted)
    several, _ = gaps.reach(features[0, 0], wanted[:, 0], **where)
    assert several.shape == (2, 30, 151)


def test_legs_kept_arms_made_up(generator):
    """In the world: feet, root and contacts as before, but for the start."""
    clip = wandering_clip(40)
    given = known.known_joints(["legs"]).expand(40, 151)
    features = imposed(clip, given, generator)
    back = decode_camera_form(features)
    legs = [SMPL24.index(name) for name in known.PARTS["legs"]]
    start = back.root_position[0] - clip.root_position[0]
    moved = back.joints() - start - clip.joints()
    assert moved[:, legs].abs().max() < 1e-5
    assert moved[:, SMPL24.index("left_wrist")].abs().max() > 0.1
    contacts = CAMERA_LAYOUT.split(features)["contacts"]
    assert torch.equal(contacts, foot_contacts(clip.joints(), fps=30.0))
    torch.testing.assert_close(
        heading(back.local_rotmat[:, 0]), heading(clip.local_rotmat[:, 0])
    )


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda: known.known_joints(["tail"]), "no joint or part 'tail'"),
        (lambda: known.known_joints([]), r"at least one .* got \[\]"),
        (lambda: known.known_joints("legs"), "must list .* got 'legs'"),
        (lambda: known.known_frames(9, [(0, 10)]), r"0..9 .* got 0..10"),
        (lambda: known.known_frames(9, [(4, 4)]), r"0..9 .* got 4..4"),
        (lambda: known.known_frames(9, [(-2, 4)]), r"0..9 .* got -2..4"),
        (lambda: known.placed([], frames=9), "at least one piece"),
        (
            lambda: known.placed([(0, torch.zeros(3, 150))], frames=9),
            r"a piece must have shape \[..., 151\]",
        ),
        (
            lambda: known.placed([(8, torch.zeros(3, 151))], frames=9),
            r"0..9 .* got 8..11",
        ),
        (
            lambda: known.placed(
                [(0, torch.zeros(3, 151)), (2, torch.zeros(3, 151))], frames=9
            ),
            "must not overlap, but the one at 2..5 does",
        ),
        (
            lambda: gaps.reach(
                torch.zeros(9, 151), torch.zeros(2), start=3, stop=4, fps=30
            ),
            "leave a free frame between them, got 3 and 4",
        ),
        (
            lambda: gaps.travelled(
                torch.zeros(9, 151), start=3, stop=9, fps=30
            ),
            r"rise within 0..8, got 3 and 9",
        ),
        (
            lambda: gaps.travelled(
                torch.zeros(9, 151), start=3, stop=3, fps=30
            ),
            r"rise within 0..8, got 3 and 3",
        ),
        (
            lambda: gaps.travelled(torch.zeros(9, 151), start=3, stop=5, fps=0),
            "fps must be positive, got 0",
        ),
        (
            lambda: gaps.travelled(torch.zeros(9, 15), start=3, stop=5, fps=30),
            r"features must have shape \[..., 151\]",
        ),
    ],
)
def test_bad_input(call, said):
    with pytest.raises(ValueError, match=said):
        call()
