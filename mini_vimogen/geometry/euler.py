"""Euler angles, for files that insist on them."""

import numpy as np


def smooth_euler_zyx(rotmat: np.ndarray) -> np.ndarray:
    """[frames, joints, 3, 3] to degrees about Z, Y, X without jumps.

    Every rotation has two triples of angles, and each angle any number of full
    turns; the ones nearest to the frame before are taken.
    """
    z = np.arctan2(rotmat[..., 1, 0], rotmat[..., 0, 0])
    y = np.arctan2(
        -rotmat[..., 2, 0], np.hypot(rotmat[..., 0, 0], rotmat[..., 1, 0])
    )
    # X from what is left after undoing Z: right even in gimbal lock, where Z
    # alone is arbitrary and only Z and X together have a meaning.
    cosine, sine = np.cos(z), np.sin(z)
    x = np.arctan2(
        sine * rotmat[..., 0, 2] - cosine * rotmat[..., 1, 2],
        cosine * rotmat[..., 1, 1] - sine * rotmat[..., 0, 1],
    )
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
