"""One step along a velocity field, by four methods.

All are called alike:

    step(ask, noisy, t, then, before) -> velocity, reached

``ask(noisy, level)`` is the velocity; the step goes from level t to the lower
level ``then``; ``before`` is (t, velocity) of the step before, or None. What
comes back is the velocity at t, and the motion at ``then``.
"""

from collections.abc import Callable

from torch import Tensor

Ask = Callable[[Tensor, float], Tensor]
Before = tuple[float, Tensor] | None
Step = tuple[Tensor, Tensor]


def euler(
    ask: Ask, noisy: Tensor, t: float, then: float, before: Before
) -> Step:
    """All the way with the velocity found at the start; order 1."""
    velocity = ask(noisy, t)
    return velocity, noisy + (then - t) * velocity


def midpoint(
    ask: Ask, noisy: Tensor, t: float, then: float, before: Before
) -> Step:
    """All the way with the velocity found half way; order 2.

    Source: Runge 1895.
    """
    velocity = ask(noisy, t)
    stride = then - t
    halfway = ask(noisy + stride / 2 * velocity, t + stride / 2)
    return velocity, noisy + stride * halfway


def heun(
    ask: Ask, noisy: Tensor, t: float, then: float, before: Before
) -> Step:
    """With the mean of the velocities at both ends; order 2.

    The step that reaches t = 0 is Euler's, one evaluation: there a network has
    learnt little, and a clean prediction holds no velocity. The order stays.

    Source: Karras et al. 2022, algorithm 1.
    """
    velocity, end = euler(ask, noisy, t, then, before)
    if then == 0:
        return velocity, end
    mean = (velocity + ask(end, then)) / 2
    return velocity, noisy + (then - t) * mean


def adams_bashforth_2(
    ask: Ask, noisy: Tensor, t: float, then: float, before: Before
) -> Step:
    """With the velocity drawn on from the last two; order 2, one evaluation.

    The first step, with nothing before it, is Euler's.

    Source: Hairer, Norsett and Wanner, "Solving Ordinary Differential Equations
    I", section III.5, for strides of any length.
    """
    if before is None:
        return euler(ask, noisy, t, then, before)
    velocity, stride = ask(noisy, t), then - t
    t_before, velocity_before = before
    slope = (velocity - velocity_before) / (t - t_before)
    return velocity, noisy + stride * (velocity + stride / 2 * slope)


METHODS = {
    "euler": euler,
    "midpoint": midpoint,
    "heun": heun,
    "ab2": adams_bashforth_2,
}
