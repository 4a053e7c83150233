"""Real and simulated keypoint tracks: how damaged is each?"""

import numpy as np
from torch import Tensor

from mini_vimogen.data.track_damage import GUESSED, JOINT_GROUPS, TrackDamage
from mini_vimogen.render.palette import METHODS, PAPER
from mini_vimogen.render.theme import Picture, figure, label, themed

_EDGES = (0.0, 0.1, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
_SMALLEST_PERCENT = 0.1

_LOOKS = {
    "real, fitted on": METHODS["truth"].line,
    "real, held out": {
        **METHODS["truth"].line,
        "linestyle": ":",
        "markerfacecolor": PAPER,
    },
    "simulated": METHODS["ours"].line,
}


@themed
def damage_figure(
    fitted: TrackDamage, held_out: TrackDamage, simulated: TrackDamage
) -> Picture:
    """Confidence, jitter and drop spans, real beside simulated.

    Args:
        fitted: real tracks on which the simulation was fitted.
        held_out: real tracks on which it was not.
        simulated: tracks of the simulated detector.
    """
    picture, (left, middle, right) = figure(
        height=3.6,
        columns=3,
        gridspec_kw={"width_ratios": (1.15, 1, 1)},
        description=(
            "Three charts of real tracks that the simulated detector was "
            "fitted on, real tracks held out, and simulated tracks: shares of "
            "confidences, jitter of seven joint groups, and how often a joint "
            "is doubtful for longer than a time."
        ),
    )
    three = zip(_LOOKS.items(), (fitted, held_out, simulated), strict=True)
    for number, ((name, look), damage) in enumerate(three):
        left.plot(confidence_shares(damage.confidence), label=name, **look)
        _jitter(middle, damage, shift=0.22 * (number - 1), look=look)
        seconds, rate = _longer_than(damage, GUESSED)
        look = {**look, "marker": ""}
        right.step(seconds, rate, where="post", **look)
    below = [f"{low:g}" for low in _EDGES]
    left.set_xticks(range(len(_EDGES)), below, rotation=60)
    left.set(yscale="log", ylim=(_SMALLEST_PERCENT, 100))
    left.set_xlabel("confidence, from ... to the next")
    left.set_ylabel(label("share of joints and frames", "%"))
    left.set_title("Confidence")
    middle.set_xticks(range(len(JOINT_GROUPS)), JOINT_GROUPS, rotation=60)
    middle.set_ylim(bottom=0)
    middle.set_ylabel(label("median, and middle half", "px"))
    middle.set_title("Jitter, person 600 px tall")
    right.set(xscale="log", yscale="log", xlim=(1 / 30, 2.0), ylim=(0.1, None))
    right.set_xticks([0.05, 0.1, 0.2, 0.5, 1, 2], [0.05, 0.1, 0.2, 0.5, 1, 2])
    right.set_xticks([], minor=True)
    right.set_xlabel(label("length of the span", "s"))
    right.set_ylabel("longer spans (per joint and minute)")
    right.set_title(f"Spans below confidence {GUESSED:g}")
    picture.legend(loc="outside upper center", ncols=3)
    return picture


def confidence_shares(confidence: Tensor) -> np.ndarray:
    """Percent of confidences from each edge up to the next.

    >>> import torch
    >>> confidence_shares(torch.tensor([0.0, 0.05, 0.97, 1.0])).round(1)
    array([50.,  0.,  0.,  0.,  0., 25.,  0.,  0., 25.])
    """
    edges = (*_EDGES, np.inf)
    count, _ = np.histogram(confidence.double().numpy(), edges)
    return 100 * count / max(count.sum(), 1)


def _jitter(axes, damage: TrackDamage, *, shift: float, look) -> None:
    """Median and quartiles of each joint group."""
    quartiles = np.array(
        [
            np.quantile(jitter.double().numpy(), (0.25, 0.5, 0.75))
            for jitter in damage.jitter.values()
        ]
    ).T
    low, median, high = quartiles
    at = np.arange(len(median)) + shift
    spread = (median - low, high - median)
    axes.errorbar(at, median, yerr=spread, **{**look, "linestyle": ""}, lw=1)


def _longer_than(damage: TrackDamage, limit: float):
    """Seconds, and how many spans a joint and minute last at least so long."""
    seconds = np.sort(damage.spans[limit].double().numpy())
    left = np.arange(len(seconds), 0, -1)
    rate = left * 60 / damage.joint_seconds
    # From the shortest possible span on; the last step goes down to nothing.
    seconds = np.concatenate([[1 / 30], seconds])
    return seconds, np.concatenate([rate, [0.0]])
