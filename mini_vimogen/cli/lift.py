"""``lift``: 2D keypoints in, 3D motion out."""

from pathlib import Path
from typing import Annotated

import tyro

from mini_vimogen.cli.export import Unit, writer_for


def lift(
    track: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FILE")],
    /,
    *,
    out: Annotated[
        tyro.conf.UseAppendAction[list[Path]], tyro.conf.arg(metavar="FILE")
    ],
    samples: int = 1,
    steps: int = 10,
    guidance: float = 1.0,
    seed: int = 0,
    model: Path | None = None,
    unit: Unit = "m",
) -> None:
    """Lift a 2D keypoint track to 3D motion.

    Args:
        track: keypoint file (.npz with keypoints [frames, 17, 3], fps, width,
            height).
        out: file to write, .bvh, .html (player) or .npz (Clip); may be
            repeated. Several samples append _1, _2 to its name.
        samples: how many motions.
        steps: network evaluations a motion.
        guidance: 0 ignores the keypoints, 1 is the plain network.
        seed: of the noise.
        model: a trained lifter (.safetensors); the shipped one otherwise.
        unit: of the BVH files.
    """
    import torch

    from mini_vimogen.formats.keypoint_file import read
    from mini_vimogen.tasks import lift as task

    if not out:
        raise ValueError("--out must name at least one file, got none")
    writers = [writer_for(path) for path in out]
    if track.suffix != ".npz":
        raise ValueError(
            f"FILE must be a keypoint file ending in .npz, got {str(track)!r}"
        )
    clips = task.lift(
        read(track),
        lifter=task.load_lifter(model),
        samples=samples,
        sampling=task.Sampling(steps=steps, guidance=guidance),
        generator=torch.Generator().manual_seed(seed),
    )
    for write, path in zip(writers, out, strict=True):
        for number, clip in enumerate(clips, start=1):
            target = path
            if samples > 1:
                target = path.with_stem(f"{path.stem}_{number}")
            write(clip.with_(source=track.name), target, unit)
            print(f"wrote {target}")
