"""Kriging against a naive twin and closed forms; guesses bent by it."""

import math

import pytest
import torch

from mini_vimogen.paths.schedules import cosine
from mini_vimogen.samplers import completion
from mini_vimogen.samplers.kriging import eased_by_kriging, kriged


def drawn(*shape, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def naive(numbers, known, *, length, nugget):
    """One channel, by the textbook's system with a Lagrange multiplier."""
    at = [i for i in range(len(known)) if known[i]]
    count = len(at)

    def alike(apart):
        scaled = math.sqrt(3) * abs(apart) / length
        return (1 + scaled) * math.exp(-scaled)

    system = torch.zeros(count + 1, count + 1, dtype=torch.float64)
    for row, i in enumerate(at):
        for column, j in enumerate(at):
            system[row, column] = alike(i - j) + nugget * (i == j)
        system[row, count] = system[count, row] = 1.0
    filled = numbers.clone()
    for frame in range(len(known)):
        if known[frame]:
            continue
        wanted = [alike(frame - i) for i in at] + [1.0]
        wanted = torch.tensor(wanted, dtype=torch.float64)
        weights = torch.linalg.solve(system, wanted)[:count]
        filled[frame] = sum(w * numbers[i] for w, i in zip(weights, at))  # noqa: B905
    return filled


@pytest.mark.parametrize("length, nugget", [(12.0, 2e-3), (3.0, 0.1)])
def test_naive_twin(length, nugget):
    numbers = drawn(2, 3, 15, 4)
    known = drawn(2, 3, 15, 4, seed=2) > 0.3
    ours = kriged(numbers, known, length=length, nugget=nugget)
    for b in range(2):
        for w in range(3):
            for c in range(4):
                where = b, w, slice(None), c
                expected = naive(
                    numbers[where], known[where], length=length, nugget=nugget
                )
                torch.testing.assert_close(ours[where], expected)


def test_a_level_is_kept_and_a_channel_without_any_is_zero():
    known = torch.zeros(20, 3, dtype=torch.bool)
    known[2:5, 0] = True
    known[11, 1] = True
    numbers = torch.full((20, 3), torch.nan).masked_fill(known, 4.0)
    filled = kriged(numbers, known)
    torch.testing.assert_close(filled[:, :2], torch.full((20, 2), 4.0))
    assert torch.equal(filled[:, 2], torch.zeros(20))


def test_known_numbers_come_back_bit_for_bit():
    numbers, known = drawn(4, 30, 5), drawn(4, 30, 5, seed=2) > 0
    assert torch.equal(kriged(numbers, known)[known], numbers[known])


def test_no_corner_at_the_border_where_lines_have_one():
    time = torch.linspace(0, 2 * math.pi, 40, dtype=torch.float64)
    wave = torch.sin(time)[:, None]
    known = torch.ones(40, 1, dtype=torch.bool)
    known[14:26] = False

    def bend(motion):
        cut = [12, 13, 24, 25]  # second differences across a border
        return motion.diff(n=2, dim=0).abs()[cut].max()

    assert bend(kriged(wave, known)) < 1.5 * bend(wave)
    assert bend(completion.interpolated(wave, known)) > 2 * bend(wave)


def test_far_from_all_that_is_known_is_the_level():
    known = torch.zeros(400, 1, dtype=torch.bool)
    known[[0, 1, 200]] = True
    numbers = torch.zeros(400, 1).double()
    numbers[0] = numbers[1] = 3.0
    filled = kriged(numbers, known, nugget=1e-9)
    # Frames 0 and 1 say nearly the same, so together they count as one.
    assert filled[100].item() == pytest.approx(1.5, abs=0.05)
    assert filled[399].item() == pytest.approx(1.5, abs=0.05)


def test_a_guess_is_bent_to_what_is_known():
    values = drawn(3, 16, 2)
    known = torch.ones(16, 1, dtype=torch.bool)
    known[5:9] = False
    told = dict(known=known, values=values.where(known, torch.nan))
    guess = drawn(3, 16, 2, seed=4)
    denoise = eased_by_kriging(lambda noisy, t: guess, **told)
    bent = denoise(drawn(3, 16, 2, seed=5), torch.ones(3))
    there = known.expand(3, 16, 2)
    assert torch.equal(bent[there], values[there])
    miss = kriged(values - guess, there)
    torch.testing.assert_close(bent[~there], (guess + miss)[~there])


def test_nothing_known_changes_nothing():
    guess = drawn(3, 16, 2)
    denoise = eased_by_kriging(
        lambda noisy, t: guess,
        known=torch.zeros(16, 1, dtype=torch.bool),
        values=torch.full((16, 2), torch.nan),
    )
    assert torch.equal(denoise(drawn(3, 16, 2), torch.ones(3)), guess)


def test_it_goes_with_completion():
    values = drawn(16, 2).float()
    known = torch.ones(16, 1, dtype=torch.bool)
    known[5:9] = False
    told = dict(known=known, values=values)
    made = completion.sample(
        eased_by_kriging(lambda noisy, t: 0 * noisy, **told),
        drawn(3, 16, 2, seed=3).float(),
        schedule=cosine,
        steps=4,
        **told,
    )
    expected = kriged(values, known.expand(16, 2)).expand(3, 16, 2)
    torch.testing.assert_close(made, expected)


@pytest.mark.parametrize("name", ["length", "nugget"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan])
def test_numbers_that_are_not_positive_are_refused(name, value):
    numbers = torch.zeros(3, 1)
    with pytest.raises(ValueError, match=f"{name} must be positive, got"):
        kriged(numbers, numbers == 0, **{name: value})


def test_values_that_are_not_finite_are_refused():
    known = torch.ones(4, 1, dtype=torch.bool)
    denoise = eased_by_kriging(
        lambda noisy, t: noisy, known=known, values=torch.full((4, 1), math.nan)
    )
    with pytest.raises(ValueError, match="finite where known"):
        denoise(torch.zeros(4, 1), torch.ones(()))
