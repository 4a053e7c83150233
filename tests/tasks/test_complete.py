"""Completion as a job: what was known comes back, where and how it should."""

import math

import pytest
import torch

from mini_vimogen.conditions.keypoints import FEATURES
from mini_vimogen.data.casual_video import PERFECT, film_clip
from mini_vimogen.data.library import real_motion
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.geometry.rotations import heading, rotation_about
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.models.lifter import FlowLifter, Lifter
from mini_vimogen.models.regressor import Regressor
from mini_vimogen.paths.schedules import cosine
from mini_vimogen.representation.known import PARTS
from mini_vimogen.representation.vimo151 import (
    CAMERA_LAYOUT,
    encode_camera_form,
)
from mini_vimogen.samplers import ddim
from mini_vimogen.samplers.long_form import plan_windows
from mini_vimogen.tasks import complete as task
from mini_vimogen.tasks import completion_places as places
from mini_vimogen.tasks.complete import complete, completions
from mini_vimogen.tasks.completion_request import Given, Request, Shown
from mini_vimogen.tasks.lift import Sampling, denoiser, lift, load_lifter
from tests.oracles import standing_clip, wandering_clip

FEW = Sampling(steps=3)


def network():
    return dict(
        width=32,
        layers=1,
        heads=2,
        feed_forward=32,
        condition_features=FEATURES,
    )


@pytest.fixture
def lifter():
    torch.manual_seed(0)
    return Lifter(network=network(), fps=30.0, frames=20).eval()


def walk(frames=20, *, seed=0, yaw=0.0, by=(0.0, 0.0, 0.0)):
    """A motion somewhere in the world, at a walker's pace."""
    clip = wandering_clip(frames, seed=seed)
    slow = clip.root_position * torch.tensor([0.3, 0.3, 1.0])
    return clip.with_(root_position=slow).moved(yaw=yaw, by=by)


def video(frames, fps=30.0):
    film = film_clip(
        wandering_clip(frames).canonical(),
        generator=torch.Generator().manual_seed(0),
        settings=PERFECT,
    )
    size = float(film.width), float(film.height)
    return KeypointTrack(film.keypoints, fps, *size)


def camera_form(clip):
    return encode_camera_form(
        clip.root_position,
        clip.local_rotmat,
        camera_yaw=torch.zeros(clip.frames),
        fps=30.0,
    )


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def indices(names):
    return [SMPL24.index(name) for name in names]


def level(clip):
    return clip.root_position[:, :2]


def same(one, other, frames=slice(None)):
    return torch.equal(
        one.root_position[frames], other.root_position[frames]
    ) and torch.equal(one.local_rotmat[frames], other.local_rotmat[frames])


@pytest.mark.parametrize("way", task.WAYS)
@pytest.mark.parametrize("frames", [5, 14, 20, 33, 60])
def test_known_frames_come_back_bit_for_bit(lifter, frames, way):
    """In-between, for motions shorter and longer than a window."""
    clip = walk(frames, yaw=0.8, by=(3.0, -2.0, 0.1))
    gap = slice(frames // 3, frames - frames // 3)
    spans = [(0, gap.start), (gap.stop, frames)]
    (ours,) = complete(
        Request(frames, [Given(clip, spans)]),
        lifter=lifter,
        sampling=FEW,
        way=way,
    )
    assert ours.frames == frames and ours.fps == 30.0
    assert ours.source == "completed"
    for start, stop in spans:
        assert same(ours, clip, slice(start, stop))
    assert not torch.isclose(
        ours.local_rotmat[gap], clip.local_rotmat[gap]
    ).all()


def test_a_hole_in_the_middle_and_a_beginning(lifter):
    clip = walk(40)
    (hole,) = complete(
        Request(40, [Given(clip, [(0, 25), (26, 40)])]), lifter=lifter
    )
    assert same(hole, clip, slice(0, 25)) and same(hole, clip, slice(26, 40))
    (on,) = complete(Request(40, [Given(clip, [(0, 9)])]), lifter=lifter)
    assert same(on, clip, slice(0, 9)) and on.frames == 40
    (back,) = complete(
        Request(40, [Given(clip, [(30, 40)], at=30)]), lifter=lifter
    )
    assert same(back, clip, slice(30, 40))


def test_a_single_known_frame(lifter):
    clip = walk(20, by=(1.0, 2.0, 0.0))
    (ours,) = complete(
        Request(30, [Given(clip, [(7, 8)], at=15)]), lifter=lifter
    )
    assert torch.equal(ours.local_rotmat[15], clip.local_rotmat[7])
    assert torch.equal(ours.root_position[15], clip.root_position[7])
    # It does not say how fast the body was.
    known, _ = places.written(Request(30, [Given(clip, [(7, 8)], at=15)]), [0])
    parts = CAMERA_LAYOUT.split(known)
    assert not parts["root_velocity"].any() and parts["root_height"][15].all()


def test_samples_agree_on_what_is_known_only(lifter):
    clip = walk(20)
    request = Request(20, [Given(clip, [(0, 6), (14, 20)])])
    one, two = complete(request, lifter=lifter, samples=2, sampling=FEW)
    again, _ = complete(request, lifter=lifter, samples=2, sampling=FEW)
    (other,) = complete(request, lifter=lifter, generator=seeded(1))
    assert same(one, two, slice(0, 6)) and same(one, two, slice(14, 20))
    assert same(one, again)
    gap = slice(6, 14)
    for different in (two, other):
        assert not torch.equal(
            one.local_rotmat[gap], different.local_rotmat[gap]
        )


def test_everything_known_is_returned_without_a_model(monkeypatch):
    def load(path=None):
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(task, "load_lifter", load)
    clip = walk(3, yaw=1.0, by=(4.0, 4.0, 0.0))
    for spans in (None, [(0, 1), (1, 3)]):
        ours = complete(Request(3, [Given(clip, spans)]), samples=2)
        assert len(ours) == 2 and all(same(one, clip) for one in ours)
    rest = Given(clip, joints=("legs", "torso", "head"))
    both = Given(clip, joints=("arms",)), rest
    (ours,) = complete(Request(3, both))
    assert same(ours, clip)


def test_nothing_known_is_plain_generation(lifter):
    (ours,) = complete(Request(20), lifter=lifter, sampling=FEW)
    condition = torch.randn(1, 20, FEATURES)  # anything: it is not present
    denoise = denoiser(lifter, condition, present=torch.tensor([False]))
    generator = seeded()
    with torch.no_grad():
        clean = ddim.sample(
            denoise,
            torch.randn(1, 20, 151, generator=generator),
            steps=3,
            schedule=cosine,
            eta=1.0,
            generator=generator,
        )
    expected = places.stand(lifter.normalizer.undo(clean)[0], Request(20), [])
    assert torch.allclose(ours.joints(), expected.clip.joints(), atol=1e-5)


@pytest.mark.parametrize("frames", [20, 50])
def test_a_video_alone_is_lifted(lifter, frames):
    track = video(frames)
    (ours,) = complete(
        Request(frames, shown=Shown(track)), lifter=lifter, sampling=FEW
    )
    (expected,) = lift(track, lifter=lifter, sampling=FEW)
    assert same(ours, expected)


def test_legs_kept_and_arms_made_up(lifter):
    clip = walk(30, yaw=0.4, by=(1.0, 0.0, 0.0))
    (ours,) = complete(
        Request(30, [Given(clip, joints=("legs",))]), lifter=lifter
    )
    legs, arms = indices(PARTS["legs"]), indices(PARTS["arms"])
    assert torch.equal(ours.local_rotmat[:, legs], clip.local_rotmat[:, legs])
    assert torch.equal(ours.root_position, clip.root_position)
    assert torch.equal(ours.joints()[:, legs], clip.joints()[:, legs])
    assert (
        not torch.isclose(
            ours.local_rotmat[:, arms], clip.local_rotmat[:, arms]
        )
        .any(dim=(-1, -2))
        .all()
    )


def test_arms_alone_leave_the_root_to_the_network(lifter):
    clip = walk(20)
    arms = indices(PARTS["arms"])
    given = Given(clip, [(5, 15)], at=5, joints=("arms",))
    (ours,) = complete(Request(20, [given]), lifter=lifter)
    part = slice(5, 15)
    assert torch.equal(
        ours.local_rotmat[part][:, arms], clip.local_rotmat[part][:, arms]
    )
    assert not torch.equal(ours.root_position[part], clip.root_position[part])
    assert torch.equal(ours.root_position[0, :2], torch.zeros(2))


def test_legs_of_one_motion_and_arms_of_another(lifter):
    one, two = walk(20), walk(24, seed=1, yaw=2.0)
    request = Request(
        20,
        [
            Given(two, [(4, 24)], joints=("arms",)),
            Given(one, joints=("legs",)),
        ],
    )
    (ours,) = complete(request, lifter=lifter)
    legs, arms = indices(PARTS["legs"]), indices(PARTS["arms"])
    assert torch.equal(ours.local_rotmat[:, legs], one.local_rotmat[:, legs])
    assert torch.equal(ours.local_rotmat[:, arms], two.local_rotmat[4:24, arms])
    assert torch.equal(ours.root_position, one.root_position)


def test_a_motion_that_follows_is_turned_and_shifted_only(lifter):
    one = walk(12, by=(2.0, 0.0, 0.0))
    two = walk(12, seed=1, yaw=2.5, by=(-9.0, 5.0, 0.0))
    request = Request(30, [Given(one), Given(two, [(2, 12)], at=20)])
    (done,) = completions(request, lifter=lifter)
    ours, part = done.clip, two.slice(2, 12)
    assert same(ours, one, slice(0, 12)) and done.bends == ()
    there = ours.slice(20, 30)
    assert torch.equal(there.local_rotmat[:, 1:], part.local_rotmat[:, 1:])
    assert torch.equal(there.root_position[:, 2], part.root_position[:, 2])
    # One yaw and one shift for all frames ...
    yaw = heading(there.local_rotmat[0, 0]) - heading(part.local_rotmat[0, 0])
    by = there.root_position[0] - part.moved(yaw=float(yaw)).root_position[0]
    expected = part.moved(yaw=float(yaw), by=by)
    assert (there.joints() - expected.joints()).abs().max() < 1e-4
    # ... by which the body faces where it faced before the gap ...
    apart = one.local_rotmat[-1, 0] @ there.local_rotmat[0, 0].mT
    asymmetry = apart[1, 0] - apart[0, 1]
    assert asymmetry.abs() < 1e-5 and apart[0, 0] + apart[1, 1] > 0
    # ... and stands where the free frames lead: no jump on arrival.
    features = camera_form(ours)
    known, values = places.written(request, places.facing(request, None))
    steps = level(ours).diff(dim=0).norm(dim=-1)
    assert steps[11] == pytest.approx(
        float(features[11, CAMERA_LAYOUT.slice("root_velocity")].norm() / 30),
        abs=1e-6,
    )
    assert known[20:].any() and values[20].isfinite().all()


def test_a_motion_that_stays_where_it_is(lifter):
    one = walk(12)
    two = walk(12, seed=1, yaw=0.5, by=(1.0, 1.0, 0.0))
    request = Request(30, [Given(one), Given(two, at=18, place="as_is")])
    (done,) = completions(request, lifter=lifter)
    assert same(done.clip, one, slice(0, 12))
    there = done.clip.slice(18, 30)
    assert same(there, two)
    (bend,) = done.bends
    assert (bend.start, bend.stop) == (12, 18) and bend.metres > 0


def test_the_order_in_which_motions_are_given_does_not_matter(lifter):
    one, two = walk(12), walk(12, seed=1, yaw=0.5)
    given = [Given(one), Given(two, at=18)]
    (first,) = complete(Request(30, given), lifter=lifter)
    (second,) = complete(Request(30, given[::-1]), lifter=lifter)
    assert same(first, second)


def stood(clip, request, wrong=0.0, gap=slice(0, 0)):
    """``stand`` of the truth, its velocities in a gap wrong by so much."""
    turns = places.facing(request, None)
    features = camera_form(clip.moved(yaw=turns[0]))
    velocity = CAMERA_LAYOUT.slice("root_velocity")
    features[gap, velocity] += torch.tensor([wrong, 0.0])
    return places.stand(features, request, turns)


def test_true_features_stand_where_they_were():
    clip = walk(30, yaw=1.0, by=(5.0, 5.0, 0.0))
    request = Request(30, [Given(clip, [(4, 10), (18, 24)], at=4)])
    done = stood(clip, request)
    torch.testing.assert_close(
        done.clip.joints(), clip.joints(), rtol=0, atol=1e-4
    )
    (bend,) = done.bends
    assert (bend.start, bend.stop) == (10, 18) and bend.metres < 1e-4


def test_one_that_follows_stands_where_the_path_leads():
    """The camera looks elsewhere, and the second piece was in another world."""
    clip = walk(30, yaw=1.0, by=(5.0, 5.0, 0.0))
    second = clip.moved(yaw=2.0, by=(-3.0, 0.0, 0.0))
    request = Request(
        30, [Given(clip, [(0, 10)]), Given(second, [(18, 26)], at=18)]
    )
    features = camera_form(clip.moved(yaw=0.7))
    done = places.stand(features, request, [0.7, 0.7 - 2.0])
    torch.testing.assert_close(
        done.clip.joints(), clip.joints(), rtol=0, atol=1e-4
    )
    assert done.bends == ()


def test_features_hold_what_is_known_bit_for_bit(lifter):
    """After scaling there and back, and stitching three windows."""
    request = Request(33, [Given(walk(33), [(0, 12), (21, 33)])])
    known, values = places.written(request, [0.0])
    features = task._sampled(
        lifter,
        [request],
        known[None],
        values[None],
        samples=1,
        sampling=FEW,
        way="eased",
        generator=seeded(),
    )
    assert torch.equal(features[0, 0][known], values[known])


def test_a_stretch_does_not_know_what_its_feet_do_next():
    clip = walk(30)
    request = Request(30, [Given(clip, [(0, 10), (20, 30)])])
    known, values = places.written(request, [0.3])
    contacts = CAMERA_LAYOUT.split(known)["contacts"].all(dim=-1)
    assert contacts.nonzero()[:, 0].tolist() == [*range(9), *range(20, 30)]
    rest = known[:, 4:]
    assert rest[:10].all() and not rest[10:20].any() and rest[20:].all()
    assert torch.equal(known, values.isfinite())
    # Each stretch is written from its own frames: nothing of the gap leaks.
    moved = clip.root_position.clone()
    moved[10:20] += 1.0
    other = Given(clip.with_(root_position=moved), [(0, 10), (20, 30)])
    _, again = places.written(Request(30, [other]), [0.3])
    assert torch.equal(values[known], again[known])


def test_a_path_that_is_off_is_bent_and_the_miss_is_told():
    clip = standing_clip(30)
    request = Request(30, [Given(clip, [(0, 10), (18, 30)])])
    done = stood(clip, request, wrong=0.6, gap=slice(10, 18))
    (bend,) = done.bends
    assert bend.metres == pytest.approx(0.6 * 8 / 30, abs=1e-5)
    assert same(done.clip, clip, slice(0, 10))
    assert same(done.clip, clip, slice(18, 30))
    # The hump takes back what the wrong velocity added: no step at the end.
    assert level(done.clip).diff(dim=0).norm(dim=-1).max() < 0.03
    assert (level(done.clip)[17] - level(clip)[17]).norm() < 0.03


def test_motions_that_touch_jump_and_what_comes_after_goes_along():
    one = standing_clip(10)
    two = one.moved(by=(0.0, 2.0, 0.0))
    request = Request(25, [Given(one), Given(two, at=10, place="as_is")])
    done = stood(standing_clip(25), request)
    assert done.bends == (places.Bend(10, 10, 2.0),)
    assert same(done.clip.slice(10, 20), two)
    rest = level(done.clip)[20:] - level(two)[-1]
    torch.testing.assert_close(rest, torch.zeros(5, 2))


def test_one_that_follows_at_once_does_not_jump():
    clip = walk(20, yaw=0.3)
    elsewhere = clip.moved(yaw=2.0, by=(8.0, 1.0, 0.0))
    request = Request(
        20, [Given(clip, [(0, 10)]), Given(elsewhere, [(10, 20)], at=10)]
    )
    turns = places.facing(request, None)
    # It faces as the frame before it did: the step's own turn is lost.
    assert turns[0] == 0 and turns[1] == pytest.approx(-2.0, abs=0.2)
    features = camera_form(clip)
    done = places.stand(features, request, turns)
    torch.testing.assert_close(
        level(done.clip)[10], level(clip)[10], rtol=0, atol=1e-5
    )
    assert done.bends == ()


def yawed(clip, yaw):
    """[frames, 3, 3]: a root as a camera sees it that is turned by yaw."""
    return rotation_about("z", torch.tensor(yaw)) @ clip.local_rotmat[:, 0]


@pytest.mark.parametrize(
    "given, shown",
    [
        ([(0, 10)], (10, 20)),  # known before the video,
        ([(20, 30)], (8, 20)),  # after it,
        ([(0, 10), (20, 30)], (10, 20)),  # on both sides,
        ([(0, 30)], (5, 25)),  # and while it runs.
    ],
)
def test_a_known_motion_faces_as_the_video_does(given, shown):
    clip = standing_clip(30).moved(yaw=0.7)
    request = Request(
        30,
        [Given(clip, given, at=given[0][0])],
        Shown(video(shown[1] - shown[0]), at=shown[0]),
    )
    (turn,) = places.facing(request, yawed(clip, 1.9))
    assert turn == pytest.approx(1.9, abs=1e-5)


def test_what_follows_a_video_faces_as_its_end():
    """A, then a video in which the body turns by a quarter, then A again."""
    clip = standing_clip(30)
    seen = clip.local_rotmat[:, 0].clone()
    angle = torch.linspace(1.0, 1.0 + math.pi / 2, 10)
    seen[10:20] = rotation_about("z", angle) @ seen[10:20]
    request = Request(
        30,
        [Given(clip, [(0, 10)]), Given(clip, [(20, 30)], at=20)],
        Shown(video(10), at=10),
    )
    first, second = places.facing(request, seen)
    assert first == pytest.approx(1.0, abs=1e-5)
    assert second == pytest.approx(1.0 + math.pi / 2, abs=1e-5)
    stays = Given(clip, [(20, 30)], at=20, place="as_is")
    request = Request(30, [request.given[0], stays], request.shown)
    assert places.facing(request, seen) == [first, first]


def test_a_motion_a_video_and_the_motion_again(lifter):
    """Figure 6 of ViMo."""
    clip = walk(40, yaw=0.9)
    request = Request(
        60,
        [Given(clip, [(0, 20)]), Given(clip, [(20, 40)], at=40)],
        Shown(video(20), at=20),
    )
    (ours,) = complete(request, lifter=lifter, sampling=FEW)
    assert same(ours, clip, slice(0, 20))
    assert torch.equal(ours.local_rotmat[40:, 1:], clip.local_rotmat[20:, 1:])
    (without,) = complete(
        Request(60, request.given), lifter=lifter, sampling=FEW
    )
    gap = slice(20, 40)
    assert not torch.allclose(
        ours.local_rotmat[gap], without.local_rotmat[gap], atol=1e-3
    )


def test_only_windows_that_a_video_shows_have_a_condition():
    plan = plan_windows(60, 20)  # from 0, 10, 20, 30, 40
    condition, present = task._condition(Shown(video(12), at=10), plan, "frame")
    assert present.tolist() == [True, True, True, False, False]
    confidence = condition[..., :51].unflatten(-1, (17, 3))[..., 2]
    assert (confidence[0, 10:] > 0).any(dim=-1).all()  # frames 10..20
    assert not confidence[0, :10].any() and not confidence[2, 2:].any()
    nothing, present = task._condition(None, plan, "both")
    assert not present.any() and nothing.shape == (5, 20, 106)


@pytest.mark.parametrize("frames", [20, 33])
def test_many_at_once_are_what_they_are_alone(lifter, monkeypatch, frames):
    """With noise that is the same for all; in one window and in several."""
    one, two = walk(frames), walk(frames, seed=1, yaw=2.0)
    track = video(frames - 12)
    other = KeypointTrack(
        track.keypoints.flip(0) * 0.7, 30.0, track.width, track.height
    )
    ends = [(0, 6), (frames - 6, frames)]
    requests = [
        Request(frames, [Given(one, ends)], Shown(track, at=6)),
        Request(frames, [Given(two, joints=("legs",))]),
        Request(frames, shown=Shown(other, at=3)),
        Request(frames, [Given(two, ends)], Shown(other, at=6)),
    ]
    monkeypatch.setattr(torch, "randn", lambda *shape, **_: torch.zeros(*shape))
    monkeypatch.setattr(
        ddim, "drawing", lambda noise, _: lambda step: torch.zeros_like(noise)
    )
    options = dict(lifter=lifter, sampling=FEW, samples=2)
    together = task.completions_of(requests, **options)
    for request, found in zip(requests, together, strict=True):
        alone = completions(request, **options)
        assert len(found) == len(alone) == 2
        for ours, expected in zip(found, alone, strict=True):
            torch.testing.assert_close(
                ours.clip.joints(), expected.clip.joints(), atol=1e-4, rtol=0
            )
            assert len(ours.bends) == len(expected.bends)


def test_samples_of_many_belong_to_their_requests(lifter):
    clips = [walk(20, seed=number) for number in range(3)]
    requests = [Request(20, [Given(clip, [(0, 9)])]) for clip in clips]
    found = task.completions_of(
        requests, lifter=lifter, sampling=FEW, samples=2
    )
    for clip, own in zip(clips, found, strict=True):
        first, second = (done.clip for done in own)
        assert same(first, clip, slice(0, 9))
        assert same(second, clip, slice(0, 9)) and not same(first, second)
    known = [Request(20, [Given(clip)]) for clip in clips]
    found = task.completions_of([requests[0], *known], lifter=lifter)
    for clip, (done,) in zip(clips, found[1:], strict=True):
        assert same(done.clip, clip)
    assert task.completions_of([], lifter=lifter) == []


def test_other_frame_rates_are_resampled(lifter):
    clip = walk(41).with_(fps=60.0)
    given = Given(clip, [(0, 15)])
    assert given.clip.frames == 21 and given.clip.fps == 30.0
    request = Request(21, [given], Shown(video(41, fps=60.0)))
    (ours,) = complete(request, lifter=lifter, sampling=FEW)
    assert same(ours, clip.resample(30.0), slice(0, 15))


def test_arguments_are_not_modified(lifter):
    clip = walk(20)
    before = clip.with_(
        root_position=clip.root_position.clone(),
        local_rotmat=clip.local_rotmat.clone(),
    )
    given = Given(clip, [(0, 5)]), Given(clip, [(15, 20)], at=15)
    complete(Request(20, given), lifter=lifter, sampling=FEW)
    assert same(clip, before)


def test_bent_guesses_meet_a_real_walk_better_than_equation_8():
    (clip,) = (c for c in real_motion() if c.source == "cmu_016_22")
    request = Request(60, [Given(clip, [(0, 22), (38, 60)])])
    lifter = load_lifter()
    error, border = {}, {}
    for way in task.WAYS:
        (ours,) = complete(request, lifter=lifter, way=way)
        off = (ours.joints() - clip.slice(0, 60).joints())[22:38].norm(dim=-1)
        bending = ours.joints().diff(n=2, dim=0).norm(dim=-1).mean(dim=-1)
        error[way] = float(off.mean())
        border[way] = float(bending[[20, 21, 36, 37]].mean())
    for way in ("eased", "kriged"):
        assert error[way] < 0.6 * error["equation8"]
        assert border[way] < 0.3 * border["equation8"]
    assert border["kriged"] < border["eased"]


def cut_video():
    track = video(30)
    keypoints = track.keypoints.clone()
    keypoints[15:, :, :2] = keypoints[15:].flip(1)[..., :2] * 0.5 + 100
    return KeypointTrack(keypoints, 30.0, track.width, track.height)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: Given(walk(9), [(0, 10)]), r"0..9 .* got 0..10"),
        (lambda: Given(walk(9), [(4, 4)]), "not be empty, got 4..4"),
        (lambda: Given(walk(9), [(-1, 4)]), "got -1..4"),
        (lambda: Given(walk(9), []), "at least one span, got none"),
        (lambda: Given(walk(9), [(0, 5), (4, 9)]), "got 4..9 after 0..5"),
        (lambda: Given(walk(9), [(5, 9), (0, 2)]), "got 0..2 after 5..9"),
        (lambda: Given(walk(9), at=-1), "at must be 0 or more, got -1"),
        (lambda: Given(walk(9), joints=("tail",)), "joint or part 'tail'"),
        (lambda: Given(walk(9), joints=()), "at least one joint"),
        (lambda: Given(walk(9), place="here"), "follow, as_is, got 'here'"),
        (
            lambda: Given(wandering_clip(9, joints=22)),
            "SMPL24, got .* with 22 joints",
        ),
        (lambda: Shown(video(9), at=-2), "at must be 0 or more, got -2"),
        (lambda: Request(0), "frames must be 1 or more, got 0"),
        (
            lambda: Request(9, [Given(walk(9), at=1)]),
            r"known\[0\] must end within the motion's 9 frames, got frame 10",
        ),
        (
            lambda: Request(9, shown=Shown(video(9), at=3)),
            "the video must end within .* got frame 12",
        ),
        (
            lambda: Request(9, [Given(walk(5)), Given(walk(5), at=4)]),
            r"known\[1\] .* both know pelvis in frame 4",
        ),
        (
            lambda: Request(
                9,
                [
                    Given(walk(9), joints=("left_arm",)),
                    Given(walk(9), joints=("head", "left_wrist")),
                ],
            ),
            "both know left_wrist in frame 0",
        ),
        (lambda: complete(Request(9), samples=0), "samples must be 1 or more"),
        (
            lambda: complete(Request(9), way="best"),
            "kriged, eased, equation8, go",
        ),
    ],
)
def test_bad_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_what_the_lifter_cannot_do_is_refused(lifter):
    with pytest.raises(ValueError, match="frames must be at least 5, .* got 4"):
        complete(Request(4, [Given(walk(3))]), lifter=lifter)
    model = Regressor(network=network(), fps=30.0, frames=20).eval()
    with pytest.raises(ValueError, match="must sample .* got a Regressor"):
        complete(Request(20), lifter=model)
    flow = FlowLifter(network=network(), fps=30.0, frames=20).eval()
    with pytest.raises(ValueError, match="diffusion .* got one of flow match"):
        complete(Request(20), lifter=flow)
    both = Request(20), Request(21)
    with pytest.raises(ValueError, match="one length .* got 20, 21 frames"):
        task.completions_of(both, lifter=lifter)
    with pytest.raises(ValueError, match="one shot, .* cut at frame 15 of 30"):
        complete(Request(30, shown=Shown(cut_video())), lifter=lifter)


def test_touching_spans_are_one():
    assert Given(walk(9), [(0, 3), (3, 5), (6, 9)]).spans == ((0, 5), (6, 9))
    assert Given(walk(9), [(2, 3), (5, 9)], at=10).places == (
        (10, 11),
        (13, 17),
    )
