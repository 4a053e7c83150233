"""How straight the paths from noise to motion are."""

from collections.abc import Iterable

from torch import Tensor

from mini_vimogen.samplers.ode import State


def straightness(trail: Iterable[State], noise: Tensor) -> Tensor:
    """How far paths are from straight lines walked at an even pace; [b...].

    The integral over t of |(noise - end) - velocity|^2, summed over frames and
    numbers; 0 is straight, and one step is enough. The velocity is that of the
    steps as they were taken, so many are needed to see a bend.

    Args:
        trail: the states of a walk, all of them.
        noise: [b..., frames, c], where it started.

    Raises:
        ValueError: no states.

    Source: Liu et al. 2023, section 2, S(Z) of one path: its mean over paths is
    theirs.
    """
    trail = list(trail)
    if not trail:
        raise ValueError("trail must hold states, got none")
    whole = trail[0].t - trail[-1].reached
    chord = (noise - trail[-1].noisy) / whole
    total, here = 0.0, noise
    for state in trail:
        length = state.t - state.reached
        bend = (here - state.noisy) / length - chord
        total = total + length / whole * bend.square().sum((-2, -1))
        here = state.noisy
    return total
