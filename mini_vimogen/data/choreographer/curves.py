"""Curves over time: easing, keyframes, smoothing, slow noise. In NumPy."""

import numpy as np
from scipy.interpolate import CubicHermiteSpline, PchipInterpolator
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, uniform_filter1d


def ease(share):
    """0 to 1 with no speed at either end (3 s^2 - 2 s^3); flat outside.

    >>> float(ease(0.5)), float(ease(-1)), float(ease(2))
    (0.5, 0.0, 1.0)
    """
    share = np.clip(share, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def keyed(at, times, keys):
    """A curve through keys that never overshoots; flat before and after.

    Where two neighbouring keys are equal it stays there exactly.

    Args:
        at: [frames] seconds.
        times: [keys] seconds, rising.
        keys: [keys] or [keys, channels].

    Returns:
        [frames] or [frames, channels]

    Source: piecewise cubic Hermite with Fritsch and Butland's slopes (1984).
    """
    times = np.asarray(times, dtype=float)
    keys = np.asarray(keys, dtype=float)
    # A flat lead-in and lead-out make the slope at both ends zero.
    times = np.concatenate([[times[0] - 1.0], times, [times[-1] + 1.0]])
    keys = np.concatenate([keys[:1], keys, keys[-1:]])
    curve = PchipInterpolator(times, keys)
    return curve(np.clip(at, times[0], times[-1]))


def hermite(at, times, keys, slopes):
    """A curve through keys with given speeds; flat before and after.

    Args:
        at: [frames] seconds.
        times, keys, slopes: [keys] seconds, values, values per second.
    """
    curve = CubicHermiteSpline(times, keys, slopes)
    return curve(np.clip(at, times[0], times[-1]))


def blurred(signal, frames: float):
    """A signal [frames, ...] smoothed by a Gaussian of this many frames."""
    if frames <= 0 or len(signal) < 2:
        return signal
    return gaussian_filter1d(signal, frames, axis=0, mode="nearest")


def smooth_cover(excess, frames: int):
    """A smooth curve that lies nowhere below ``excess`` [frames].

    The largest value in a window, averaged over the same window twice, is at
    least the value in its middle.
    """
    window = 2 * frames + 1
    cover = maximum_filter1d(excess, 2 * window - 1, mode="nearest")
    for _ in range(2):
        cover = uniform_filter1d(cover, window, mode="nearest")
    return cover


def drift(times, channels: int, rng: np.random.Generator, *, hertz=0.35):
    """Slow, smooth, aimless movement [frames, channels] within about -1 to 1.

    Three sines a channel, at random phases and about ``hertz`` cycles a second.
    """
    rate = hertz * np.array([0.45, 1.0, 1.9])[:, None]
    rate = rate * rng.uniform(0.8, 1.25, (3, channels))
    phase = rng.uniform(0, 2 * np.pi, (3, channels))
    size = np.array([0.5, 0.35, 0.15])[:, None]
    angle = 2 * np.pi * rate * times[:, None, None] + phase
    return (size * np.sin(angle)).sum(1)
