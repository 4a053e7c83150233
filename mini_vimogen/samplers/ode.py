"""From noise to a motion along a velocity field: four ways to take a step.

The field is that of flow matching: on the path (1 - t) * clean + t * noise the
motion moves by velocity = noise - clean as t grows, and a sampler follows it
from t = 1 down to t = 0. Methods are compared at equal evaluations of the
network, not at equal steps: each state says how many there were.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from mini_vimogen.samplers.steps import METHODS

Velocity = Callable[[Tensor, Tensor], Tensor]
Between = Callable[[Tensor, int, float], Tensor]
"""(noisy, step, t) -> noisy: what is done to a motion on its way on. ``step``
is 1 after the first step, ``t`` the level that it reached."""


class State(NamedTuple):
    """One step, done.

    step: 1 after the first step. t: the noise level it started from; reached:
    the one it came to. evaluations: calls of the velocity, all steps so far.
    velocity: the answer at t. clean: where that alone would end, the guess of
    the clean motion. noisy: the motion at the level reached.
    """

    step: int
    t: float
    reached: float
    evaluations: int
    velocity: Tensor
    clean: Tensor
    noisy: Tensor


def levels(steps: int, *, shift: float = 1.0) -> Tensor:
    """Noise levels from 1 to 0, float64 [steps + 1].

    Args:
        steps: strides between them.
        shift: 1 makes the strides alike; above 1 they are short near noise and
            long near the motion, for a network trained on levels so shifted.

    Raises:
        ValueError: steps under 1, or a shift that is not positive.

    Source: shift: Esser et al. 2024, equation 23.

    >>> levels(4)
    tensor([1.0000, 0.7500, 0.5000, 0.2500, 0.0000], dtype=torch.float64)
    >>> levels(2, shift=3.0)
    tensor([1.0000, 0.7500, 0.0000], dtype=torch.float64)
    """
    if steps < 1:
        raise ValueError(f"steps must be 1 or more, got {steps}")
    if not shift > 0:
        raise ValueError(f"shift must be positive, got {shift}")
    even = torch.linspace(1, 0, steps + 1, dtype=torch.float64)
    # The formula of ``paths.diffusion.shift_levels``, a room out of reach; the
    # rounding of its divisor must not lift the first level over 1.
    return (shift * even / (1 + (shift - 1) * even)).clamp(max=1)


def states(
    velocity: Velocity,
    noise: Tensor,
    *,
    method: str,
    steps: int | None = None,
    levels: Tensor | None = None,
    between: Between | None = None,
) -> Iterator[State]:
    """All the steps from noise to a motion, one by one.

    Args:
        velocity: (noisy, t) -> noise - clean; t has the batch shape of noise.
        noise: [b..., frames, c], standard normal; where sampling starts.
        method: "euler", "midpoint", "heun" or "ab2".
        steps: of equal length from 1 to 0; or
        levels: [steps + 1] any falling noise levels, the last one where it
            ends.
        between: done after each step, the last one too.

    Raises:
        ValueError: no such method; neither or both of steps and levels; steps
            under 1; levels that do not fall, or leave 0..1; noise that is not
            finite; an answer of another shape than the noise.
        FloatingPointError: the velocity answered NaN or infinity; names the
            step.
    """
    if method not in METHODS:
        raise ValueError(
            f"method must be one of {', '.join(METHODS)}, got {method!r}"
        )
    if not bool(noise.isfinite().all()):
        raise ValueError("noise must be finite, got NaN or infinity")
    visited = _visited(steps, levels)
    return _walk(METHODS[method], velocity, noise, visited, between)


def sample_euler(
    velocity: Velocity,
    noise: Tensor,
    *,
    steps: int | None = None,
    levels: Tensor | None = None,
) -> Tensor:
    """A motion by Euler's method: one evaluation a step, error of order 1.

    Arguments and errors are those of ``states``; the same for the others.

    Returns:
        [b..., frames, c].

    >>> clean, noise = torch.ones(2, 3), torch.randn(2, 3)
    >>> end = sample_euler(lambda noisy, t: noise - clean, noise, steps=1)
    >>> torch.allclose(end, clean)
    True
    """
    return _end(velocity, noise, "euler", steps, levels)


def sample_midpoint(
    velocity: Velocity,
    noise: Tensor,
    *,
    steps: int | None = None,
    levels: Tensor | None = None,
) -> Tensor:
    """A motion by the midpoint method: two evaluations a step, order 2."""
    return _end(velocity, noise, "midpoint", steps, levels)


def sample_heun(
    velocity: Velocity,
    noise: Tensor,
    *,
    steps: int | None = None,
    levels: Tensor | None = None,
) -> Tensor:
    """A motion by Heun's method: two evaluations a step, order 2.

    The step that reaches t = 0 takes one evaluation: see ``steps.heun``.
    """
    return _end(velocity, noise, "heun", steps, levels)


def sample_ab2(
    velocity: Velocity,
    noise: Tensor,
    *,
    steps: int | None = None,
    levels: Tensor | None = None,
) -> Tensor:
    """A motion by Adams-Bashforth 2: one evaluation a step, order 2.

    Each step also uses the velocity of the one before; the first is Euler's.
    """
    return _end(velocity, noise, "ab2", steps, levels)


class _Asked:
    """The velocity under watch: answers counted, and finite or refused."""

    def __init__(self, velocity: Velocity, steps: int):
        self.velocity, self.steps = velocity, steps
        self.step = self.evaluations = 0

    def __call__(self, noisy: Tensor, level: float) -> Tensor:
        t = noisy.new_full(noisy.shape[:-2], level)
        answer = self.velocity(noisy, t)
        self.evaluations += 1
        if answer.shape != noisy.shape:
            raise ValueError(
                "velocity must answer in the shape of the noise, "
                f"{tuple(noisy.shape)}, got {tuple(answer.shape)}"
            )
        if not bool(answer.isfinite().all()):
            raise FloatingPointError(
                "the velocity is not finite at step "
                f"{self.step} of {self.steps}, t = {level:g}"
            )
        return answer


def _walk(
    method, velocity, noise, visited: list[float], between: Between | None
) -> Iterator[State]:
    ask = _Asked(velocity, len(visited) - 1)
    noisy, before = noise, None
    for t, then in zip(visited[:-1], visited[1:], strict=True):
        ask.step += 1
        answer, reached = method(ask, noisy, t, then, before)
        clean = noisy - t * answer
        if between is not None:
            reached = between(reached, ask.step, then)
        noisy, before = reached, (t, answer)
        yield State(ask.step, t, then, ask.evaluations, answer, clean, noisy)


def _end(velocity, noise, method, steps, levels) -> Tensor:
    told = dict(method=method, steps=steps, levels=levels)
    for state in states(velocity, noise, **told):
        end = state.noisy
    return end


def _visited(steps: int | None, given: Tensor | None) -> list[float]:
    if (steps is None) == (given is None):
        raise ValueError(
            f"give either steps or levels, got steps={steps}, levels={given}"
        )
    if given is None:
        return levels(steps).tolist()
    given = torch.as_tensor(given, dtype=torch.float64)
    enough = given.ndim == 1 and len(given) >= 2
    inside = bool(((given >= 0) & (given <= 1)).all())
    if not (enough and inside and bool((given.diff() < 0).all())):
        raise ValueError(
            "levels must be 2 or more noise levels that fall, within 0..1, "
            f"got {given.tolist()}"
        )
    return given.tolist()
