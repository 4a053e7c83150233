"""Aims and choices of ``nfe``, from rows whose figures are known."""

import math

import numpy as np
import pytest

from mini_vimogen.render.theme import missing_labels
from mini_vimogen.studies import nfe_page
from mini_vimogen.studies.nfe_aims import (
    ERROR,
    FID_M,
    QUALITIES,
    aims,
    best_within,
    curve,
    enough,
    level,
    shared_seeds,
)
from mini_vimogen.studies.nfe_ways import SAMPLED, named

COUNTS = (1, 2, 4, 8, 16, 32, 64)


def of_group(group, **figures):
    return {
        quality.key: figures.get(quality.key, 1.0)
        for quality in QUALITIES
        if quality.group == group
    }


def row(arm, seed, figures):
    return dict(arm=arm, seed=seed, recipe=arm, size="desk", figures=figures)


def way(arm, seed, values, counts=COUNTS):
    """FID_m and PA of choreography are ``values``; everything else is 1."""
    found = {}
    for count, value in zip(counts, values, strict=True):
        told = dict(fid_m=value, pa_mpjpe_mm=10 * value, from_end_mm=value)
        own = of_group("choreographed", **told) | {"from_end_mm": value}
        found[named("choreographed", count)] = own
        for group in ("walking", "acrobatics", "real"):
            found[named(group, count)] = of_group(group)
    return row(arm, seed, found)


@pytest.fixture
def rows():
    found = []
    for seed in range(3):
        high = 0.1 * seed
        for arm in SAMPLED:
            values = (9 + high, 7, 5, 4.02, 4, 4.1, 4.05)
            if arm == "ddim":
                values = (9 + high, 8, 7, 6, 5, 4.5, 4 + high, 4)
                found.append(way(arm, seed, values, (*COUNTS[:6], 50, 64)))
            elif arm == "ddim, guided 2":
                found.append(way(arm, seed, (5 + high,), (100,)))
            elif arm == "regressor":
                found.append(way(arm, seed, (6 + high,), (1,)))
            elif arm == "midpoint":
                found.append(way(arm, seed, values[1:], COUNTS[1:]))
            else:
                found.append(way(arm, seed, [2 * v for v in values]))
        floor = {"choreographed": {"fid_m": 0.4, "fid_k": 0.8}}
        found.append(row("real against real", seed, floor))
        still = {"choreographed": of_group("choreographed", fid_m=70.0)}
        found.append(row("mean pose", seed, still))
        times = {named("midpoint", n): n / 100 for n in COUNTS[1:]}
        times |= {named("ddim", n): n / 100 for n in (*COUNTS, 50)}
        times[named("ddim, guided 2", 100)] = 0.6
        timed = {name: {"cpu_seconds": t} for name, t in times.items()}
        found.append(row("speed", seed, timed))
        bends = {"diffusion": {"bend": 0.3}, "flow": {"bend": 0.2 + high}}
        found.append(row("paths", seed, bends))
        found.append(row("loss by level", seed, by_level(seed)))
    return found


def by_level(seed):
    found = {"regressor": {"joints_mm": 30.0 + seed, "clean": 0.01}}
    for low in range(10):
        for name, more in (("diffusion", 0.0), ("flow", 5.0)):
            told = f"{name}, t {low / 10:.1f}-{(low + 1) / 10:.1f}"
            error = 20.0 + low + more + seed
            found[told] = dict(joints_mm=error, velocity=1 / (low + 1))
    return found


def cells(table):
    lines = [line.strip("|").split("|") for line in table.splitlines()]
    return [[cell.strip() for cell in line] for line in lines]


def test_few_evaluations_of_flow_are_held_against_many_of_ddim(rows):
    found = {aim.name: aim for aim in aims(rows)}
    aim = found["FID_m, choreographed: midpoint at 8 over DDIM at 50"]
    assert aim.figures == pytest.approx((4.02 / 4, 4.02 / 4.1, 4.02 / 4.2))
    assert aim.bar == 1.0 and aim.met
    walking = found["PA-MPJPE, walking: midpoint at 8 over DDIM at 50"]
    assert walking.figures == (1.0, 1.0, 1.0) and walking.met
    for own in rows:
        if own["arm"] == "midpoint":
            own["figures"][named("walking", 8)]["pa_mpjpe_mm"] = 1.01
    walking = aims(rows)[2]
    assert walking.name.startswith("PA-MPJPE, walking") and not walking.met


def test_time_is_compared_where_the_error_is_equal(rows):
    """Guided DDIM has 5 and a bit; midpoint with 4 evaluations has 5."""
    seconds, error, distance = aims(rows)[-3:]
    assert seconds.figures == (0.08, 0.08, 0.08) and seconds.met
    for aim in (error, distance):
        assert aim.figures == pytest.approx([0.04 / 0.6] * 3)
        assert aim.beside == (4, 4, 4) and aim.met
    for own in rows:
        if own["arm"] == "ddim, guided 2" and own["seed"] == 1:
            group = own["figures"][named("choreographed", 100)]
            group["pa_mpjpe_mm"] = 1.0  # nobody is as good
    error = aims(rows)[-2]
    assert error.figures[1] == error.beside[1] == math.inf
    assert not error.met


def test_what_is_not_measured_is_not_met(rows):
    only = [own for own in rows if own["arm"] == "ddim"]
    assert {aim.met for aim in aims(only)} == {None}


def test_curves_and_levels(rows):
    assert curve(rows, "euler", FID_M)[1] == pytest.approx([18, 18.2, 18.4])
    assert list(curve(rows, "midpoint", FID_M)) == list(COUNTS[1:])
    assert level(rows, "regressor", FID_M) == pytest.approx([6, 6.1, 6.2])
    assert level(rows, "real against real", FID_M) == [0.4, 0.4, 0.4]
    assert level(rows, "real against real", ERROR) == []
    assert curve(rows, "oracle", FID_M) == {}


def test_enough_is_where_it_stays_good(rows):
    assert enough(rows, "midpoint", FID_M) == 8  # within a tenth of 4
    assert enough(rows, "midpoint", ERROR) == 8  # within 3 % of 40
    assert enough(rows, "ddim", ERROR) == 50
    assert enough(rows, "oracle", FID_M) is None
    for own in rows:
        if own["arm"] == "midpoint":
            last = own["figures"][named("choreographed", 64)]
            last["pa_mpjpe_mm"] = 50.0
    assert enough(rows, "midpoint", ERROR) is None


def test_who_does_best_within_a_budget(rows):
    found = best_within(rows, 8, FID_M)
    assert found == [("midpoint", 8)]
    assert best_within(rows, 1, FID_M) == [("ddim", 1)]
    # DDIM at 50 is 4.1 on average, within a tenth of midpoint's 4.
    many = best_within(rows, 64, FID_M, ways=("ddim", "midpoint"))
    assert many == [("ddim", 64), ("midpoint", 16)]
    assert best_within(rows, 0, FID_M) == []


def test_only_seeds_that_all_have_are_compared(rows):
    """AB2 has one seed, and on it everybody is bad."""
    for own in rows:
        bad = own["seed"] == 0 and own["arm"] in ("ddim", "midpoint")
        if bad:
            own["figures"][named("choreographed", 8)]["fid_m"] = 20.0
    few = [r for r in rows if r["arm"] != "ab2" or r["seed"] == 0]
    assert shared_seeds(few, ("ddim", "ab2")) == [0]
    assert shared_seeds(few, ("ddim", "euler")) == [0, 1, 2]
    assert shared_seeds(few, ("ddim", "oracle")) == [0, 1, 2]
    assert shared_seeds(few, ("oracle",)) == []
    assert best_within(few, 8, FID_M)[0] == ("midpoint", 4)
    assert curve(few, "ddim", FID_M, seeds=[0])[8] == [20.0]
    without = [r for r in few if r["arm"] != "ab2"]
    assert best_within(without, 8, FID_M)[0] == ("midpoint", 4)


# The page.


def test_the_page_has_its_tables(rows):
    tables = nfe_page.tables(rows)
    head, _, *lines = cells(tables["quality"])
    assert head[:3] == ["who", "evaluations", "FID_m, choreographed"]
    who = {(line[0], line[1]): line[2:] for line in lines}
    assert list(who)[0] == ("mean pose", "–")
    assert list(who)[-1] == ("real against real", "–")
    assert who["regressor", "–"][0] == "6.1 (6-6.2)"
    assert who["midpoint", "8"][0] == "4.02 (4.02-4.02)"
    assert ("ddim", "50") in who and ("ddim, guided 2", "100") in who
    assert ("regressor", "1") not in who
    assert [line[0] for line in cells(tables["budget"])[2:]] == [
        *("1", "4", "8", "16", "64")
    ]
    assert "midpoint 8" in cells(tables["budget"])[4][1]
    assert cells(tables["speed"])[2] == ["ddim", "1", "10 (10-10)"]
    assert cells(tables["paths"])[3][1] == "0.3 (0.2-0.4)"
    assert len(cells(tables["aims"])) == 2 + 7


def test_verdicts_are_computed(rows):
    said = nfe_page.tables(rows)["verdicts"]
    assert "**Up to 8 calls**: FID_m, choreographed 4.02 (midpoint)" in said
    assert "midpoint at 8 is 2 % better than DDIM at 50" in said
    assert "took 1.2 times the CPU time" in said  # 0.6 s against 0.5 s
    assert "plain DDIM at 50**: midpoint with 8 evaluations" in said
    assert "makes PA-MPJPE, choreographed 24 % larger" in said  # 51 over 41
    assert "no noise: PA-MPJPE, choreographed 61; PA-MPJPE, walking 1;" in said
    for own in rows:
        if own["arm"] == "midpoint":
            own["figures"][named("choreographed", 8)]["fid_m"] = 8.2
    said = nfe_page.tables(rows)["verdicts"]
    assert "midpoint at 8 is 100 % worse than DDIM at 50" in said


def test_with_few_rows_there_still_is_a_page(rows):
    few = [own for own in rows if own["arm"] in ("ddim", "real against real")]
    tables, pictures = nfe_page.tables(few), nfe_page.pictures(few)
    assert "not measured" in tables["aims"]
    assert pictures.keys() == nfe_page.pictures(rows).keys()


def test_figures_show_the_means_over_a_doubling_axis(rows):
    pictures = nfe_page.pictures(rows)
    for name, picture in pictures.items():
        assert missing_labels(picture) == [], name
        assert len(picture.description) > 60
    first = pictures["quality"].axes[0]
    lines = {line.get_label(): line for line in first.lines}
    ddim = lines["ddim"]
    np.testing.assert_allclose(ddim.get_xdata(), [*COUNTS[:6], 50, 64])
    np.testing.assert_allclose(ddim.get_ydata(), [9.1, 8, 7, 6, 5, 4.5, 4.1, 4])
    assert lines["real against real"].get_ydata()[0] == pytest.approx(0.4)
    assert lines["regressor"].get_ydata()[0] == pytest.approx(6.1)
    assert first.get_xscale() == "log"
    assert list(first.get_xticks()) == list(COUNTS)  # 50 stands between two
    band = first.collections[1].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(9.2)
    clean, velocity = pictures["levels"].axes
    lines = {line.get_label(): line for line in clean.lines}
    np.testing.assert_allclose(
        lines["flow"].get_xdata(), np.arange(10) / 10 + 0.05
    )
    np.testing.assert_allclose(lines["flow"].get_ydata(), 26 + np.arange(10))
    assert lines["regressor"].get_ydata()[0] == 31
    assert velocity.get_yscale() == "log"
