"""``demo``: a real video's keypoints become motion, in under a minute."""

from pathlib import Path


def demo(*, out: Path = Path("demo"), seed: int = 0) -> None:
    """Lift the shipped real keypoints; print errors, write BVH and player.

    Args:
        out: folder to write lift.bvh, lift.html and lift.png into.
        seed: of the noise.
    """
    from mini_vimogen.tasks import demo as task

    if out.exists() and not out.is_dir():
        raise ValueError(f"--out must be a folder, got the file {out}")
    task.demo(out, seed=seed)
