"""Simulated tracks are damaged like real ones, on seeds not fitted on."""

from dataclasses import replace

import pytest
import torch

from mini_vimogen.data import detector
from mini_vimogen.data.track_damage import GUESSED, LOST, track_damage
from mini_vimogen.tasks import calibration
from mini_vimogen.tasks.calibration import (
    FITTED,
    FITTING_SEEDS,
    FRESH_SEEDS,
    HELD_OUT,
    calibrate,
    calibration_rows,
    real_parts,
    simulated_tracks,
)


@pytest.fixture(scope="module")
def found():
    return calibrate()


def failing(found):
    return {row.measure for row in calibration_rows(found) if not row.holds}


def with_detector(monkeypatch, **changed):
    """What a detector with other constants would show."""
    plain = calibration.VideoSettings

    def changed_settings(**rest):
        settings = plain(**rest)
        return replace(settings, detector=replace(settings.detector, **changed))

    monkeypatch.setattr(calibration, "VideoSettings", changed_settings)
    return failing(calibrate(range(200, 202)))


def test_the_parts_are_all_of_the_real_tracks_once():
    parts = real_parts()
    assert sorted(parts) == sorted((*FITTED, *HELD_OUT))
    frames = {name: track.frames for name, track in parts.items()}
    assert frames["street, first half"] == frames["street, second half"] == 115
    assert sum(frames.values()) == 4 * 100 + 230
    assert not set(FITTING_SEEDS) & set(FRESH_SEEDS)


def test_simulated_tracks_are_as_damaged_as_the_real_ones(found):
    for row in calibration_rows(found):
        print(row)
    assert failing(found) == set()


@pytest.mark.parametrize("seed", [301, 302, 303])
def test_one_seed_alone_is_too(seed):
    assert failing(calibrate([seed])) == set()


def test_spans_are_as_long_as_those_of_all_real_tracks(found):
    real = track_damage(list(real_parts().values()))
    for limit in (LOST, GUESSED):
        ours = found.simulated.spans[limit].median()
        assert 0.5 <= ours / real.spans[limit].median() <= 2


def test_held_out_parts_are_not_far(found):
    """Looser, and not all blind: see book/real_video.md."""
    for group, real in found.held_out.jitter.items():
        ratio = found.simulated.jitter[group].median() / real.median()
        assert 0.6 < ratio < 1.5


def test_a_flawless_detector_hardly_trembles(monkeypatch):
    plain = calibration.VideoSettings

    def flawless(**rest):
        return plain(**rest, detector=detector.FLAWLESS)

    monkeypatch.setattr(calibration, "VideoSettings", flawless)
    damage = track_damage(simulated_tracks(7))
    for jitter in damage.jitter.values():
        assert jitter.median() < 0.3  # the real ones have 1.7 and more
    # In the picture and confident, but for a few close passes.
    assert (damage.confidence == 1).float().mean() > 0.99


@pytest.mark.parametrize(
    ("changed", "seen"),
    [
        ({"noise_px": (1.5, 4.5)}, "jitter of hips (px)"),
        ({"noise_px": (6.0, 18.0)}, "jitter of knees (px)"),
        ({"noise_steady": 0.5}, "jitter of wrists (px)"),
        ({"flicker": 0.03}, "spans below 0.1: per joint and minute"),
        (
            {"hidden_limbs": 3.0},
            "confidence: distance to the parts fitted on",
        ),
        (
            {"confidence": (0.6, 0.9)},
            "confidence: distance to the parts fitted on",
        ),
    ],
)
def test_a_detector_that_is_off_is_told_from_the_real_one(
    monkeypatch, changed, seen
):
    assert seen in with_detector(monkeypatch, **changed)


def test_the_picture_shows_all_three(found):
    from mini_vimogen.render.damage_figure import damage_figure
    from mini_vimogen.render.theme import missing_labels

    picture = damage_figure(found.fitted, found.held_out, found.simulated)
    assert missing_labels(picture) == []
    left, middle, right = picture.axes
    for axes in (left, right):
        assert len(axes.lines) == 3
    shares = [line.get_ydata().sum() for line in left.lines]
    assert shares == pytest.approx([100] * 3)
    medians = middle.containers[2].lines[0].get_ydata()
    ours = [float(j.median()) for j in found.simulated.jitter.values()]
    assert torch.allclose(
        torch.tensor(medians), torch.tensor(ours).double(), atol=0.01
    )
    words = [text.get_text() for text in picture.legends[0].texts]
    assert words == ["real, fitted on", "real, held out", "simulated"]
