"""Euler angles, for files that insist on them."""

import numpy as np


def smooth_euler_zyx(rotmat: np.ndarray) -> np.ndarray:
    """[frames, joints, 3, 3] to degrees about Z, Y, X without jumps.

    Every rotation has two triples of angles, and each angle any number of full
    turns; the ones nearest to the frame before are taken.
    """
    sine = np.clip(-rotmat[..., 2, 0], -1.0, 1.0)
    y = np.arcsin(sine)
    locked = np.abs(sine) > 1.0 - 1e-12  # Z and X turn about one axis: X = 0
    z = np.where(
        locked,
        np.arctan2(-rotmat[..., 0, 1], rotmat[..., 1, 1]),
        np.arctan2(rotmat[..., 1, 0], rotmat[..., 0, 0]),
    )
    x = np.where(locked, 0.0, np.arctan2(rotmat[..., 2, 1], rotmat[..., 2, 2]))
    first = np.stack([z, y, x], axis=-1)
    second = np.stack([z + np.pi, np.pi - y, x + np.pi], axis=-1)
    smooth = first.copy()
    for frame in range(1, len(first)):
        before = smooth[frame - 1]
        turns = [
            now - 2 * np.pi * np.round((now - before) / (2 * np.pi))
            for now in (first[frame], second[frame])
        ]
        steps = [np.abs(t - before).sum(-1, keepdims=True) for t in turns]
        smooth[frame] = np.where(steps[0] <= steps[1], *turns)
    return np.degrees(smooth)
