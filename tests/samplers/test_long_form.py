"""Overlapping windows: plans, the tie, closed forms, bad input."""

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given

from mini_vimogen.paths.schedules import cosine
from mini_vimogen.samplers import ddim, ddpm, long_form
from mini_vimogen.samplers.long_form import Windows, plan_windows

SCALE = 0.3


def gaussian(noisy, t):
    """The perfect denoiser of independent N(0, 0.3^2): a shrinkage."""
    alpha, sigma = (v[..., None, None] for v in cosine(t))
    return alpha * SCALE**2 * noisy / (alpha**2 * SCALE**2 + sigma**2)


def blurred(noisy, t):
    """Every frame looks at its whole window, so that windows disagree."""
    return gaussian(0.5 * noisy + 0.5 * noisy.mean(-2, keepdim=True), t)


def drawn(*shape, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator)


def seeded(seed=7):
    return torch.Generator().manual_seed(seed)


@given(st.data())
def test_plans_cover_everything(data):
    window = data.draw(st.integers(1, 30))
    frames = data.draw(st.integers(1, 200))
    overlap = data.draw(st.integers(0, window - 1))
    plan = plan_windows(frames, window, overlap=overlap)
    assert plan.frames == frames and plan.window == min(window, frames)
    ends = [start + plan.window for start in plan.starts]
    assert plan.starts[0] == 0 and ends[-1] == frames
    shared = [
        end - start
        for start, end in zip(plan.starts[1:], ends[:-1], strict=True)
    ]
    assert all(one == overlap for one in shared[:-1])
    assert all(overlap <= one < plan.window for one in shared)
    # No window more than it takes.
    step = window - overlap
    assert len(plan) == 1 + max(0, -(-(frames - window) // step))
    motion = torch.arange(frames)[:, None]
    windows = plan.cut(motion)
    assert windows.shape == (len(plan), plan.window, 1)
    for start, one in zip(plan.starts, windows, strict=True):
        assert torch.equal(one, motion[start : start + plan.window])
    assert torch.equal(plan.earliest(windows), motion)


def test_plans_by_hand():
    assert plan_windows(60, 30).starts == (0, 15, 30)
    assert plan_windows(61, 30).starts == (0, 15, 30, 31)
    assert plan_windows(60, 20, overlap=0).starts == (0, 20, 40)
    assert plan_windows(9, 5, overlap=4).starts == (0, 1, 2, 3, 4)
    short = plan_windows(40, 60)
    assert (short.starts, short.window, short.frames) == ((0,), 40, 40)
    assert plan_windows(60, 60).starts == (0,)
    assert plan_windows(1, 1).starts == (0,)


def test_a_frame_belongs_to_the_first_window_that_shows_it():
    """By a loop over windows from the last to the first."""
    plan = plan_windows(23, 7, overlap=5)
    windows = drawn(2, len(plan), 7, 3)
    naive = torch.empty(2, 23, 3)
    for i in reversed(range(len(plan))):
        naive[:, plan.starts[i] : plan.starts[i] + 7] = windows[:, i]
    assert torch.equal(plan.earliest(windows), naive)


SAMPLERS = {
    "ddim, eta 0": dict(sampler=ddim.states, steps=5),
    "ddim, eta 1": dict(sampler=ddim.states, steps=5, eta=1.0),
    "ddpm": dict(
        sampler=ddpm.states, levels=torch.tensor([0.9, 0.5, 0.1]).double()
    ),
}
each_sampler = pytest.mark.parametrize(
    "options", SAMPLERS.values(), ids=SAMPLERS.keys()
)


def plain(denoise, noise, *, sampler, **options):
    for state in sampler(
        denoise, noise, schedule=cosine, generator=seeded(), **options
    ):
        end = state.noisy
    return end


@each_sampler
@pytest.mark.parametrize("window, overlap", [(6, 3), (6, 0), (6, 5), (7, 2)])
def test_independent_numbers_do_not_notice_the_windows(
    options, window, overlap
):
    """Where no frame looks at another, windows change nothing."""
    noise = drawn(2, 20, 3)
    plan = plan_windows(20, window, overlap=overlap)
    windows = long_form.sample(
        gaussian,
        plan.cut(noise),
        windows=plan,
        schedule=cosine,
        generator=seeded(),
        **options,
    )
    whole = plain(gaussian, noise, **options)
    torch.testing.assert_close(windows, plan.cut(whole))


@each_sampler
def test_one_window_is_plain_sampling(options):
    noise = drawn(2, 5, 3)
    plan = plan_windows(5, 60)
    windows = long_form.sample(
        blurred,
        plan.cut(noise),
        windows=plan,
        schedule=cosine,
        generator=seeded(),
        **options,
    )
    assert torch.equal(windows[:, 0], plain(blurred, noise, **options))


def test_halves_are_tied_as_edge_ties_them():
    """x[1:, :half] = x[:-1, half:] after each step but the last."""
    plan = plan_windows(16, 8)
    fresh = [drawn(3, 8, 2, seed=20 + i) for i in range(4)]
    noise = drawn(3, 8, 2)  # not tied to start with, as EDGE's
    levels = ddim.levels(4)
    noisy = noise
    trail = list(
        long_form.states(
            blurred,
            noise,
            windows=plan,
            schedule=cosine,
            steps=4,
            eta=1.0,
            fresh_noise=lambda step: fresh[step],
        )
    )
    for i, level in enumerate(levels):
        clean = blurred(noisy, level.float().expand(3))
        assert torch.equal(trail[i].clean, clean)
        if i == 3:
            break
        now, then = cosine(level), cosine(levels[i + 1])
        noisy = ddim.update(
            noisy, clean, now, then, eta=1.0, fresh=fresh[i + 1]
        )
        noisy[1:, :4] = noisy[:-1, 4:].clone()
        assert torch.equal(trail[i].noisy, noisy)
    assert torch.equal(trail[-1].noisy, clean)
    tied = plan.cut(plan.earliest(clean))
    assert not torch.equal(clean, tied)  # the last step is left as it is


def test_tied_windows_disagree_less():
    plan = plan_windows(62, 12)

    def apart(sampler, **more):
        windows = sampler(
            blurred,
            plan.cut(drawn(40, 62, 1)),
            schedule=cosine,
            steps=20,
            **more,
        )
        return (windows - plan.cut(plan.earliest(windows))).abs().mean()

    loose = apart(ddim.sample)
    assert apart(long_form.sample, windows=plan) < 0.7 * loose


def test_noise_of_a_frame_is_the_same_in_all_windows():
    """It is drawn for the motion: how it is cut does not matter."""
    noise, options = drawn(20, 2), dict(schedule=cosine, steps=3, eta=1.0)
    generator, other = seeded(), seeded()
    plan = plan_windows(20, 6)
    long_form.sample(
        gaussian,
        plan.cut(noise),
        windows=plan,
        generator=generator,
        **options,
    )
    ddim.sample(gaussian, noise, generator=other, **options)
    assert torch.equal(generator.get_state(), other.get_state())


@pytest.mark.parametrize("size", [1, 2, 4, 8, 50])
def test_chunks_change_nothing(size):
    """Each window meets its own condition, level and network call."""
    plan = plan_windows(20, 6)
    condition = plan.cut(drawn(2, 20, 3, seed=3)).flatten(0, 1)
    calls = []

    def part(which):
        def denoise(noisy, t):
            calls.append(len(noisy))
            assert t.shape == noisy.shape[:1]
            return blurred(noisy, t) + condition[which]

        return denoise

    noisy, t = drawn(2, len(plan), 6, 3), torch.rand(2, len(plan))
    ours = long_form.in_chunks(part, size=size)(noisy, t)
    whole = blurred(noisy, t) + condition.reshape(noisy.shape)
    torch.testing.assert_close(ours, whole)
    assert max(calls) <= size and sum(calls) == 2 * len(plan)


def test_chunks_of_guidance():
    """A part may send a batch of its own through the network."""
    seen = []

    def part(which):
        seen.append(which)
        return lambda noisy, t: torch.cat([noisy, noisy]).chunk(2)[0]

    noisy = drawn(5, 4, 2)
    ours = long_form.in_chunks(part, size=2)(noisy, torch.ones(5))
    assert torch.equal(ours, noisy)
    assert seen == [slice(0, 2), slice(2, 4), slice(4, 5)]


def test_arguments_are_left_alone_and_dtype_stays():
    plan = plan_windows(20, 6)
    noise = plan.cut(drawn(20, 2).double())
    before = noise.clone()
    end = long_form.sample(
        blurred,
        noise,
        windows=plan,
        schedule=cosine,
        steps=3,
        eta=1.0,
        generator=seeded(),
    )
    assert torch.equal(noise, before) and end.dtype == torch.float64


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda: plan_windows(0, 6), "1 or more, got 0 and 6"),
        (lambda: plan_windows(6, 0), "1 or more, got 6 and 0"),
        (lambda: plan_windows(9, 6, overlap=6), "within 0..5.* got 6"),
        (lambda: plan_windows(9, 6, overlap=-1), "within 0..5.* got -1"),
        (lambda: Windows(9, 6, (0, 2)), r"for 9 frames in.*got \[0, 2\]"),
        (lambda: Windows(9, 6, (1, 3)), r"starts must rise.*got \[1, 3\]"),
        (lambda: Windows(20, 6, (0, 7, 14)), "starts must rise from 0"),
        (lambda: Windows(9, 6, (0, 3, 3)), "starts must rise from 0"),
        (lambda: Windows(9, 6, ()), r"starts must rise from 0.*got \[\]"),
        (
            lambda: plan_windows(20, 6).cut(torch.zeros(19, 2)),
            r"motion must have shape \[..., 20, c\], got \[19, 2\]",
        ),
        (
            lambda: plan_windows(20, 6).earliest(torch.zeros(5, 6, 2)),
            r"windows must have shape \[..., 6, 6, c\], got \[5, 6, 2\]",
        ),
        (
            lambda: long_form.sample(
                gaussian,
                torch.zeros(20, 2),
                windows=plan_windows(20, 6),
                schedule=cosine,
                steps=2,
            ),
            r"noise must have shape \[..., 6, 6, c\], got \[20, 2\]",
        ),
        (
            lambda: long_form.sample(
                gaussian,
                torch.zeros(6, 6, 2),
                windows=plan_windows(20, 6),
                schedule=cosine,
                steps=2,
                eta=1.0,
            ),
            "eta=1.0 draws noise",
        ),
        (
            lambda: long_form.in_chunks(lambda which: gaussian, size=0),
            "size must be 1 or more, got 0",
        ),
    ],
)
def test_bad_input(call, said):
    with pytest.raises(ValueError, match=said):
        call()
