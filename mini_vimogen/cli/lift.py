"""``lift``: a video or 2D keypoints in, 3D motion out."""

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from mini_vimogen.cli.export import (
    Unit,
    check_outputs,
    check_unit,
    numbered,
    write_all,
)

if TYPE_CHECKING:
    from mini_vimogen.clip import Clip
    from mini_vimogen.formats.keypoint_file import KeypointTrack
    from mini_vimogen.models.lifter import ScaledModel

Method = Literal["euler", "midpoint", "heun", "ab2"]


# Over 40 lines: one argument, and one line of help, for each option.
def lift(
    source: Annotated[
        tyro.conf.Positional[Path], tyro.conf.arg(metavar="FILE")
    ],
    /,
    *,
    out: Annotated[
        tyro.conf.UseAppendAction[list[Path]], tyro.conf.arg(metavar="FILE")
    ],
    keypoints: Path | None = None,
    samples: int = 1,
    sampler: Literal["ddim", "flow"] | None = None,
    steps: int | None = None,
    method: Method | None = None,
    guidance: float = 1.0,
    seed: int = 0,
    model: Path | None = None,
    unit: Unit = "m",
    person: int | None = None,
    start: int = 0,
    frames: int | None = None,
    layout: str | None = None,
    fps: float | None = None,
    width: float | None = None,
    height: float | None = None,
    smooth: float | None = None,
) -> None:
    """Lift a video, or 2D keypoints, of one person to 3D motion.

    Args:
        source: a video (.mp4, .mov, .m4v, .avi, .webm, .mkv), a keypoint file
            (.npz, .npy, .json) or a folder of OpenPose's json files.
        out: file to write, .bvh, .glb, .html (player), .npz (Clip) or
            .smpl.npz (AMASS); may be repeated. Several samples append _1, _2
            to its name.
        keypoints: also write the 2D keypoints to this .npz file, to lift them
            again without the video. Without --out, nothing is lifted.
        samples: how many motions.
        sampler: ddim, with the shipped lifter, or flow, with the one trained
            by flow matching; what --model was trained with otherwise.
        steps: network evaluations a motion; 10 for ddim, 8 for flow otherwise.
        method: of flow: midpoint otherwise.
        guidance: 0 ignores the keypoints, 1 is the plain network.
        seed: of the noise.
        model: a trained lifter (.safetensors); a shipped one otherwise.
        unit: of the BVH files.
        person: which one of several people, 1 is the largest.
        start: first frame to read.
        frames: how many frames to read; all otherwise.
        layout: of a keypoint file's joints (coco17, h36m17, ...), where their
            number does not say it.
        fps: of a keypoint file that does not say it.
        width: of the picture in pixels, for a keypoint file that does not say
            it.
        height: as width.
        smooth: window in seconds of a filter on the lifted motion, 0.3 is
            usual; none otherwise. Nothing is filtered across a cut.
    """
    import torch

    from mini_vimogen.representation.smooth import window_frames
    from mini_vimogen.tasks import lift as task
    from mini_vimogen.tasks.sampling import asked
    from mini_vimogen.tasks.track_source import cut_frames, describe_track

    if samples < 1:
        raise ValueError(f"samples must be 1 or more, got {samples}")
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed must be within 0..2**63 - 1, got {seed}")
    check_outputs(out)
    targets = [numbered(path, samples) for path in out]
    _check_files(source, [t for group in targets for t in group], keypoints)
    check_unit(unit, out)
    lifter = _lifter(model, sampler)
    sampling = asked(
        lifter, evaluations=steps, guidance=guidance, method=method
    )
    if smooth is not None:
        window_frames(smooth, fps=lifter.fps)  # refuses what is out of range
    track = read_noted(
        source,
        person=person,
        start=start,
        frames=frames,
        layout=layout,
        fps=fps,
        size=_size(width, height),
    )
    print(f"read {source}: {describe_track(track, fps=lifter.fps)}")
    if keypoints is not None:
        _keep(track, keypoints)
    if not out:
        return
    clips = task.lift(
        track,
        lifter=lifter,
        samples=samples,
        sampling=sampling,
        generator=torch.Generator().manual_seed(seed),
    )
    clips = [clip.with_(source=source.name) for clip in clips]
    if smooth is not None:
        cuts = cut_frames(track, fps=lifter.fps)
        clips = [_smoothed(clip, smooth, cuts) for clip in clips]
    files = [pair for t in targets for pair in zip(clips, t, strict=True)]
    write_all(files, unit=unit)


def _lifter(model: Path | None, sampler: str | None) -> "ScaledModel":
    """The model to lift with; it must be one that the sampler is for."""
    from mini_vimogen.data.library import data_path
    from mini_vimogen.tasks.lift import FLOW_LIFTER, load_lifter

    if model is None and sampler == "flow":
        model = data_path(FLOW_LIFTER)
    lifter = load_lifter(model)
    path = getattr(lifter, "path", "no path: it does not sample")
    wanted = {"ddim": "diffusion", "flow": "flow", None: path}[sampler]
    if path != wanted:
        raise ValueError(
            f"--sampler {sampler} must be for a lifter trained with {wanted}, "
            f"got {model}, trained with {path}"
        )
    return lifter


def _check_files(source: Path, targets: list[Path], keypoints) -> None:
    """Refuse what could not be written later, before any work is done."""
    if not targets and keypoints is None:
        raise ValueError("--out must name at least one file, got none")
    if keypoints is not None:
        if keypoints.suffix != ".npz" or keypoints.stem.endswith(".smpl"):
            raise ValueError(
                f"--keypoints must end in .npz, got {str(keypoints)!r}"
            )
        targets = [*targets, keypoints]
    check_outputs(targets)
    if source.resolve() in {target.resolve() for target in targets}:
        raise ValueError(f"{source} is to be read; write to another file")


def _size(width, height) -> tuple[float, float] | None:
    if (width is None) != (height is None):
        raise ValueError(
            "--width and --height must be given together, got only "
            f"{'--width' if height is None else '--height'}"
        )
    return None if width is None else (width, height)


def read_noted(source: Path, **options) -> "KeypointTrack":
    """The track; what is worth knowing about it goes to stderr, in a line."""
    from mini_vimogen.tasks.track_source import read_track

    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        # A bar redraws its line, which only a terminal can.
        track = read_track(source, progress=sys.stderr.isatty(), **options)
    for warning in noted:
        sentence = " ".join(str(warning.message).split())
        print(f"mini_vimogen: note: {sentence}", file=sys.stderr)
    return track


def _smoothed(clip: "Clip", seconds: float, cuts: list[int]) -> "Clip":
    """The clip after the filter; says what that changed."""
    from mini_vimogen.metrics.pose_error import jitter
    from mini_vimogen.representation.smooth import smoothed

    calm = smoothed(clip, seconds=seconds, cuts=cuts)
    before, after = (
        float(jitter(one.joints(), fps=one.fps)) / 1000 for one in (clip, calm)
    )
    print(
        f"smoothed over {seconds:g} s: jitter {before:.4g} -> {after:.4g} m/s^3"
    )
    return calm


def _keep(track: "KeypointTrack", path: Path) -> None:
    from mini_vimogen.formats import keypoint_file

    keypoint_file.write(track, path)
    print(f"wrote {path}")
