"""Trained models in a folder: found by their recipe, or trained into it.

``KIND_SIZE_SEED.safetensors`` with its card. Where that name is taken by
another recipe, the recipe's digest is added; nothing is overwritten.
"""

import time
from collections.abc import Callable
from pathlib import Path

from mini_vimogen.models.lifter import ScaledModel
from mini_vimogen.studies.rows import commit, data_digest, digest
from mini_vimogen.tasks.lift import load_lifter
from mini_vimogen.tasks.train import Mix, recipe, train_model
from mini_vimogen.training.batches import MotionPool
from mini_vimogen.training.checkpoint import read_card, save_model
from mini_vimogen.training.flow_loss import FlowObjective
from mini_vimogen.training.losses import LossWeights
from mini_vimogen.training.presets import Preset

EXTRA = "extra"
"""In a recipe and a card: what a training depends on beside."""


def trained(
    kind: str,
    preset: Preset,
    seed: int,
    models,
    *,
    mix: Mix | None = None,
    weights: LossWeights | None = None,
    objective: FlowObjective | None = None,
    extra: dict | None = None,
    pool: Callable[[], MotionPool] | None = None,
) -> ScaledModel:
    """The model of this recipe and seed, trained if it is not there.

    Args:
        kind: one of ``tasks.train.KINDS``.
        models: a folder, made if it is not there. A training writes where it
            is beside the model to be, and goes on from there.
        mix, weights, objective: None is the default.
        extra: what this training depends on beside; part of its recipe.
        pool: makes the motions where they are not those of the mix alone;
            ``extra`` says what they are.

    Returns:
        Read from its file, in eval mode.
    """
    path = trained_path(
        kind,
        preset,
        seed,
        models,
        mix=mix,
        weights=weights,
        objective=objective,
        extra=extra,
        pool=pool,
    )
    return load_lifter(path)


def trained_path(
    kind: str,
    preset: Preset,
    seed: int,
    models,
    *,
    mix: Mix | None = None,
    weights: LossWeights | None = None,
    objective: FlowObjective | None = None,
    extra: dict | None = None,
    pool: Callable[[], MotionPool] | None = None,
) -> Path:
    """The file of ``trained``; the model is trained if it is not there.

    Raises:
        ValueError: a pool of its own, and no ``extra`` that tells of it.
    """
    if pool is not None and not extra:
        raise ValueError("extra must say what the pool holds, got nothing")
    mix, weights = mix or Mix(), weights or LossWeights()
    chosen = dict(kind=kind, objective=objective)
    wanted = recipe(preset, mix, weights, **chosen)
    if extra:
        wanted[EXTRA] = extra
    folder = Path(models)
    folder.mkdir(parents=True, exist_ok=True)
    plain = folder / f"{kind}_{preset.size}_{seed}.safetensors"
    longer = plain.with_stem(f"{plain.stem}_{own_digest(wanted)}")
    for path in (plain, longer):
        if path.is_file() and is_of(read_card(path), wanted, seed):
            return path
    resume = longer.with_suffix(".resume")
    states = train_model(
        preset=preset,
        mix=mix,
        weights=weights,
        seed=seed,
        pool=pool and pool(),
        resume=resume,
        **chosen,
    )
    times = []
    for state in states:  # noqa: B007  (the last one is saved)
        times.append(time.process_time())
    card = wanted | {
        "seed": seed,
        "data": data_digest(),
        "commit": commit(),
        "cpu_seconds": cpu_seconds(times, preset.steps),
    }
    path = longer if plain.is_file() else plain
    save_model(state.average.model, path, card=card)
    resume.unlink(missing_ok=True)
    return path


def cpu_seconds(times: list[float], steps: int) -> float | None:
    """CPU time of all steps, from the times at which some of them ended.

    A run that went on from a file has timed its last steps only.

    >>> cpu_seconds([5.0, 7.0, 9.0], steps=1000)
    2000.0
    """
    if len(times) < 2:
        return None
    return round((times[-1] - times[0]) / (len(times) - 1) * steps, 1)


def is_of(card: dict, wanted: dict, seed: int) -> bool:
    """Whether a card is of this recipe and seed; the device may be another."""
    if "preset" not in card or card.get("seed") != seed:
        return False
    # What a card has beside, the recipe must have as well.
    names = wanted.keys() | (card.keys() & {EXTRA})
    known = {name: card.get(name) for name in names}
    return own_digest(known) == own_digest(wanted)


def own_digest(recipe: dict) -> str:
    """The digest of a recipe, on whatever device."""
    preset = {k: v for k, v in recipe["preset"].items() if k != "device"}
    return digest(recipe | {"preset": preset})
