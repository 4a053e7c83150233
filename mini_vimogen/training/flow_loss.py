"""What a lifter on the path of flow matching is punished for.

The terms of ``training.losses`` on another path: a straight line from motion to
noise, other noise levels, and a squared error of the velocity.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.models.lifter import ANSWERS
from mini_vimogen.paths.diffusion import random_levels, shift_levels
from mini_vimogen.paths.flow import (
    flow_levels,
    interpolate,
    logit_normal_levels,
    uniform_levels,
    velocity_weight,
)
from mini_vimogen.representation.normalizer import Normalizer
from mini_vimogen.training.batches import LifterBatch
from mini_vimogen.training.losses import LossWeights, motion_loss

ERRORS = ("velocity", "clean")
LEVELS: dict[str, Callable[..., Tensor]] = {
    "diffusion": random_levels,
    "uniform": uniform_levels,
    "logit_normal": logit_normal_levels,
    "mixed": flow_levels,
}

LEVELS_AVERAGED = 100_000


@dataclass(frozen=True)
class FlowObjective:
    """What a network on the straight path learns.

    Args:
        answers: what comes out of the network, "clean" or "velocity".
        error: what is squared in the loss's first term. The error of the
            velocity is that of the clean motion over t, so low noise levels
            count more; scaled so that the average level counts as much as
            with "clean", since other terms of the loss stand beside it. With
            keypoints it is pure noise at which most is decided, and "clean"
            is the better (study ``flow_choices``).
        levels: how noise levels are drawn, a name of ``LEVELS``; the preset's
            ``level_shift`` moves them. "diffusion" is what the lifter's DDPM
            twin has.

    Raises:
        ValueError: no such word.
    """

    answers: str = "clean"
    error: str = "clean"
    levels: str = "diffusion"

    def __post_init__(self):
        for name, known in (
            ("answers", ANSWERS),
            ("error", ERRORS),
            ("levels", tuple(LEVELS)),
        ):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} must be one of {', '.join(known)}, got "
                    f"{getattr(self, name)!r}"
                )

    def draw(
        self, count: int, generator: torch.Generator, *, shift: float
    ) -> Tensor:
        """Noise levels [count] of a batch, moved up by ``shift``."""
        drawn = LEVELS[self.levels](count, generator=generator)
        return shift_levels(drawn, shift)

    def weigh(self, t: Tensor, *, shift: float) -> Tensor | None:
        """How much the first term counts at noise levels [...]; None is 1."""
        if self.error == "clean":
            return None
        return velocity_weight(t) / self.average_weight(shift=shift)

    @functools.cache  # noqa: B019  (a handful of frozen objectives)
    def average_weight(self, *, shift: float) -> float:
        """The mean of ``velocity_weight`` over levels as they are drawn."""
        generator = torch.Generator().manual_seed(0)
        levels = self.draw(LEVELS_AVERAGED, generator, shift=shift)
        return float(velocity_weight(levels.double()).mean())


def flow_loss(
    network: Callable[..., Tensor],
    batch: LifterBatch,
    generator: torch.Generator,
    *,
    normalizer: Normalizer,
    weights: LossWeights,
    objective: FlowObjective,
    shift: float = 1.0,
    fps: float = VIMO_FPS,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Loss of one batch at random noise levels, and its parts.

    Args:
        network: (noisy, t, condition, present=, valid=) -> clean, normalised;
            a ``FlowLifter`` answers so whatever is inside.
        batch, generator, normalizer, weights, fps: see ``losses.lifter_loss``.
        objective: see there.
        shift: of the noise levels, 1 none.

    Source: Lipman et al. 2023, equation 23; the clean answer with an error of
    velocity: Li and He 2025. Frame differences and joints are ViMo's, of the
    clean motion, and not weighted by the level.
    """
    clean = normalizer.apply(batch.clean)
    t = objective.draw(len(clean), generator, shift=shift).to(clean)
    noise = torch.randn(clean.shape, generator=generator).to(clean)
    predicted = network(
        interpolate(clean, noise, t),
        t,
        batch.condition,
        present=batch.present,
        valid=batch.valid,
    )
    return motion_loss(
        predicted,
        batch,
        normalizer=normalizer,
        weights=weights,
        fps=fps,
        level_weight=objective.weigh(t, shift=shift),
    )
