"""Seams of long lifts, and what a long lift costs.

A window's first frame is a seam. Jitter (the third difference over time) is
taken apart: what a seam cuts, and the rest. Their ratio is held against the
same ratio of the true motion, which knows of no windows.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conditions.keypoints import condition_features
from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.data.choreographer import compose
from mini_vimogen.formats import keypoint_file
from mini_vimogen.models.lifter import ScaledModel
from mini_vimogen.representation.shots import decode_camera_form
from mini_vimogen.representation.stitch import crossfade_features
from mini_vimogen.representation.vimo151 import CAMERA_LAYOUT
from mini_vimogen.samplers.long_form import plan_windows
from mini_vimogen.studies.table1_figures import Figures
from mini_vimogen.studies.table1_motions import Video, film, generator_of
from mini_vimogen.tasks.lift import Sampling, answers, lift, load_lifter
from mini_vimogen.tasks.train import seen_actions

LONG = 300_000
"""Number of the first long video in a row."""


def long_video(seconds: float, *, number: int, seed: int) -> Video:
    """Seen actions in a random order, one shot of a casual camera."""
    generator = generator_of(seed, LONG + number)
    frames, names = round(seconds * VIMO_FPS), list(seen_actions())
    chosen: list[str] = []
    while True:
        order = torch.randperm(len(names), generator=generator)
        chosen += [names[i] for i in order]
        clip = compose(chosen, generator=generator)
        if clip.frames >= frames:
            break
    part = clip.slice(0, frames)
    return film(part, group="long", number=LONG + number, seed=seed, cuts=0)


@torch.no_grad()
def lift_in_windows(
    video: Video, model: ScaledModel, *, overlap: int | None, seed: int
) -> tuple[Clip, tuple[int, ...]]:
    """As ``tasks.lift.lift`` for one shot, with windows to choose.

    Returns:
        The motion, and its seams: first frames of all windows but the first.
    """
    track = video.track
    condition = condition_features(
        track.keypoints, track.width, track.height, scaling=model.scaling
    )
    plan = plan_windows(track.frames, model.frames, overlap=overlap)
    clean = answers(
        model,
        condition[None],
        plan,
        sampling=Sampling(),
        generator=generator_of(seed, video.number),
    )
    features = crossfade_features(
        model.normalizer.undo(clean), plan.starts, layout=CAMERA_LAYOUT
    )
    return decode_camera_form(features[0], fps=model.fps), plan.starts[1:]


def seam_figures(
    ours: Tensor, truth: Tensor, seams: Sequence[int], *, fps: float
) -> Figures:
    """Jitter at seams and away from them, metres per second cubed.

    Args:
        ours, truth: joints [frames, joints, 3] in metres.
        seams: frames before each of which a seam lies.
        fps: frames per second.

    >>> still = torch.zeros(20, 1, 3)
    >>> seam_figures(still + 1, still, [10], fps=30.0)["seam_jitter_m_s3"]
    0.0
    """
    cut = torch.zeros(len(ours) - 3, dtype=torch.bool)
    for seam in seams:
        # Difference i is made of frames i .. i + 3.
        cut[max(0, seam - 3) : seam] = True
    figures: Figures = {}
    for name, joints in (("", ours), ("true_", truth)):
        third = joints.diff(n=3, dim=0).norm(dim=-1).mean(dim=-1) * fps**3
        figures[f"{name}seam_jitter_m_s3"] = float(third[cut].mean())
        figures[f"{name}inside_jitter_m_s3"] = float(third[~cut].mean())
    return figures


def seam_ratio(figures: Figures, name: str = "") -> float:
    """Jitter at seams over that of the rest; ``name`` is "" or "true_"."""
    seam, inside = (
        figures[f"{name}{where}_jitter_m_s3"] for where in ("seam", "inside")
    )
    return seam / inside


def cost(path, seconds: float, *, seed: int) -> Figures:
    """CPU seconds and memory of one long lift, in a process of its own.

    Args:
        path: of the lifter.
        seconds: of the video.

    Returns:
        ``cpu_seconds`` of ``lift`` at one thread, ``peak_mb`` of the process,
        and ``grown_mb``, by how much the lift has raised it over the lift of
        two seconds.
    """
    with TemporaryDirectory() as folder:
        track = Path(folder) / "track.npz"
        video = long_video(seconds, number=0, seed=seed)
        keypoint_file.write(video.track, track)
        told = json.dumps([str(path), str(track)])
        code = f"from {__name__} import _print_cost; _print_cost(*{told})"
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, check=True
        )
    return json.loads(done.stdout)


def _print_cost(path: str, track_path: str) -> None:
    torch.set_num_threads(1)
    model, track = load_lifter(path), keypoint_file.read(track_path)
    short = replace(track, keypoints=track.keypoints[:60])
    lift(short, lifter=model)  # code and buffers that any lift needs
    before, started = _peak_mb(), time.process_time()
    lift(track, lifter=model)
    took = time.process_time() - started
    peak = _peak_mb()
    print(
        json.dumps(
            {"cpu_seconds": took, "peak_mb": peak, "grown_mb": peak - before}
        )
    )


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
