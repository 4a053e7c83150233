import math
import time
from dataclasses import replace

import pytest
import torch

from mini_vimogen.conventions import COCO17, STANDING_ROOT
from mini_vimogen.data.casual_video import (
    PERFECT,
    VideoSettings,
    film,
    film_clip,
)
from mini_vimogen.data.other_body import other_body
from mini_vimogen.geometry.camera import in_view, project
from mini_vimogen.geometry.coco17 import coco17_points
from mini_vimogen.geometry.kinematics import global_rotmat
from mini_vimogen.geometry.rotations import heading
from tests.oracles import standing_clip, wandering_clip

NOSE, LEFT_WRIST, RIGHT_WRIST = 0, 9, 10


def points_of(clip):
    head = global_rotmat(clip.local_rotmat, clip.skeleton)[:, 15]
    return coco17_points(clip.joints(), head)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def many(frames=60, batch=40):
    """A batch of the same wandering motion."""
    return points_of(wandering_clip(frames)).expand(batch, -1, -1, -1)


def film_with(points, *, seed=0, fps=30.0, camera=None, detector=None, **rest):
    """Film with one damage on, everything else perfect."""
    settings = replace(
        PERFECT,
        camera=replace(PERFECT.camera, **(camera or {})),
        detector=replace(PERFECT.detector, **(detector or {})),
        **rest,
    )
    return film(points, fps=fps, generator=seeded(seed), settings=settings)


def offset(video):
    """Distance [..., frames, 17] between reported and true pixels."""
    return (video.keypoints[..., :2] - video.true_pixels).norm(dim=-1)


def test_coco_points_of_a_standing_person():
    points = points_of(standing_clip(1))[0]
    named = dict(zip(COCO17, points, strict=True))
    joints = standing_clip(1).joints()[0]
    assert torch.equal(named["left_wrist"], joints[20])
    assert torch.equal(named["right_ankle"], joints[8])
    for name in ("eye", "ear", "shoulder", "hip", "ankle"):
        left, right = named[f"left_{name}"], named[f"right_{name}"]
        assert left[0] < right[0]  # facing +Y, the left is -X
    assert named["nose"][1] > named["left_eye"][1] > named["left_ear"][1]
    assert named["left_eye"][2] > named["nose"][2] > named["left_shoulder"][2]


def test_the_face_turns_with_the_head():
    turn = torch.tensor([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]])  # right by 90
    clip = standing_clip(1)
    head = (turn @ STANDING_ROOT)[None]
    points = coco17_points(clip.joints(), head)[0]
    middle = clip.joints()[0, 15]
    assert (points[NOSE] - middle)[0] > 0.1  # the nose points to +X
    assert points[3, 1] > points[4, 1]  # left ear in front of the right one


def test_coco_points_refuse_other_skeletons():
    with pytest.raises(ValueError, match="22 or 24"):
        coco17_points(torch.zeros(21, 3), torch.eye(3))


def test_a_perfect_film_is_the_projection():
    points = many(batch=3)
    video = film_with(points)
    pixels, _ = project(points, video.cameras)
    assert torch.equal(video.true_pixels, pixels)
    seen = video.visible
    assert torch.equal(seen, in_view(points, video.cameras))
    assert seen.float().mean() > 0.95
    assert torch.equal(video.keypoints[seen][:, :2], pixels[seen])
    assert (video.keypoints[seen][:, 2] == 1).all()
    assert not video.keypoints[~seen].any()
    assert not video.cuts.any()


def test_the_picture_is_upright_and_left_is_left():
    clip = standing_clip(2)
    for seed in range(20):
        settings = replace(
            PERFECT, camera=replace(PERFECT.camera, pitch_degrees=(0.0, 20.0))
        )
        video = film_clip(clip, generator=seeded(seed), settings=settings)
        keypoints = video.keypoints[0]
        assert keypoints[NOSE, 1] < keypoints[15, 1]  # nose above ankle
        facing = heading(clip.local_rotmat[0, 0]) - video.sight_yaw[0]
        left_first = keypoints[LEFT_WRIST, 0] < keypoints[RIGHT_WRIST, 0]
        # Seen from behind (facing away), the left hand is on the left.
        if facing.cos().abs() > 0.3:
            assert left_first == (facing.cos() > 0)


def test_yaws_say_where_the_camera_looks_and_the_person_is():
    points = many(frames=8)
    video = film_with(points, camera={"off_middle": 0.5})
    hips = points[:, :, (11, 12)].mean(dim=2)
    toward = hips - video.cameras.position
    sight = torch.stack([-video.sight_yaw.sin(), video.sight_yaw.cos()], -1)
    level = torch.nn.functional.normalize(toward[..., :2], dim=-1)
    assert torch.allclose(sight, level, atol=1e-5)
    # A person in the right half of the picture stands to the right.
    angle = video.camera_yaw - video.sight_yaw
    angle = torch.atan2(angle.sin(), angle.cos())
    across = video.true_pixels[:, :, (11, 12), 0].mean(-1)
    across = across - video.width[:, None] / 2
    clear = across.abs() > 20
    assert (angle.sign() == across.sign())[clear].all()


@pytest.mark.parametrize("frames", [1, 2, 60])
def test_the_same_seed_films_the_same_video(frames):
    points = many(frames, batch=4)
    first = film(points, fps=30, generator=seeded(7))
    again = film(points, fps=30, generator=seeded(7))
    other = film(points, fps=30, generator=seeded(8))
    assert torch.equal(first.keypoints, again.keypoints)
    assert not torch.equal(first.keypoints, other.keypoints)
    assert torch.isfinite(first.keypoints).all()


def test_leading_dimensions_are_kept_and_arguments_too():
    points = many(20, batch=6).reshape(2, 3, 20, 17, 3).clone()
    before = points.clone()
    video = film(points, fps=30, generator=seeded())
    assert video.keypoints.shape == (2, 3, 20, 17, 3)
    assert video.cuts.shape == video.sight_yaw.shape == (2, 3, 20)
    assert video.width.shape == (2, 3) and video.cameras.lead == (2, 3, 20)
    assert torch.equal(points, before)
    flat = film(points.reshape(6, 20, 17, 3), fps=30, generator=seeded())
    assert torch.equal(flat.keypoints, video.keypoints.reshape(6, 20, 17, 3))


def test_person_fits_the_frame_unless_asked_otherwise():
    points = points_of(standing_clip(3)).expand(300, -1, -1, -1)
    video = film_with(points)
    tall = video.true_pixels[..., 1].amax(-1) - video.true_pixels[..., 1].amin(
        -1
    )
    shorter = torch.minimum(video.width, video.height)[:, None]
    assert (tall / shorter).max() < 1.0
    assert (tall / shorter).min() > 0.15
    cut_off = film_with(points, camera={"off_screen": 1.0})
    assert cut_off.visible.float().mean() < 0.9 < video.visible.float().mean()


def test_close_ups_leave_out_the_legs_not_the_head():
    points = points_of(standing_clip(3)).expand(300, -1, -1, -1)
    video = film_with(points, camera={"off_screen": 1.0})
    seen = video.visible.float().mean(dim=(0, 1))
    assert seen[NOSE] > 0.75 and seen[15] < 0.6


def test_a_standing_camera_keeps_its_distance_from_the_path():
    points = many(60, batch=200).clone()
    points[..., 1] += torch.linspace(0, 8, 60)[:, None]
    video = film_with(points)
    _, depth = project(points, video.cameras)
    # Extent 8 m and more: at 2.5 m without it, the person would walk through.
    assert depth.amin() > 0.3
    yaw = video.camera_yaw
    assert torch.equal(yaw, yaw[:, :1].expand_as(yaw))  # it does not turn


def test_a_following_camera_keeps_the_person_in_the_middle():
    points = many(60, batch=100).clone()
    points[..., 1] += torch.linspace(0, 5, 60)[:, None]
    hips = (11, 12)

    def wander(shares):
        video = film_with(points, camera={"following": shares})
        place = video.true_pixels[:, :, hips].mean(2)
        middle = video.cameras.size / 2
        return ((place - middle) / video.width[:, None, None]).norm(dim=-1)

    still, pan, along = (
        wander(shares).mean()
        for shares in ((1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0))
    )
    assert pan < 0.5 * still and along < 0.7 * still


def test_orbit_zoom_shake_and_roll_move_the_camera():
    points = points_of(standing_clip(60)).expand(30, -1, -1, -1)
    still = film_with(points)
    assert (still.true_pixels.diff(dim=1) == 0).all()
    orbit = film_with(
        points, camera={"orbit": 1.0, "orbit_degrees": (10.0, 10.0)}
    )
    turned = (orbit.sight_yaw[:, -1] - orbit.sight_yaw[:, 0]).rad2deg()
    turned = (turned + 180) % 360 - 180
    assert torch.allclose(turned.abs(), torch.tensor(10 * 59 / 30), atol=0.1)
    zoom = film_with(points, camera={"zoom": 1.0, "zoom_rate": (0.2, 0.2)})
    ratio = zoom.cameras.focal[:, -1, 0] / zoom.cameras.focal[:, 0, 0]
    assert torch.allclose(ratio.log().abs(), torch.tensor(0.2 * 59 / 30))
    shake = film_with(points, camera={"shake_degrees": (0.5, 0.5)})
    yaw = (shake.camera_yaw - shake.camera_yaw[:, :1]).sin()
    assert 0.005 < yaw.std(dim=1).mean() < 0.012  # 0.5 degrees
    roll = film_with(points, camera={"roll_degrees": 5.0})
    aslant = roll.cameras.rotation[:, 0, 0, 2].asin().rad2deg().abs()
    assert 1 < aslant.max() <= 5.01
    tilted = film_with(points, camera={"aslant": 0.5})
    aslant = tilted.cameras.rotation[:, 0, 0, 2].asin().rad2deg().abs()
    assert aslant.median() < 10 < aslant.max() <= 25.01


def test_cuts_change_the_camera_and_only_there():
    points = points_of(standing_clip(60)).expand(200, -1, -1, -1)
    video = film_with(points, cuts=(0.0, 0.0, 1.0), shortest_shot=0.4)
    assert (video.cuts.sum(dim=1) == 2).all()
    moved = (video.true_pixels.diff(dim=1).abs() > 0).flatten(2).any(dim=2)
    assert torch.equal(moved, video.cuts[:, 1:])
    at = torch.nonzero(video.cuts)[:, 1].reshape(-1, 2)
    assert at[:, 0].min() >= 12 and at[:, 1].max() <= 48
    assert (at[:, 1] - at[:, 0]).min() >= 12
    assert len(at.unique(dim=0)) > 100  # they are spread
    alone = film_with(points[0], cuts=(0.0, 0.0, 1.0))
    assert alone.cut_frames == at[0].tolist() or len(alone.cut_frames) == 2
    with pytest.raises(ValueError, match="single video"):
        _ = video.cut_frames


def test_cut_shares_are_kept_and_short_clips_get_fewer():
    points = points_of(standing_clip(60)).expand(2000, -1, -1, -1)
    video = film_with(points, cuts=(0.5, 0.0, 0.0, 0.5))
    count = video.cuts.sum(dim=1)
    assert set(count.tolist()) == {0, 3}
    assert (count == 0).float().mean().item() == pytest.approx(0.5, abs=0.04)
    short = film_with(points[:50, :30], cuts=(0.0, 0.0, 0.0, 1.0))
    assert (short.cuts.sum(dim=1) == 1).all()  # 30 frames hold 2 shots of 12
    tiny = film_with(points[:50, :5], cuts=(0.0, 1.0))
    assert not tiny.cuts.any()


def test_hidden_joints_are_zero_in_spans():
    video = film_with(many(), detector={"hidden_joints": 2.0})
    hidden = ~video.visible
    assert not video.keypoints[hidden].any()
    assert torch.equal(video.keypoints[..., 2] > 0, video.visible)
    share = hidden.float().mean().item()
    # 2 spans a second of 0.55 s mean length hit one joint of 17 each.
    assert share == pytest.approx(2 * 0.55 / 17, rel=0.35)
    switches = hidden[:, 1:] != hidden[:, :-1]
    assert switches.float().mean() < 0.3 * share  # spans, not single frames


def test_spans_begin_at_any_time_also_before_the_clip():
    points = points_of(standing_clip(60)).expand(2000, -1, -1, -1)
    video = film_with(points, detector={"hidden_joints": 2.0})
    hidden = (~video.visible).float().mean(dim=(0, 2))  # by frame
    assert hidden.max() < 1.35 * hidden.min()


def test_hidden_limbs_go_together():
    points = many(batch=200)
    video = film_with(points, detector={"hidden_limbs": 1.0})
    hidden = film_with(points).visible & ~video.visible
    wrist, elbow = hidden[..., 9], hidden[..., 7]
    both = film_with(points).visible[..., (7, 9)].all(dim=-1)
    assert wrist.any() and torch.equal(wrist & both, elbow & both)
    knee, ankle = hidden[..., 14], hidden[..., 16]
    both = film_with(points).visible[..., (14, 16)].all(dim=-1)
    assert knee.any() and torch.equal(knee & both, ankle & both)


def test_flicker_loses_single_joints_but_not_their_visibility():
    video = film_with(many(), detector={"flicker": 0.1})
    lost = video.visible & (video.keypoints[..., 2] == 0)
    share = lost.sum() / video.visible.sum()
    assert share.item() == pytest.approx(0.1, abs=0.01)


def test_noise_has_the_size_and_slowness_asked_for():
    points = points_of(standing_clip(120)).expand(60, -1, -1, -1)
    noise = {"noise_px": (4.0, 4.0), "noise_steady": 0.8}
    noise["noise_seconds"] = 0.13
    video = film_with(points, detector=noise)
    error = video.keypoints[..., :2] - video.true_pixels
    error = torch.where(video.visible[..., None], error, torch.nan)
    tall = video.true_pixels.amax(2) - video.true_pixels.amin(2)
    scale = tall.norm(dim=-1) / 0.9 / 600
    error = error / scale[..., None, None]
    assert error.square().nanmean().sqrt().item() == pytest.approx(4, rel=0.03)
    step = error.diff(dim=1).square().nanmean() / 2
    # A fifth is white; the rest keeps exp(-1 / 30 / 0.13) of itself a frame.
    forgets = 1 - math.exp(-1 / 30 / 0.13)
    assert step.item() / 16 == pytest.approx(0.2 + 0.8 * forgets, abs=0.02)


@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_noise_wanders_by_time_not_by_frame(fps):
    points = points_of(standing_clip(120)).expand(60, -1, -1, -1)
    settings = replace(PERFECT.detector, noise_px=(4.0, 4.0))
    video = film_with(points, fps=fps, detector=vars(settings))
    error = video.keypoints[..., :2] - video.true_pixels
    error = error * video.visible[..., None]
    apart = round(0.2 * fps)  # frames in 0.2 seconds
    together = (error[:, apart:] * error[:, :-apart]).mean()
    alike = together / error.square().mean()
    assert alike.item() == pytest.approx(math.exp(-0.2 / 0.13), abs=0.04)


def test_limbs_tremble_more_than_the_trunk():
    points = points_of(standing_clip(60)).expand(60, -1, -1, -1)
    video = film_with(points, detector={"noise_px": (4.0, 4.0)})
    error = offset(video).square().mean(dim=(0, 1)).sqrt()
    trunk, ends = error[[5, 6, 11, 12]], error[[13, 14, 15, 16]]
    assert ends.min() > 1.6 * trunk.max()


def test_one_side_at_a_time_is_hard_to_see():
    points = points_of(standing_clip(60)).expand(400, -1, -1, -1)
    video = film_with(points, detector={"confidence": (0.0, 1.0)})
    confidence = video.keypoints[..., 2]
    left, right = confidence[..., 7::2], confidence[..., 8::2]
    left = left[..., [0, 1, 3, 4]].mean(dim=-1)  # elbow, wrist, knee, ankle
    right = right[..., [0, 1, 3, 4]].mean(dim=-1)
    doubtful = torch.minimum(left, right) < 0.5
    assert 0.01 < doubtful.float().mean() < 0.2
    assert torch.maximum(left, right)[doubtful].mean() > 0.9
    assert (confidence[..., :7] > 0.9).float().mean() > 0.99  # face, shoulders


def test_unsure_limbs_have_low_confidence_and_large_errors():
    noise = {"noise_px": (4.0, 4.0), "unsure_limbs": 1.0}
    video = film_with(many(), detector=noise)
    seen = video.visible
    confidence = video.keypoints[..., 2]
    unsure = seen & (confidence < 0.9)
    assert 0.02 < unsure.float().mean() < 0.6
    low, middle, high = confidence[unsure].quantile(
        torch.tensor([0.1, 0.5, 0.9])
    )
    assert 0.02 < low < 0.1 < middle < 0.3 < high < 0.7
    far = offset(video)
    assert far[unsure].mean() > 3 * far[seen & ~unsure].mean()


def test_confidence_stays_within_its_range():
    video = film_with(many(), detector={"confidence": (0.6, 1.0)})
    confidence = video.keypoints[..., 2][video.visible]
    assert confidence.min() >= 0.6 and confidence.max() <= 1.0
    assert confidence.median() > 0.9


def test_swaps_exchange_left_and_right_in_spans():
    points = many(batch=100)
    plain = film_with(points)
    swapped = film_with(points, detector={"swaps": 1.0})
    moved = (swapped.keypoints != plain.keypoints).any(dim=-1)
    assert torch.equal(plain.true_pixels, swapped.true_pixels)
    assert not moved[..., NOSE].any()
    left, right = swapped.keypoints[..., 9, :], plain.keypoints[..., 10, :]
    assert moved[..., 9].any()
    assert torch.equal(left[moved[..., 9]], right[moved[..., 9]])
    legs = moved[..., (11, 13, 15)]
    assert (legs.any(-1) == legs.all(-1)).float().mean() > 0.97


def test_other_bodies_change_lengths_not_directions():
    points = many(batch=50)
    body = VideoSettings().body
    video = film_with(points, body=body)
    same = film_with(points)
    assert not torch.equal(video.true_pixels, same.true_pixels)
    new = other_body(points, generator=seeded(), settings=body)
    thigh = (new[:, :, 13] - new[:, :, 11]).norm(dim=-1)
    assert (thigh.std(dim=1) < 1e-5).all()  # constant in time
    factor = thigh[:, 0] / (points[:, 0, 13] - points[:, 0, 11]).norm(dim=-1)
    assert factor.std().item() == pytest.approx(0.06, abs=0.02)
    assert 0.87 < factor.min() and factor.max() < 1.13
    middle = new[:, :, (11, 12)].mean(2) - points[:, :, (11, 12)].mean(2)
    assert middle.abs().max() < 1e-6
    wide = (new[:, :, 11] - new[:, :, 12]).norm(dim=-1)
    wide = wide[:, 0] / (points[:, 0, 11] - points[:, 0, 12]).norm(dim=-1)
    assert 1 <= wide.min() < 1.2 and 1.6 < wide.max() <= 1.8
    unit = torch.nn.functional.normalize
    old_arm = unit(points[:, :, 9] - points[:, :, 7], dim=-1)
    new_arm = unit(new[:, :, 9] - new[:, :, 7], dim=-1)
    assert torch.allclose(old_arm, new_arm, atol=1e-4)


def test_padding_shows_nobody_and_changes_nothing_before_it():
    points = many(60, batch=8).clone()
    valid = torch.ones(8, 60, dtype=torch.bool)
    valid[:, 40:] = False
    far = points.clone()
    far[:, 40:] = 1000.0
    settings = replace(
        VideoSettings(),
        camera=replace(PERFECT.camera, following=(0.4, 0.3, 0.3)),
    )
    films = [
        film(p, fps=30, generator=seeded(1), settings=settings, valid=valid)
        for p in (points, far)
    ]
    assert not films[0].keypoints[:, 40:].any()
    assert not films[0].cuts[:, 40:].any()
    for name in ("true_pixels", "sight_yaw"):
        first, second = (getattr(f, name)[:, :40] for f in films)
        assert torch.allclose(first, second, atol=0.05)


def test_films_of_a_batch_are_all_different():
    video = film(many(batch=8), fps=30, generator=seeded())
    yaw = video.camera_yaw[:, 0]
    assert len(yaw.unique()) == 8


@pytest.mark.parametrize(
    ("shape", "fps", "message"),
    [
        ((5, 16, 3), 30, "must have shape"),
        ((17, 3), 30, "must have shape"),
        ((5, 17, 3), 0, "fps must be positive"),
    ],
)
def test_bad_input_is_refused(shape, fps, message):
    with pytest.raises(ValueError, match=message):
        film(torch.zeros(shape), fps=fps, generator=seeded())


def test_too_many_cuts_are_refused():
    with pytest.raises(ValueError, match="cuts must hold 1 to 8"):
        VideoSettings(cuts=(0.1,) * 9)


def test_a_film_is_a_keypoint_track():
    video = film_clip(wandering_clip(20), generator=seeded())
    track = video.track()
    assert track.frames == 20 and track.fps == 30
    assert {track.width, track.height} == {1920, 1080}


def test_filming_is_fast_enough_to_draw_a_camera_per_example():
    points = many(60, batch=32)
    film(points, fps=30, generator=seeded())
    spent = []
    for seed in range(5):
        start = time.process_time()
        film(points, fps=30, generator=seeded(seed))
        spent.append(time.process_time() - start)
    assert min(spent) / 32 < 0.005
