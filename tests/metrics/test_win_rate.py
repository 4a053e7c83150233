"""Win rates: against closed forms, brute force and simulated voters."""

import math
from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from mini_vimogen.metrics.win_rate import (
    clustered_interval,
    even_odds_p,
    wilson_interval,
)

Z = 1.959963984540054


@given(st.integers(1, 300), st.floats(0, 1), st.sampled_from([0.5, 0.9, 0.95]))
def test_wilson_equals_scipys(votes, share, level):
    wins = round(share * votes)
    known = binomtest(wins, votes).proportion_ci(level, method="wilson")
    assert wilson_interval(wins, votes, level=level) == pytest.approx(
        (known.low, known.high), abs=1e-12
    )


@given(st.integers(1, 200), st.floats(0, 1))
def test_the_ends_are_shares_whose_own_test_just_rejects(votes, share):
    """Wilson's definition: the score test of either end is at its limit."""
    wins = round(share * votes)
    for end in wilson_interval(wins, votes):
        if 1e-9 < end < 1 - 1e-9:
            score = (wins / votes - end) / math.sqrt(end * (1 - end) / votes)
            assert abs(score) == pytest.approx(Z, rel=1e-6)


def test_wilson_is_symmetric_and_never_leaves_0_to_1():
    low, high = wilson_interval(0, 7)
    assert 0 <= low < 1e-12 and 0.3 < high < 0.4
    mirrored = wilson_interval(7, 7)
    assert mirrored == pytest.approx((1 - high, 1 - low))


def test_voters_who_all_agree_with_themselves_widen_the_interval(generator):
    """Ten voters, each twenty times of one mind: ten trials, not 200."""
    voter = torch.arange(10).repeat_interleave(20)
    won = voter < 6
    low, high = clustered_interval(won, voter, generator=generator)
    expected = 2 * Z * math.sqrt(0.6 * 0.4 / 10)
    assert high - low == pytest.approx(expected, rel=0.1)
    naive_low, naive_high = wilson_interval(120, 200)
    assert high - low > 3 * (naive_high - naive_low)


def test_redrawing_groups_is_what_brute_force_says(generator):
    """Three voters: all 27 draws, weighted by their numbers of votes."""
    voter = torch.tensor([7, 7, 7, 7, 2, 2, 5])
    won = torch.tensor([1, 1, 1, 0, 0, 1, 0]).bool()
    wins, votes = {7: 3, 2: 1, 5: 0}, {7: 4, 2: 2, 5: 1}
    shares = torch.tensor(
        [
            sum(wins[v] for v in drawn) / sum(votes[v] for v in drawn)
            for drawn in product(wins, repeat=3)
        ],
        dtype=torch.float64,
    )
    wanted = torch.quantile(shares, torch.tensor([0.2, 0.8]).double()).tolist()
    found = clustered_interval(
        won, voter, generator=generator, level=0.6, repeats=20_000
    )
    assert found == pytest.approx(wanted, abs=1e-6)


def test_coverage_over_simulated_voters(generator):
    """Voters lean their own ways: the clustered interval still covers."""
    truth, hits, wilson_hits = 0.6, 0, 0
    for _ in range(150):
        lean = truth + 0.35 * (2 * torch.rand(30, generator=generator) - 1)
        voter = torch.arange(30).repeat_interleave(20)
        won = torch.rand(600, generator=generator) < lean[voter]
        low, high = clustered_interval(
            won, voter, generator=generator, repeats=200
        )
        hits += low <= truth <= high
        low, high = wilson_interval(int(won.sum()), 600)
        wilson_hits += low <= truth <= high
    assert hits >= 132  # 142 expected; 132 is four standard deviations away
    assert wilson_hits < hits - 10


def test_one_voter_says_nothing_about_others(generator):
    won = torch.tensor([True, False])
    one = torch.zeros(2, dtype=torch.int64)
    assert clustered_interval(won, one, generator=generator) is None


@given(st.integers(1, 40), st.data())
def test_even_odds_adds_up_what_is_no_likelier(votes, data):
    wins = data.draw(st.integers(0, votes))
    chance = [math.comb(votes, k) / 2**votes for k in range(votes + 1)]
    known = sum(c for c in chance if c <= chance[wins] * (1 + 1e-7))
    assert even_odds_p(wins, votes) == pytest.approx(min(known, 1.0))


@pytest.mark.parametrize("wins, votes", [(0, 0), (3, 2), (-1, 4)])
@pytest.mark.parametrize("figure", [wilson_interval, even_odds_p])
def test_impossible_counts_are_refused(figure, wins, votes):
    with pytest.raises(ValueError, match=f"got {wins} of {votes}"):
        figure(wins, votes)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_levels_outside_0_to_1_are_refused(level):
    with pytest.raises(ValueError, match=f"level .* got {level}"):
        wilson_interval(1, 2, level=level)


@pytest.mark.parametrize("votes, clusters", [(0, 0), (3, 2)])
def test_shapes_that_do_not_match_are_refused(votes, clusters, generator):
    with pytest.raises(ValueError, match=r"shape \[votes\]"):
        clustered_interval(
            torch.zeros(votes).bool(),
            torch.zeros(clusters).long(),
            generator=generator,
        )
