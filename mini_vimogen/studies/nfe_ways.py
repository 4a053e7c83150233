"""The ways that ``nfe`` compares: a trained model, and how it is sampled."""

from dataclasses import dataclass

from mini_vimogen.studies.nfe_motions import Extent
from mini_vimogen.tasks.sampling import FlowSampling, Sampling

GUIDANCE = 2.0
STRAIGHTENED = "straightened"
"""The diffusion lifter on the straight path, see ``nfe_levels``."""


@dataclass(frozen=True)
class Way:
    """A model and a method that samples it.

    Args:
        model: "lifter", "flow", "regressor", or ``STRAIGHTENED``.
        method: of ``FlowSampling``; "ancestral" or "ddim"; or "" for a model
            that does not sample.
        guided: with guidance 2, at the usual number of steps alone.
        shift: of the noise levels of a ``FlowSampling``.
        most: evaluations that it is asked for at most.
    """

    model: str
    method: str = ""
    guided: bool = False
    shift: float = 1.0
    most: int | None = None

    @property
    def follows_paths(self) -> bool:
        """Whether each noise has one motion, whatever the steps."""
        drawn = self.method in ("", "ancestral")
        return not drawn and not self.guided


SAMPLED = {
    "ancestral": Way("lifter", "ancestral"),
    "ddim": Way("lifter", "ddim"),
    "ddim, guided 2": Way("lifter", "ddim", guided=True),
    "midpoint, diffusion": Way(STRAIGHTENED, "midpoint"),
    "euler": Way("flow", "euler"),
    "midpoint": Way("flow", "midpoint"),
    "midpoint, shift 3": Way("flow", "midpoint", shift=3.0, most=16),
    "heun": Way("flow", "heun"),
    "ab2": Way("flow", "ab2"),
    "regressor": Way("regressor"),
}
"""Ancestral is DDIM with eta 1: the posterior of DDPM between the levels that
are visited (``samplers.ddpm`` at those levels). "midpoint, diffusion" tells
the sampler from the training: flow's sampler, diffusion's network. "shift 3"
takes shorter steps near noise, as the trainings drew more levels there."""


def samplings(
    way: Way, extent: Extent
) -> dict[int, Sampling | FlowSampling | None]:
    """Evaluations of the network -> how the way samples with them."""
    if not way.method:
        return {1: None}
    if way.guided:
        usual = Sampling(steps=extent.usual, eta=0.0, guidance=GUIDANCE)
        return {2 * extent.usual: usual}
    if way.method == "ancestral":
        return {n: Sampling(steps=n, eta=1.0) for n in extent.evaluations}
    if way.method == "ddim":
        counts = sorted({*extent.evaluations, extent.usual})
        return {n: Sampling(steps=n, eta=0.0) for n in counts}
    most = way.most or max(extent.evaluations)
    wanted = [n for n in extent.evaluations if n <= most]
    counts = {takes(way.method, n) for n in wanted} - {0}
    return {
        n: FlowSampling(method=way.method, evaluations=n, shift=way.shift)
        for n in sorted(counts)
    }


def takes(method: str, evaluations: int) -> int:
    """The most evaluations up to these that a method can take; 0 is none.

    >>> takes("midpoint", 1), takes("heun", 8), takes("ab2", 8)
    (0, 7, 8)
    """
    if method == "midpoint":
        return evaluations - evaluations % 2
    if method == "heun":
        return evaluations - (evaluations + 1) % 2
    return evaluations


def named(group: str, evaluations: int) -> str:
    """The name of a group's figures in a row.

    >>> named("walking", 1), named("walking", 8)
    ('walking, 1 evaluation', 'walking, 8 evaluations')
    """
    return f"{group}, {evaluations} evaluation{'s' * (evaluations != 1)}"
