"""Completion against closed forms, naive twins, and what may go wrong."""

from functools import partial

import pytest
import torch

from mini_vimogen.paths.schedules import cosine, linear
from mini_vimogen.samplers import completion, ddim, ddpm, long_form

SCALE = 0.3
FRAMES = 12


def gaussian(noisy, t):
    """The perfect denoiser of independent N(0, 0.3^2): a shrinkage."""
    alpha, sigma = (v[..., None, None] for v in cosine(t))
    return alpha * SCALE**2 * noisy / (alpha**2 * SCALE**2 + sigma**2)


def smooth_covariance():
    """Of 12 frames of smooth motion with a spread of 0.3."""
    apart = torch.arange(FRAMES)[:, None] - torch.arange(FRAMES)
    smooth = torch.exp(-(apart.double() ** 2) / 32)
    return SCALE**2 * smooth + 1e-4 * torch.eye(FRAMES)


def smooth(noisy, t):
    """The perfect denoiser of such motions."""
    alpha, sigma = cosine(t.flatten()[0].double())
    spread = smooth_covariance()
    noise = sigma**2 * torch.eye(FRAMES)
    gain = alpha * spread @ torch.linalg.inv(alpha**2 * spread + noise)
    return gain.to(noisy) @ noisy


def drawn(*shape, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator)


def seeded(seed=7):
    return torch.Generator().manual_seed(seed)


SAMPLERS = {
    "ddim, eta 0": dict(sampler=ddim.states, steps=5),
    "ddim, eta 0.5": dict(sampler=ddim.states, steps=5, eta=0.5),
    "ddim, eta 1": dict(sampler=ddim.states, steps=5, eta=1.0),
    "ddpm": dict(
        sampler=ddpm.states, levels=torch.tensor([0.9, 0.5, 0.1]).double()
    ),
}
each_sampler = pytest.mark.parametrize(
    "options", SAMPLERS.values(), ids=SAMPLERS.keys()
)


def plain(noise, *, sampler, **options):
    for state in sampler(
        gaussian, noise, schedule=cosine, generator=seeded(), **options
    ):
        end = state.noisy
    return end


@each_sampler
def test_known_numbers_come_back_bit_for_bit(options):
    noise, values = drawn(3, 6, 4), 2 * drawn(3, 6, 4, seed=2)
    known = drawn(3, 6, 4, seed=3) > 0
    end = completion.sample(
        gaussian,
        noise,
        known=known,
        values=values,
        schedule=cosine,
        generator=seeded(),
        **options,
    )
    assert torch.equal(end[known], values[known])
    # Independent numbers: the rest is what it is without completion.
    assert torch.equal(end[~known], plain(noise, **options)[~known])


@each_sampler
def test_everything_known(options):
    noise, values = drawn(2, 6, 4), drawn(2, 6, 4, seed=2)
    end = completion.sample(
        gaussian,
        noise,
        known=torch.ones(1, 1, dtype=torch.bool),
        values=values,
        schedule=cosine,
        generator=seeded(),
        **options,
    )
    assert torch.equal(end, values)


@each_sampler
def test_nothing_known_is_plain_sampling(options):
    noise = drawn(2, 6, 4)
    nothing = dict(
        known=torch.zeros(6, 1, dtype=torch.bool),
        values=torch.full((6, 4), torch.nan),
    )
    end = completion.sample(
        completion.eased(gaussian, **nothing),
        noise,
        schedule=cosine,
        generator=seeded(),
        **nothing,
        **options,
    )
    assert torch.equal(end, plain(noise, **options))


def test_naive_twin():
    """Equation 8 written out, with noise of its own for the known part."""
    noise, values = drawn(2, FRAMES, 1), drawn(FRAMES, 1, seed=2)
    known = torch.zeros(FRAMES, 1, dtype=torch.bool)
    known[:3] = True
    fresh = [drawn(2, FRAMES, 1, seed=10 + i) for i in range(9)]
    other = [drawn(2, FRAMES, 1, seed=30 + i) for i in range(9)]
    levels = ddim.levels(8)
    noisy, keep = noise, known.float()
    for i, level in enumerate(levels):
        clean = smooth(noisy, level.float().expand(2))
        if i == 7:
            noisy = keep * values + (1 - keep) * clean
            break
        alpha, sigma = cosine(levels[i + 1])
        noisy = ddim.update(
            noisy,
            clean,
            cosine(level),
            (alpha, sigma),
            eta=1.0,
            fresh=fresh[i + 1],
        )
        given = alpha * values + sigma * other[i + 1]
        noisy = keep * given + (1 - keep) * noisy
    ours = completion.sample(
        smooth,
        noise,
        known=known,
        values=values,
        schedule=cosine,
        steps=8,
        eta=1.0,
        fresh_noise=lambda step: fresh[step],
        known_noise=lambda step: other[step],
    )
    torch.testing.assert_close(ours, noisy, rtol=0, atol=1e-6)


def test_the_known_part_of_every_level():
    """Alpha times the values and sigma times that step's noise."""
    values, noise = drawn(6, 2, seed=2), drawn(6, 2)
    fresh = [drawn(6, 2, seed=10 + i) for i in range(5)]
    known = torch.zeros(6, 1, dtype=torch.bool)
    known[2:4] = True
    given = dict(known=known, values=values, schedule=linear, steps=4)
    trail = list(
        completion.states(
            gaussian,
            noise,
            eta=1.0,
            fresh_noise=lambda step: fresh[step],
            **given,
        )
    )
    calm = list(completion.states(gaussian, noise, **given))
    for i, level in enumerate(ddim.levels(4)[1:]):
        alpha, sigma = linear(level)
        wanted = (alpha * values + sigma * fresh[i + 1])[2:4]
        assert torch.equal(trail[i].noisy[2:4], wanted)
        # Without a source of noise they keep the noise they started from.
        wanted = (alpha * values + sigma * noise)[2:4]
        assert torch.equal(calm[i].noisy[2:4], wanted)
        assert (trail[i].step, trail[i].t) == (i + 1, float(ddim.levels(4)[i]))
    assert torch.equal(trail[-1].noisy[2:4], values[2:4])


def test_without_the_last_word_the_end_is_the_guess():
    values = torch.full((6, 2), 3.0)
    given = dict(
        known=torch.ones(6, 1, dtype=torch.bool),
        values=values,
        schedule=cosine,
        steps=4,
    )
    trail = list(completion.states(gaussian, drawn(6, 2), exact=False, **given))
    assert torch.equal(trail[-1].noisy, trail[-1].clean)
    assert (trail[-1].noisy - values).abs().min() > 0.1


def test_each_step_draws_once():
    """The generator yields as much as without completion."""
    generator, other = seeded(), seeded()
    options = dict(schedule=cosine, steps=5, eta=1.0)
    noise = drawn(6, 2)
    completion.sample(
        gaussian,
        noise,
        known=torch.ones(6, 1, dtype=torch.bool),
        values=torch.zeros(6, 2),
        generator=generator,
        **options,
    )
    ddim.sample(gaussian, noise, generator=other, **options)
    assert torch.equal(generator.get_state(), other.get_state())


def completed(count, *, ease, known, values):
    denoise = smooth
    if ease:
        denoise = completion.eased(smooth, known=known, values=values)
    return completion.sample(
        denoise,
        drawn(count, FRAMES, 1),
        known=known,
        values=values,
        schedule=cosine,
        steps=50,
        eta=1.0,
        generator=seeded(),
    )


def test_smooth_motion_between_known_ends():
    """The conditional Gaussian says where the rest is; easing comes near."""
    known = torch.zeros(FRAMES, 1, dtype=torch.bool)
    known[:3] = known[-3:] = True
    ends = known[:, 0]
    spread = smooth_covariance()
    values = (torch.linalg.cholesky(spread) @ drawn(FRAMES, 1).double()).float()
    gain = spread[~ends][:, ends] @ torch.linalg.inv(spread[ends][:, ends])
    wanted = gain.float() @ values[ends]
    own = spread[~ends][:, ~ends] - gain @ spread[ends][:, ~ends]

    def error(ease):
        end = completed(300, ease=ease, known=known, values=values)
        return (end[:, ~ends] - wanted).square().mean().sqrt()

    best = own.diag().mean().sqrt()
    assert error(ease=False) > 4 * best  # equation 8 alone is weak
    assert error(ease=True) < 0.6 * error(ease=False)


def test_eased_guess_is_a_line_between_what_is_known():
    """By hand: misses 1 at frame 1 and 4 at frame 4 of a flat guess of 10."""
    known = torch.tensor([0, 1, 0, 0, 1, 0], dtype=torch.bool)[:, None]
    values = torch.full((6, 2), torch.nan)
    values[1], values[4] = 11.0, 14.0
    known = known & torch.tensor([True, False])  # the second channel is free
    ease = completion.eased(
        lambda noisy, t: torch.full_like(noisy, 10.0),
        known=known,
        values=values,
    )
    guess = ease(drawn(3, 6, 2), torch.ones(3))
    line = torch.tensor([11.0, 11, 12, 13, 14, 14])
    torch.testing.assert_close(guess[..., 0], line.expand(3, 6))
    assert torch.equal(guess[..., 1], torch.full((3, 6), 10.0))


def test_interpolated_is_numpys():
    numpy = pytest.importorskip("numpy")
    numbers, known = drawn(40, 9, 3), drawn(40, 9, 3, seed=2) > 0.3
    numbers = torch.where(known, numbers, torch.nan)
    known[0] = known[1, :, 1] = False
    ours = completion.interpolated(numbers, known)
    for i in range(40):
        for c in range(3):
            at = known[i, :, c].nonzero()[:, 0].numpy()
            naive = numpy.zeros(9)
            if len(at):
                there = numbers[i, at, c].numpy()
                naive = numpy.interp(numpy.arange(9), at, there)
            numpy.testing.assert_allclose(ours[i, :, c], naive, atol=1e-6)


def test_completing_a_long_motion():
    """Windows stay tied, and known frames are known in all of them."""
    plan = long_form.plan_windows(17, 6, overlap=2)
    values = drawn(17, 2, seed=2)
    known = torch.zeros(17, 1, dtype=torch.bool)
    known[4:9] = True
    fresh = [plan.cut(drawn(17, 2, seed=10 + i)) for i in range(5)]
    trail = list(
        completion.states(
            gaussian,
            plan.cut(drawn(17, 2)),
            known=plan.cut(known),
            values=plan.cut(values),
            schedule=cosine,
            sampler=partial(long_form.states, windows=plan),
            steps=4,
            eta=1.0,
            fresh_noise=lambda step: fresh[step],
        )
    )
    for state in trail[:-1]:
        tied = plan.cut(plan.earliest(state.noisy))
        assert torch.equal(state.noisy, tied)
    shown = plan.cut(known).expand(trail[-1].noisy.shape)
    assert torch.equal(trail[-1].noisy[shown], plan.cut(values)[shown])
    alpha, sigma = cosine(ddim.levels(4)[2])
    given = (alpha * plan.cut(values) + sigma * fresh[2])[shown]
    assert torch.equal(trail[1].noisy[shown], given)


def test_a_step_of_ones_own_comes_before():
    known = torch.zeros(6, 1, dtype=torch.bool)
    known[0] = True
    end = completion.sample(
        gaussian,
        drawn(6, 2),
        known=known,
        values=torch.ones(6, 2),
        schedule=cosine,
        steps=3,
        between=lambda noisy, step, t: torch.full_like(noisy, 5.0),
    )
    assert torch.equal(end[0], torch.ones(2))
    assert torch.equal(end[1:], torch.full((5, 2), 5.0))


def test_what_is_done_between_steps():
    """After every step, with the level that it reached; the end is kept."""
    seen = []

    def noted(noisy, step, t):
        seen.append((step, t))
        return noisy + 1

    noise = drawn(6, 2)
    levels = torch.tensor([0.9, 0.5, 0.1], dtype=torch.float64)
    given = dict(schedule=cosine, generator=seeded(), between=noted)
    ddpm_end = ddpm.sample(gaussian, noise, levels=levels, **given)
    assert seen == [(1, 0.5), (2, 0.1), (3, ddim.CLEAN)]
    again = given | dict(generator=seeded())
    *_, last = ddpm.states(gaussian, noise, levels=levels, **again)
    assert torch.equal(ddpm_end, last.clean + 1)
    seen.clear()
    end = ddim.sample(gaussian, noise, steps=2, **given)
    assert seen == [(1, float(ddim.levels(2)[1])), (2, ddim.CLEAN)]
    *_, last = ddim.states(gaussian, noise, steps=2, **given)
    assert torch.equal(end, last.clean + 1)


def test_arguments_are_left_alone_and_dtype_stays():
    noise = drawn(2, 6, 2).double()
    values, known = drawn(6, 2), drawn(6, 2, seed=4) > 0
    values[~known] = torch.nan
    before = noise.clone(), values.clone(), known.clone()
    given = dict(known=known, values=values)
    end = completion.sample(
        completion.eased(gaussian, **given),
        noise,
        schedule=cosine,
        steps=3,
        **given,
    )
    assert end.dtype == torch.float64 and end.isfinite().all()
    assert torch.equal(noise, before[0]) and torch.equal(known, before[2])
    assert torch.equal(values[known], before[1][known])
    assert torch.equal(end[:, known], values[known].double().expand(2, -1))


ALL = torch.ones(6, 2, dtype=torch.bool)


@pytest.mark.parametrize(
    "known, values, said",
    [
        (ALL.float(), ALL.float(), "known must be bool, got torch.float32"),
        (
            ALL[:5],
            ALL.float(),
            r"known must .* noise \[3, 6, 2\].*got \[5, 2\]",
        ),
        (ALL, torch.zeros(7, 2), r"values must have a shape.*got \[7, 2\]"),
        (ALL[:, 0], ALL.float(), r"known must have a shape.*got \[6\]"),
        (ALL, torch.zeros(2), r"values must have a shape.*got \[2\]"),
        (ALL[None, None], ALL.float(), r"known .*got \[1, 1, 6, 2\]"),
        (ALL.repeat(3, 1, 2), ALL.float(), r"known .*got \[3, 6, 4\]"),
    ],
)
def test_masks_and_values_that_do_not_fit(known, values, said):
    given = dict(known=known, values=values)
    with pytest.raises(ValueError, match=said):
        completion.sample(
            gaussian, drawn(3, 6, 2), schedule=cosine, steps=2, **given
        )
    with pytest.raises(ValueError, match=said):
        completion.eased(gaussian, **given)(drawn(3, 6, 2), torch.ones(3))


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_known_values_must_be_numbers(bad):
    values = torch.zeros(6, 2)
    values[4, 1] = bad
    with pytest.raises(
        ValueError, match="finite where known, got .* at frame 4, channel 1"
    ):
        completion.sample(
            gaussian,
            drawn(6, 2),
            known=ALL,
            values=values,
            schedule=cosine,
            steps=2,
        )


def test_the_samplers_own_errors_come_through():
    given = dict(known=ALL, values=ALL.float(), schedule=cosine)
    with pytest.raises(ValueError, match="eta=1.0 draws noise"):
        completion.sample(gaussian, drawn(6, 2), steps=2, eta=1.0, **given)
    with pytest.raises(ValueError, match="generator or fresh_noise"):
        completion.sample(gaussian, drawn(6, 2), sampler=ddpm.states, **given)
