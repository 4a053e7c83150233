"""``train``: a checkpoint and its card, by the recipe of a size."""

import time
from pathlib import Path
from typing import Annotated, Literal

import tyro

NAMES = Literal["lifter", "flow", "regressor", "frame_mlp"]


def train(
    name: Annotated[tyro.conf.Positional[NAMES], tyro.conf.arg(metavar="NAME")],
    /,
    *,
    out: Path,
    size: str | None = None,
    seed: int = 0,
    device: Literal["auto", "cpu", "cuda"] | None = None,
    steps: int | None = None,
) -> None:
    """Train a model; a run that was stopped goes on where it was.

    Args:
        name: what to train: the diffusion model, the same by flow matching,
            its backbone as a regressor, or a perceptron that sees one frame
            at a time.
        out: weights to write, .safetensors; the card stands beside them, and
            OUT.resume holds a run that is not finished.
        size: laptop, desk, gpu or paper; MINI_VIMOGEN_SIZE or laptop
            otherwise.
        seed: of weights, batches and noise.
        device: instead of the size's.
        steps: instead of the size's.
    """
    from mini_vimogen.studies.rows import commit, data_digest
    from mini_vimogen.tasks import train as task
    from mini_vimogen.training.checkpoint import save_model
    from mini_vimogen.training.presets import preset

    if out.suffix != ".safetensors" or not out.parent.is_dir():
        raise ValueError(
            "--out must name a .safetensors file in a folder that exists, got "
            f"{str(out)!r}"
        )
    changes = {"device": device, "steps": steps}
    recipe = preset(size, **{k: v for k, v in changes.items() if v is not None})
    started, resume = time.process_time(), out.with_suffix(".resume")
    for state in task.train_model(name, recipe, seed=seed, resume=resume):
        if state.step % 100 == 0 or state.step == recipe.steps:
            loss = float(state.loss) if state.loss is not None else 0.0
            print(f"step {state.step} of {recipe.steps}: loss {loss:.4f}")
    card = task.recipe(recipe, task.Mix(), task.LossWeights(), kind=name) | {
        "seed": seed,
        "data": data_digest(),
        "commit": commit(),
        "cpu_seconds": round(time.process_time() - started),
    }
    import torch

    save_model(state.average.model, out, card=card, dtype=torch.float16)
    resume.unlink(missing_ok=True)
    print(f"wrote {out} and {out.with_suffix('.json')}")
