"""How a lifter is sampled: which way, in how many calls of the network."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from torch import Tensor

from mini_vimogen.models.lifter import Lifter, ScaledModel
from mini_vimogen.paths.flow import straight
from mini_vimogen.paths.predictions import converted
from mini_vimogen.paths.schedules import Schedule, cosine
from mini_vimogen.samplers import ddim, ode
from mini_vimogen.samplers.ddim import Between, Denoise
from mini_vimogen.samplers.steps import METHODS

SCHEDULES = {"diffusion": cosine, "flow": straight}
"""(alpha, sigma) of the path that a lifter was trained on."""

MOST_EVALUATIONS = 1000


@dataclass(frozen=True)
class Sampling:
    """How a diffusion lifter is sampled, by DDIM.

    Args:
        steps: network evaluations, 1..1000. 1 is a single call at the highest
            noise level.
        eta: 0 keeps the noise, 1 draws it afresh at each step (EDGE).
        guidance: 0 ignores the keypoints, 1 is the plain network.

    Raises:
        ValueError: a number out of range.
    """

    steps: int = 10
    eta: float = 1.0
    guidance: float = 1.0

    path = "diffusion"

    def __post_init__(self):
        _require_whole("steps", self.steps)
        ddim.levels(self.steps)
        if not 0 <= self.eta <= 1:
            raise ValueError(f"eta must be within 0..1, got {self.eta}")
        _require_guidance(self.guidance)

    def sampler(self) -> Callable[..., Iterator]:
        """A drop-in for ``ddim.states``, which it is."""
        return partial(ddim.states, steps=self.steps, eta=self.eta)


@dataclass(frozen=True)
class FlowSampling:
    """How a flow lifter is sampled, along its velocity.

    Args:
        method: "euler", "midpoint", "heun" or "ab2".
        evaluations: of the network, 1..1000: as many steps for euler and ab2,
            two a step for midpoint, two a step and one at the last for heun.
        guidance: see ``Sampling``.
        shift: of the noise levels, see ``ode.levels``; 1 is even steps.

    Raises:
        ValueError: a number out of range, or one that the method cannot take.
    """

    method: str = "midpoint"
    evaluations: int = 8
    guidance: float = 1.0
    shift: float = 1.0

    path = "flow"

    def __post_init__(self):
        if self.method not in METHODS:
            raise ValueError(
                f"method must be one of {', '.join(METHODS)}, got "
                f"{self.method!r}"
            )
        _require_whole("evaluations", self.evaluations)
        if not 1 <= self.evaluations <= MOST_EVALUATIONS:
            raise ValueError(
                f"evaluations must be within 1..{MOST_EVALUATIONS}, got "
                f"{self.evaluations}"
            )
        wanted = {"midpoint": (0, "even"), "heun": (1, "odd")}
        rest, word = wanted.get(self.method, (None, ""))
        if rest is not None and self.evaluations % 2 != rest:
            raise ValueError(
                f"evaluations must be {word} for {self.method}, got "
                f"{self.evaluations}"
            )
        _require_guidance(self.guidance)
        if not 0 < self.shift < float("inf"):
            raise ValueError(f"shift must be positive, got {self.shift}")

    @property
    def steps(self) -> int:
        """Strides from noise to motion."""
        if self.method in ("midpoint", "heun"):
            return (self.evaluations + 1) // 2
        return self.evaluations

    def sampler(self) -> Callable[..., Iterator[ode.State]]:
        """A drop-in for ``ddim.states`` on the straight path."""
        levels = ode.levels(self.steps, shift=self.shift)
        return partial(flow_states, method=self.method, levels=levels)


def flow_states(
    denoise: Denoise,
    noise: Tensor,
    *,
    method: str,
    levels: Tensor,
    schedule: Schedule = straight,
    between: Between | None = None,
    fresh_noise=None,
) -> Iterator[ode.State]:
    """``ode.states`` for a network that answers the clean motion.

    Args:
        denoise: (noisy, t) -> clean.
        noise: [b..., frames, c].
        method, levels: see ``ode.states``.
        schedule: the straight one.
        between: see ``ddim.sample``.
        fresh_noise: not drawn from: a velocity adds no noise.
    """
    velocity = converted(
        denoise, source="clean", target="velocity", schedule=schedule
    )

    def kept(noisy: Tensor, step: int, t: float) -> Tensor:
        return between(noisy, step, ddim.CLEAN if t == 0 else t)

    return ode.states(
        velocity,
        noise,
        method=method,
        levels=levels,
        between=None if between is None else kept,
    )


def suited(
    lifter: ScaledModel, sampling: Sampling | FlowSampling | None
) -> Sampling | FlowSampling:
    """The way of sampling that was asked for, or the lifter's own.

    Raises:
        ValueError: one for the other path; or any, for a regressor.
    """
    if not isinstance(lifter, Lifter):
        if sampling not in (None, Sampling()):
            raise ValueError(
                "steps, eta and guidance must be left alone with a "
                f"{type(lifter).__name__}, which does not sample; got "
                f"{sampling}"
            )
        return Sampling()
    own = FlowSampling if lifter.path == "flow" else Sampling
    if sampling is None:
        return own()
    if not isinstance(sampling, own):
        raise ValueError(
            f"sampling must be a {own.__name__} for a lifter trained with "
            f"{lifter.path}, got {sampling}"
        )
    return sampling


def asked(
    lifter: ScaledModel,
    *,
    evaluations: int | None = None,
    guidance: float = 1.0,
    method: str | None = None,
) -> Sampling | FlowSampling:
    """The lifter's own way of sampling, with what a user changed.

    Args:
        evaluations: of the network; None is the default of the lifter's way.
        method: of a ``FlowSampling``.

    Raises:
        ValueError: out of range, or not for this lifter.
    """
    own = type(suited(lifter, None))
    changes = {"guidance": guidance}
    if evaluations is not None:
        changes["steps" if own is Sampling else "evaluations"] = evaluations
    if method is not None:
        if own is Sampling:
            raise ValueError(
                "method is for a lifter trained with flow, got "
                f"{method!r} for a {type(lifter).__name__}"
            )
        changes["method"] = method
    return suited(lifter, own(**changes))


def _require_whole(name: str, value) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} must be a whole number, got {value}")


def _require_guidance(guidance: float) -> None:
    if not 0 <= guidance <= 10:
        raise ValueError(f"guidance must be within 0..10, got {guidance}")
