# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5. From DDPM to flow matching on the same network
#
# Diffusion leads a motion to noise along a curve: what changes, and what stays as it
# was, when the way becomes a straight line?
#
# :::{admonition} In this lesson
# :class: tip
# **You will**
# - build flow matching by hand: the straight line, the velocity that a network
#   learns, and four ways to follow it, of order 1 and 2;
# - find out on data whose perfect answer is known what the straight line changes,
#   and what it leaves as it was with DDPM and DDIM;
# - train the lifter of ViMo both ways on one network, and choose a sampler by its
#   quality at equal numbers of network evaluations.
#
# **You need to have read:** lesson 0, for what a motion's numbers are; and to have
# heard of diffusion models, which lesson 2 builds. What is needed of them is said
# again here.
#
# **CPU time:** about two minutes, most of it the training.
#
# **Paper section:** ViMoGen {cite}`lin2026vimogen`, the flow-matching objective of
# its network; rectified flow {cite}`liu2023rectified`, sections 2.1 and 2.2.
# :::

# %% tags=["hide-input"]
import math
import time
from collections import namedtuple

import numpy as np
import torch
from IPython.display import Markdown, display
from torch import Tensor, nn
from tqdm.auto import tqdm

from mini_vimogen.conditions.cuts import detect_cuts
from mini_vimogen.conditions.keypoints import condition_features
from mini_vimogen.data import library
from mini_vimogen.data.casual_video import VideoSettings, film_clip
from mini_vimogen.metrics.pose_error import jitter, pa_mpjpe
from mini_vimogen.paths import diffusion, exact, flow, predictions, schedules

# %% tags=["hide-input"]
from mini_vimogen.render import table1_tables
from mini_vimogen.render.fields import (
    draw_field,
    draw_field_over_time,
    draw_paths,
    square,
)
from mini_vimogen.render.figure import contact_sheet, film_strip
from mini_vimogen.render.palette import METHODS, SERIES
from mini_vimogen.render.player import Player
from mini_vimogen.render.theme import figure, label, show, use_theme
from mini_vimogen.samplers import counted, ddim, guidance, ode
from mini_vimogen.samplers import straightness as package_straightness

# %% tags=["hide-input"]
from mini_vimogen.studies import table1_aims
from mini_vimogen.studies.rows import read_rows
from mini_vimogen.tasks.lift import FLOW_LIFTER, lift, load_lifter
from mini_vimogen.tasks.sampling import FlowSampling, Sampling
from mini_vimogen.tasks.train import Mix, motion_pool, train_model
from mini_vimogen.training import flow_loss as package_loss
from mini_vimogen.training import losses
from mini_vimogen.training.batches import lifter_batch
from mini_vimogen.training.flow_loss import FlowObjective
from mini_vimogen.training.presets import preset

started = time.process_time()
use_theme()

# %% [markdown]
# ## Two ways to noise
#
# A generative model is trained on pairs: something from the data, $x_0$, and a
# noise $\epsilon$, drawn from the normal distribution. Between them lies a path, on
# which the one fades as the other grows. The *noise level* $t$ says how far along it
# we are: 0 is the data, 1 is the noise.
#
# Later the data will be motions. First they are points of a plane that lie on two
# half circles, the *two moons*, since these can be drawn. Our tensors are
# `[how many, frames, numbers]` as for motions; a moon's point is a "motion" of one
# frame with two numbers.


# %%
def two_moons(count: int, generator: torch.Generator) -> Tensor:
    """Points [count, 1, 2] near two half circles, upper and lower in turn."""
    drawn = dict(generator=generator)
    angle = math.pi * torch.rand(count, **drawn)
    sign = 1 - 2 * (torch.arange(count) % 2)
    x, y = sign * (angle.cos() - 0.5), sign * (angle.sin() - 0.25)
    spread = 0.05 * torch.randn(count, 2, **drawn)
    return (1.2 * torch.stack([x, y], dim=-1) + spread)[:, None]


drawing = torch.Generator().manual_seed(0)
moons = two_moons(400, drawing)
upper = moons[0::2]
noises = torch.randn(400, 1, 2, generator=drawing)

# %%
stops = torch.linspace(0, 1, 41)
few = slice(0, 24)
WAYS = {
    "DDPM: the path of a pair is curved": schedules.cosine,
    "flow matching: it is straight": flow.straight,
}


def paths_of_pairs(schedule) -> Tensor:
    """[stops, pairs, 2], from noise to data."""
    alpha, sigma = (share.flip(0)[:, None, None] for share in schedule(stops))
    return alpha * moons[few, 0] + sigma * noises[few, 0]


# %% tags=["hide-input"]
picture, both = figure(height=4.1, columns=2)
for axes, (title, schedule) in zip(both, WAYS.items(), strict=True):
    style = METHODS["ours" if schedule is flow.straight else "baseline"]
    axes.plot(*moons[:, 0].T, ".", color="#b5b5b5", ms=3, label="data")
    paths = paths_of_pairs(schedule)
    draw_paths(axes, paths, color=style.colour, lw=0.9, label="24 pairs")
    axes.plot(*paths[10:40:10].flatten(0, 1).T, ".", color=style.colour, ms=3)
    square(axes, reach=2.6)
    axes.set_title(title)
    axes.legend(loc="lower right")
show(
    picture,
    alt="Two panels with two grey half moons of points. Twenty-four lines lead "
    "from rings of noise to dots on the moons: curved ones on the left, straight "
    "ones on the right, with three small dots on each.",
)

# %% [markdown]
# Rings are noise, dots on the moons are data, and the small dots on the way stand a
# quarter of the levels apart. Both panels join the same pairs. DDPM
# {cite}`ho2020ddpm` keeps the squares of the two shares at a sum of one, which bends
# the path into a piece of an ellipse. *Flow matching* {cite}`lipman2023flow`, or
# *rectified flow* {cite}`liu2023rectified`, takes the straight line, at an even pace.
# That path is what changes while training. What follows from it?
#
# ## The straight line, from scratch
#
# All of it in three formulas. The two shares, which now add up to one themselves,
#
# $$
# \alpha(t) = 1 - t, \qquad \sigma(t) = t ;
# $$ (eq-05-shares)


# %%
def straight(t: Tensor) -> tuple[Tensor, Tensor]:
    """alpha and sigma at noise levels t, any shape."""
    return 1 - t, t


# %% [markdown]
# the *noisy* thing $x_t$ somewhere on the way,
#
# $$
# x_t = \alpha(t)\, x_0 + \sigma(t)\, \epsilon = (1 - t)\, x_0 + t\, \epsilon ;
# $$ (eq-05-line)


# %%
def interpolate(clean: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """Noisy motions at levels t [b]; clean and noise are [b, frames, c]."""
    alpha, sigma = straight(t)
    return alpha[:, None, None] * clean + sigma[:, None, None] * noise


# %% [markdown]
# and the *velocity* $v$, by how much $x_t$ moves while $t$ grows by one. On a straight
# line it is the same everywhere:
#
# $$
# v = \frac{\mathrm{d} x_t}{\mathrm{d} t} = \epsilon - x_0 .
# $$ (eq-05-velocity)


# %%
def velocity_target(clean: Tensor, noise: Tensor) -> Tensor:
    """Where the path goes as t grows."""
    return noise - clean


# %% [markdown]
# A network shall be shown $x_t$ and $t$ and name the velocity. Does it matter that a
# DDPM's network names something else, the noise or the clean data? Not for what is
# known: with $x_t$ at hand, one follows from the other. For any shares $\alpha$ and
# $\sigma$,
#
# $$
# x_0 = \frac{x_t - \sigma\, v}{\alpha + \sigma}, \qquad
# v = \frac{x_t - \alpha\, x_0}{\sigma} - x_0 ,
# $$ (eq-05-conversions)
#
# and on the straight line that is $x_0 = x_t - t\,v$ and $v = (x_t - x_0) / t$.


# %%
def velocity_to_clean(
    noisy: Tensor, velocity: Tensor, t: Tensor, *, schedule
) -> Tensor:
    """The clean motion that this velocity comes from."""
    alpha, sigma = (share[:, None, None] for share in schedule(t))
    return (noisy - sigma * velocity) / (alpha + sigma)


def clean_to_velocity(
    noisy: Tensor, clean: Tensor, t: Tensor, *, schedule
) -> Tensor:
    """The velocity from this clean motion to the noise."""
    alpha, sigma = (share[:, None, None] for share in schedule(t))
    return (noisy - alpha * clean) / sigma - clean


# %% [markdown]
# ## The straight line: the package's version
#
# `paths.flow` has `straight`, `interpolate` and `velocity_target`, `paths.predictions`
# each of clean, noise and velocity out of each other. There $t = 0$ and $t = 1$ are
# taken care of, where one of the divisors is zero.
#
# ## The straight line: they agree

# %%
clean, noise = torch.randn(2, 64, 30, 151, generator=drawing)
t = 0.05 + 0.9 * torch.rand(64, generator=drawing)
noisy, velocity = interpolate(clean, noise, t), velocity_target(clean, noise)
torch.testing.assert_close(noisy, flow.interpolate(clean, noise, t))
torch.testing.assert_close(velocity, flow.velocity_target(clean, noise))
told = dict(schedule=straight)
for name, ours, known, wanted in (
    ("velocity_to_clean", velocity_to_clean, velocity, clean),
    ("clean_to_velocity", clean_to_velocity, clean, velocity),
):
    theirs = getattr(predictions, name)(noisy, known, t, schedule=flow.straight)
    torch.testing.assert_close(ours(noisy, known, t, **told), theirs)
    torch.testing.assert_close(theirs, wanted, atol=1e-4, rtol=1e-4)
print("64 motions at 64 levels: equal, and back again")

# %% [markdown]
# ## Where paths cross
#
# A network is a function: for one $x_t$ at one $t$ it gives one answer. But the lines
# of pairs cross, and where two of them cross there are two velocities. To see it, let
# the data be a single number near $-1$ or near $1$: *two heaps*. Now there is room for
# $t$ on the other axis. On the left are 24 pairs.

# %%
heaps = torch.tensor([-1.0, 1.0])[:, None, None]
SPREAD = 0.3  # of each heap
which = torch.randint(2, (24,), generator=drawing)
pairs_noise = torch.randn(24, 1, 1, generator=drawing)
scatter = torch.randn(24, 1, 1, generator=drawing)
pairs_clean = heaps[which] + SPREAD * scatter

# %% [markdown]
# ## One answer for many pairs, from scratch
#
# What is the best single answer? If errors count by their square it is the *mean* of
# the velocities of all pairs that pass through there, each as likely as it is. For data
# in heaps, with a middle $\mu_k$ and a normal spread $s$ each, that mean can be
# written down, at whatever $\alpha$ and $\sigma$ the level has:
#
# $$
# v(x, t) = \sum_k w_k\, (\hat\epsilon_k - \hat x_k), \qquad
# w_k \propto \exp\left(-\frac{(x - \alpha \mu_k)^2}{2 S}\right),
# \qquad S = \alpha^2 s^2 + \sigma^2 .
# $$ (eq-05-mean-velocity)
#
# $w_k$ is how likely it is that $x$ came from heap $k$; $S$ is how widely that heap is
# spread at this level. If it came from there, its clean number and its noise share what
# $x$ is off by:
#
# $$
# \hat x_k = \mu_k + \frac{\alpha s^2}{S} (x - \alpha \mu_k), \qquad
# \hat\epsilon_k = \frac{\sigma}{S} (x - \alpha \mu_k) .
# $$ (eq-05-one-heap)


# %%
def exact_velocity(
    noisy: Tensor, t: Tensor, *, points: Tensor, spread: float, schedule
) -> Tensor:
    """The mean velocity at noisy [b, ...]; heaps around points [n, ...]."""
    alpha, sigma = (share[:, None, None] for share in schedule(t))
    size = alpha**2 * spread**2 + sigma**2  # S in the formula
    answers, fits = [], []
    for point in points:
        off = noisy - alpha * point
        clean = point + alpha * spread**2 / size * off
        answers.append(sigma / size * off - clean)
        fits.append(-(off**2 / (2 * size)).sum(dim=(1, 2)))
    share = torch.stack(fits).softmax(dim=0)[:, :, None, None]
    return (share * torch.stack(answers)).sum(dim=0)


# %% [markdown]
# ## One answer for many pairs: the package's version
#
# `paths.exact.exact_velocity`, for any number of points at once. It is the network that
# has learned everything: whatever goes wrong with it is not the training's fault.
#
# ## One answer for many pairs: they agree

# %%
places = torch.randn(64, 5, 3, generator=drawing)
middles = torch.randn(9, 5, 3, generator=drawing)
for schedule in (flow.straight, schedules.cosine):
    options = dict(points=middles, spread=0.3, schedule=schedule)
    torch.testing.assert_close(
        exact_velocity(places, t, **options),
        exact.exact_velocity(places, t, **options),
    )
print("64 places, 9 heaps, two schedules: equal")

# %% [markdown]
# So a sampler starts from noise at $t = 1$ and follows this field down to $t = 0$. Its
# arrows, drawn the way a sampler walks, and what comes of the same 24 noises:


# %%
def two_heaps(noisy: Tensor, t: Tensor) -> Tensor:
    """The perfect network for two heaps."""
    options = dict(points=heaps, spread=SPREAD, schedule=flow.straight)
    return exact.exact_velocity(noisy, t, **options)


def walked(velocity, noise: Tensor, *, method="midpoint", steps=64) -> Tensor:
    """Everywhere that a sampler comes by, [steps + 1, b, frames, c]."""
    way = ode.states(velocity, noise, method=method, steps=steps)
    return torch.stack([noise, *(state.noisy for state in way)])


walks = walked(two_heaps, pairs_noise)

# %% tags=["hide-input"]
falling = torch.linspace(1, 0, len(walks))[:, None].expand(-1, 24)
lines = torch.lerp(pairs_clean[:, 0, 0], pairs_noise[:, 0, 0], falling)
picture, both = figure(height=3.4, columns=2, sharey=True)
for axes, numbers, title in (
    (both[0], lines, "Pairs: straight, and they cross"),
    (both[1], walks[:, :, 0, 0], "The field: no crossing, but bends"),
):
    if axes is both[1]:
        draw_field_over_time(axes, two_heaps, reach=2.4)
    paths = torch.stack([falling, numbers], dim=-1)
    draw_paths(axes, paths, color=METHODS["ours"].colour, lw=0.9)
    axes.set(xlim=(1.02, -0.02), ylim=(-2.5, 2.5), title=title)
    axes.set_xlabel(label("noise level t", None))
both[0].set_ylabel(label("number", None))
show(
    picture,
    alt="Left, twenty-four straight lines from noise at t = 1 to two heaps at t = 0, "
    "crossing each other. Right, arrows that first point to the middle and then part "
    "towards the heaps, and twenty-four bent paths along them that never cross.",
)

# %%
start, end = pairs_noise[:, 0, 0], walks[-1, :, 0, 0]
in_order = torch.equal(start.argsort(), end.argsort())
print("noises and their ends stand in the same order:", in_order)
print(f"ends near one heap or the other: {[round(float(e), 1) for e in end]}")
assert in_order

# %% [markdown]
# Read both from left to right, from noise to data. Pairs go straight and cross each
# other. The field's paths do not cross: they cannot, as each place has one arrow. Near
# noise all arrows point to the middle of the data, the mean of all it could become.
# Only further down do the heaps become distinguishable, and the paths part and bend.
# The ends are where the data are; who ends where is arranged anew.
#
# So the straight line is one of *training*. What a sampler follows bends, and how many
# steps it needs depends on how much.
#
# ## Steps, from scratch
#
# A *step* goes from level $t$ to a lower one $t'$, in a stride of $h = t' - t$. The
# simplest asks once and goes on as if nothing changed on the way. That is Euler's:
#
# $$
# x_{t'} = x_t + h\, v(x_t, t) .
# $$ (eq-05-euler)
#
# `ask(noisy, level)` is the field. Each step also returns the velocity found at its
# start, and is told that of the step before, which only the last of the four uses.


# %%
def euler(ask, noisy: Tensor, t: float, then: float, before):
    """All the way as at the start."""
    velocity = ask(noisy, t)
    return velocity, noisy + (then - t) * velocity


# %% [markdown]
# Where paths bend, the start is a bad guide for the whole stride. The *midpoint* method
# walks half of it on trial, asks there, and goes all the way from the start with that
# answer. Heun's method walks all of it on trial and takes the mean of both ends:
#
# $$
# x_{t'} = x_t + h\, v\!\left(x_t + \tfrac{h}{2} v,\; t + \tfrac{h}{2}\right),
# \qquad
# x_{t'} = x_t + \tfrac{h}{2} \left(v + v(x_t + h\,v,\; t')\right) .
# $$ (eq-05-midpoint)


# %%
def midpoint(ask, noisy: Tensor, t: float, then: float, before):
    """All the way as in the middle."""
    velocity, half = ask(noisy, t), (then - t) / 2
    middle = ask(noisy + half * velocity, t + half)
    return velocity, noisy + 2 * half * middle


def heun(ask, noisy: Tensor, t: float, then: float, before):
    """With the mean of both ends; the last step is Euler's."""
    velocity, end = euler(ask, noisy, t, then, before)
    if then == 0:  # a network is hardly trained there
        return velocity, end
    mean = (velocity + ask(end, then)) / 2
    return velocity, noisy + (then - t) * mean


# %% [markdown]
# Both ask twice a step. The method of Adams and Bashforth asks once: it remembers the
# velocity $v^-$ of the step before, at $t^-$, and draws the straight line through the
# two on into the middle of the stride.
#
# $$
# x_{t'} = x_t + h \left(v + \frac{h}{2} \cdot \frac{v - v^-}{t - t^-}\right) .
# $$ (eq-05-ab2)


# %%
def adams_bashforth_2(ask, noisy: Tensor, t: float, then: float, before):
    """With the velocity drawn on from the last two; the first is Euler's."""
    if before is None:
        return euler(ask, noisy, t, then, before)
    velocity, stride = ask(noisy, t), then - t
    t_before, velocity_before = before
    slope = (velocity - velocity_before) / (t - t_before)
    return velocity, noisy + stride * (velocity + stride / 2 * slope)


# %%
def steps_down(step, velocity, noise: Tensor, levels: list[float]) -> Tensor:
    """From noise through falling levels to the end."""
    noisy, before = noise, None

    def ask(noisy: Tensor, level: float) -> Tensor:
        return velocity(noisy, torch.full((len(noisy),), level).to(noisy))

    for t, then in zip(levels, levels[1:], strict=False):
        found, reached = step(ask, noisy, t, then, before)
        noisy, before = reached, (t, found)
    return noisy


# %% [markdown]
# ## Steps: the package's version
#
# `samplers.steps` has the four; `samplers.ode` walks with them, counts how often the
# network was asked and stops with the step's number if an answer is not a number.
#
# ## Steps: they agree

# %%
METHODS_BY_HAND = {
    "euler": euler,
    "midpoint": midpoint,
    "heun": heun,
    "ab2": adams_bashforth_2,
}
uneven = [1.0, 0.83, 0.6, 0.55, 0.2, 0.0]
start = torch.randn(32, 1, 1, generator=drawing)
for name, step in METHODS_BY_HAND.items():
    told = dict(method=name, levels=torch.tensor(uneven, dtype=torch.float64))
    *_, last = ode.states(two_heaps, start, **told)
    ours = steps_down(step, two_heaps, start, uneven)
    torch.testing.assert_close(ours, last.noisy)
    print(f"{name:9s} 5 steps, {last.evaluations} evaluations: equal")

# %% [markdown]
# ## How good is a step?
#
# First a single heap, $\mu = 0.8$ with $s = 0.3$. Its paths can be worked out: the
# noise $\epsilon$ ends exactly at $\mu + s\,\epsilon$. Below are Euler's paths in one,
# two and four steps (coloured) over the exact ones (grey).


# %%
single = torch.full((1, 1, 1), 0.8)


def one_heap(noisy: Tensor, t: Tensor) -> Tensor:
    """The perfect network for one heap."""
    options = dict(points=single, spread=0.3, schedule=flow.straight)
    return exact.exact_velocity(noisy, t, **options)


nine = torch.linspace(-2, 2, 9)[:, None, None]
true_ends = single + 0.3 * nine
torch.testing.assert_close(
    walked(one_heap, nine, steps=400)[-1], true_ends, atol=1e-5, rtol=0
)

# %% tags=["hide-input"]
picture, panels = figure(height=3.0, columns=3, sharey=True)
for axes, count in zip(panels, (1, 2, 4), strict=True):
    draw_field_over_time(axes, one_heap, reach=2.2)
    for method, number, colour in (
        ("midpoint", 100, "#9a9a9a"),
        ("euler", count, METHODS["ours"].colour),
    ):
        walks = walked(one_heap, nine, method=method, steps=number)[:, :, 0, 0]
        at = torch.linspace(1, 0, number + 1)[:, None].expand(-1, 9)
        paths = torch.stack([at, walks], dim=-1)
        draw_paths(axes, paths, color=colour, lw=1.1, alpha=0.9)
    axes.set_title(f"Euler, {count} step{'s' if count > 1 else ''}")
for axes in panels[1:]:
    axes.set_ylabel("")
show(
    picture,
    alt="Three panels of arrows that lead from wide noise to a narrow heap. With one "
    "step all of Euler's paths end in one point; with two they spread; with four they "
    "come nearer to the exact grey paths, and still miss their ends.",
)

# %% [markdown]
# With one step, everything ends in one point, the mean of the data: that is the answer
# to "what is it?" when nothing but noise is seen. It is the same single answer that a
# regressor would give. More steps bring the spread back.
#
# How fast does the error fall? A method is of *order* $p$ if it falls like $1 / n^p$
# in the number of steps $n$: on paper with two logarithmic axes, a line of slope $-p$.
# We measure on the two heaps, against 2000 steps.

# %%
many = torch.randn(200, 1, 1, generator=drawing, dtype=torch.float64)
FIELDS = {"two heaps": two_heaps, "one heap": one_heap}
STEPS = (8, 16, 32, 64, 128, 256)


def errors_of(field, method: str, reference: Tensor) -> tuple[list, list]:
    """Evaluations and mean errors at each number of steps."""
    found = []
    for steps in STEPS:
        *_, last = ode.states(field, many, method=method, steps=steps)
        off = (last.noisy - reference).abs().mean()
        found.append((last.evaluations, float(off)))
    return tuple(zip(*found, strict=True))


# %%
orders, curves = {}, {}
for name, perfect in FIELDS.items():
    fine = walked(perfect, many, steps=2000)[-1]
    for method in METHODS_BY_HAND:
        asked, off = errors_of(perfect, method, fine)
        curves[name, method] = asked, off
        slope = np.polyfit(np.log(STEPS[3:]), np.log(off[3:]), 1)[0]
        orders[name, method] = -slope
print("order measured".ljust(12), *(m.rjust(9) for m in METHODS_BY_HAND))
for name in FIELDS:
    told = (f"{orders[name, method]:9.2f}" for method in METHODS_BY_HAND)
    print(name.ljust(14), *told)
for method, order in zip(METHODS_BY_HAND, (1, 2, 2, 2), strict=True):
    assert abs(orders["two heaps", method] - order) < 0.15

# %% tags=["hide-input"]
picture, both = figure(height=3.2, columns=2, sharey=True)
for axes, name in zip(both, FIELDS, strict=True):
    for method, style in zip(METHODS_BY_HAND, SERIES, strict=True):
        axes.plot(*curves[name, method], label=method, **style.line)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks([8, 32, 128, 512], ["8", "32", "128", "512"])
    axes.set_xlabel(label("network evaluations", None))
    axes.set_title(name)
both[0].set_ylabel(label("mean error of the end", None))
both[0].legend()
show(
    picture,
    alt="Error over evaluations on logarithmic axes for two heaps and for one: "
    "Euler's line falls least steeply, the three others about twice as steeply, and "
    "on one heap the midpoint method's steeper still.",
)

# %% [markdown]
# On two heaps, Euler has order 1 and the others order 2, as the books say. On one heap
# midpoint looks better than it is: its order there is 3. That is luck of this one
# field. The leading part of its error is
# $h^3 \left(\tfrac{1}{24} a'' + \tfrac14 a a' + \tfrac16 a^3\right)$ a step, where
# $a(t)$ is the slope of the field, and for the field of a single heap the three parts
# cancel. A single Gaussian is too kind a test for a sampler.
#
# The horizontal axis counts *evaluations*: how often the network is asked, which is
# what costs time. Midpoint and Heun ask twice a step. Comparing methods at equal steps
# would flatter them.

# %% [markdown]
# ## Two moons: train it
#
# Now a network, small enough to read: three hidden layers, told $x_t$ and a few sines
# and cosines of $t$. Training is the same as ever: take data, draw a level and a noise
# for each, mix, ask, and take the squared error. That is all of flow
# matching, with $f$ the network:
#
# $$
# L = \overline{|f(x_t, t) - (\epsilon - x_0)|^2} .
# $$ (eq-05-loss)


# %%
class TinyField(nn.Module):
    """Noisy points [b, 1, c] and levels [b] to an answer [b, 1, c]."""

    def __init__(self, numbers: int = 2, width: int = 96):
        super().__init__()
        sizes = [numbers + 8, width, width, width, numbers]
        layers = []
        for into, out in zip(sizes, sizes[1:], strict=False):
            layers += [nn.Linear(into, out), nn.SiLU()]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, noisy: Tensor, t: Tensor) -> Tensor:
        turns = math.pi / 2 * t[:, None, None] * 2.0 ** torch.arange(4)
        told = torch.cat([noisy, turns.sin(), turns.cos()], dim=-1)
        return self.layers(told)


# %%
def trained(network, loss_of, *, steps: int) -> tuple[nn.Module, list[float]]:
    """The network, trained, and its losses; loss_of(network) draws a batch."""
    adam = torch.optim.Adam(network.parameters())
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 3e-3, total_steps=steps)
    seen = []
    for _ in range(steps):
        loss = loss_of(network)
        adam.zero_grad()
        loss.backward()
        adam.step()
        rate.step()
        seen.append(loss.item())
    return network, seen


# %%
def flow_matching(network) -> Tensor:
    """The loss of one batch."""
    clean = two_moons(256, drawing)
    noise = torch.randn(clean.shape, generator=drawing)
    t = torch.rand(len(clean), generator=drawing)
    answer = network(interpolate(clean, noise, t), t)
    return (answer - velocity_target(clean, noise)).square().mean()


torch.manual_seed(0)
field, seen = trained(TinyField(), flow_matching, steps=1500)
first, last = np.mean(seen[:50]), np.mean(seen[-200:])
print(f"loss {first:.2f} at first, {last:.2f} at last")

# %% [markdown]
# The loss does not go to zero and never will: the target of one pair cannot be known
# from $x_t$, only the mean of all that cross there. That this mean is nevertheless
# what comes out can be seen. Below, the field as it was learned, and the exact mean
# for four hundred moon points, at three levels.


# %%
def exact_moons(noisy: Tensor, t: Tensor, *, schedule=flow.straight) -> Tensor:
    """The perfect network for the moons."""
    options = dict(points=moons, spread=0.06, schedule=schedule)
    return exact.exact_velocity(noisy, t, **options)


@torch.no_grad()
def learned(noisy: Tensor, t: Tensor) -> Tensor:
    """The network just trained."""
    return field(noisy, t)


# %% tags=["hide-input"]
picture, panels = figure(
    height=5.6, rows=2, columns=3, sharex=True, sharey=True
)
for row, name, velocity in zip(
    panels, ("learned", "exact"), (learned, exact_moons), strict=True
):
    for axes, level in zip(row, (0.9, 0.5, 0.1), strict=True):
        faded = interpolate(moons, noises, torch.full((400,), level))
        axes.plot(*faded[:, 0].T, ".", color="#c9a5b8", ms=2)
        draw_field(axes, velocity, level, reach=2.4)
        axes.set_title(f"{name}, t = {level:g}")
for axes in panels[:, 1:].flat:
    axes.set_ylabel("")
for axes in panels[0]:
    axes.set_xlabel("")
show(
    picture,
    alt="Six panels of arrows over points, at noise levels 0.9, 0.5 and 0.1, as learned "
    "above and exact below. At 0.9 all arrows point to the middle, at 0.1 each points "
    "to the nearer moon; the two rows look alike.",
)

# %% [markdown]
# The two rows look alike where there are points (pink), and that is all a sampler
# needs: further out nobody ever asks.
#
# ## How straight, from scratch
#
# Now noise follows the learned field. How straight are its paths? With $z$ where a path
# starts and $x$ where it ends, {cite:t}`liu2023rectified` measure how far the velocity
# on the way is from that of the straight line between the two:
#
# $$
# S = \int_0^1 \left|(z - x) - v(x_t, t)\right|^2 \mathrm{d}t .
# $$ (eq-05-straightness)
#
# 0 is a straight line walked at an even pace, and then a single step of Euler's is
# enough.


# %%
def straightness(trail, noise: Tensor) -> Tensor:
    """S of each path [b]; trail has t, reached, noisy of each step."""
    trail = list(trail)
    whole, here, total = trail[0].t - trail[-1].reached, noise, 0.0
    for state in trail:
        length = state.t - state.reached
        velocity = (here - state.noisy) / length
        chord = (noise - trail[-1].noisy) / whole
        bend = (chord - velocity).square().sum(dim=(1, 2))
        total = total + length / whole * bend
        here = state.noisy
    return total


# %% [markdown]
# ## How straight: the package's version
#
# `samplers.straightness.straightness`.
#
# ## How straight: they agree

# %%
starts = torch.randn(200, 1, 2, generator=drawing)
trail = list(ode.states(learned, starts, method="euler", steps=100))
theirs = package_straightness.straightness(trail, starts)
torch.testing.assert_close(straightness(trail, starts), theirs)
print(f"200 paths: equal; S is {theirs.mean():.2f} in the mean")

# %% [markdown]
# For comparison the pairs themselves, as they were mixed in training, and DDPM's way
# back: DDIM {cite}`song2021ddim`, which walks without fresh noise from $t = 1$ down,
# with a perfect network of its own. (`Stop` holds what `straightness` wants to know of
# a step.)

# %%
Stop = namedtuple("Stop", "t reached noisy")


def as_trail(levels: list[float], places: Tensor) -> list[Stop]:
    """Steps between levels; places [levels, b, 1, c], the start first."""
    return [*map(Stop, levels, levels[1:], places[1:])]


def ddim_walk(noise: Tensor, steps: int) -> tuple[list[float], Tensor]:
    """Levels and places from noise to the end, with the perfect network."""
    told = dict(schedule=schedules.cosine)
    denoise = predictions.converted(
        lambda noisy, t: exact_moons(noisy, t, **told),
        **dict(source="velocity", target="clean"),
        **told,
    )
    way = list(ddim.states(denoise, noise, steps=steps, **told))
    levels = [*(state.t for state in way), ddim.CLEAN]
    return levels, torch.stack([noise, *(state.noisy for state in way)])


# %%
falling = torch.linspace(1, 0, 101)
pair_ends = two_moons(200, drawing)
bends = {}
for name, schedule in (("DDPM", schedules.cosine), ("flow", flow.straight)):
    alpha, sigma = (part[:, None, None, None] for part in schedule(falling))
    way = as_trail(falling.tolist(), alpha * pair_ends + sigma * starts)
    bends[name, "pairs"] = straightness(way, starts)
way = as_trail(*ddim_walk(starts, 200))
bends["DDPM", "sampled"] = straightness(way, starts)
exact_walk = walked(exact_moons, starts, method="euler", steps=200)
way = as_trail(torch.linspace(1, 0, 201).tolist(), exact_walk)
bends["flow", "sampled"] = straightness(way, starts)
for (name, what), found in bends.items():
    print(f"{name:5s} {what:8s} S = {found.mean():.2f}")

# %% tags=["hide-input"]
picture, both = figure(height=4.1, columns=2)
_, ddpm_walk = ddim_walk(starts, 200)
for axes, paths, name in (
    (both[0], ddpm_walk, "baseline"),
    (both[1], exact_walk, "ours"),
):
    axes.plot(*moons[:, 0].T, ".", color="#b5b5b5", ms=3)
    draw_paths(axes, paths[:, :60, 0], color=METHODS[name].colour, lw=0.9)
    square(axes, reach=2.6)
both[0].set_title("DDPM's way back: DDIM, 200 steps")
both[1].set_title("Flow's way back: Euler, 200 steps")
apart = float((ddpm_walk[-1] - exact_walk[-1]).norm(dim=-1).median())
print(f"the same noise: ends {apart:.4f} apart in the median")
show(
    picture,
    alt="Sixty bent paths from noise to the moons in each of two panels, by DDIM on "
    "the left and by the flow's field on the right. The same starts lead to the same "
    "ends; on the right the paths first run to the middle and turn off late.",
)

# %% [markdown]
# Two surprises.
#
# First, the straight line of pairs did not make straight paths: what is sampled bends,
# and by this measure more than DDPM's way back does. (The measure is taken in each
# one's own numbers, and so does not say which sampler needs more steps: the figure
# after the next does.)
#
# Second, and stranger: a noise ends in the same point, whichever of the two ways it goes.
#
# ## DDIM is Euler in disguise
#
# Divide a noisy thing of DDPM by $\alpha + \sigma$. What is left are shares that add up
# to one: it lies *on the straight line* of the same pair, only at another level.
#
# $$
# \frac{\alpha x_0 + \sigma \epsilon}{\alpha + \sigma}
#   = (1 - \tau)\, x_0 + \tau\, \epsilon ,
# \qquad \tau = \frac{\sigma}{\alpha + \sigma} .
# $$ (eq-05-disguise)
#
# So the two paths differ by a stretched clock and a zoom, no more. That is why the ends
# are the same, and why a network for the one can be asked on the other. And a step of DDIM, divided so, *is* a step of Euler's.
# Here is one, from level 0.8 to 0.5, on 64 motions of noise with any guess at all:

# %%
now, then = (schedules.cosine(torch.tensor(t)) for t in (0.8, 0.5))
noisy, guess = torch.randn(2, 64, 30, 151, generator=drawing)
by_ddim = ddim.update(noisy, guess, now, then)

(zoom, tau), (zoom_then, tau_then) = (
    (alpha + sigma, sigma / (alpha + sigma)) for alpha, sigma in (now, then)
)
on_line = noisy / zoom
velocity = (on_line - guess) / tau
_, by_euler = euler(lambda x, t: velocity, on_line, tau, tau_then, None)
torch.testing.assert_close(by_ddim / zoom_then, by_euler, atol=1e-5, rtol=1e-5)
print(f"levels 0.8 and 0.5 are {tau:.3f} and {tau_then:.3f} on the line: equal")

# %% [markdown]
# Then does flow matching buy nothing? On the moons, at equal numbers of evaluations,
# with perfect networks, against the very fine walk of each:

# %%
COUNTS = (1, 2, 4, 8, 16, 32, 64)
fine = walked(exact_moons, starts, steps=400)[-1]
_, fine_ddim = ddim_walk(starts, 500)


def off(ends: Tensor, true: Tensor) -> float:
    """Mean distance of ends."""
    return float((ends - true).norm(dim=-1).mean())


by_count = {"ddim": {}} | {method: {} for method in METHODS_BY_HAND}
for count in COUNTS:
    ends = ddim_walk(starts, count)[1][-1]
    by_count["ddim"][count] = off(ends, fine_ddim[-1])
    for method in METHODS_BY_HAND:
        steps = count // 2 if method in ("midpoint", "heun") else count
        if steps:
            *_, last = ode.states(
                exact_moons, starts, method=method, steps=steps
            )
            by_count[method][last.evaluations] = off(last.noisy, fine)

# %% tags=["hide-input"]
picture, axes = figure(height=3.2)
styles = (METHODS["baseline"], *SERIES)
for (name, curve), style in zip(by_count.items(), styles, strict=True):
    axes.plot(list(curve), list(curve.values()), label=name, **style.line)
axes.set_xscale("log", base=2)
axes.set_yscale("log")
axes.set_xticks(COUNTS, [str(count) for count in COUNTS])
axes.set(
    xlabel=label("network evaluations", None),
    ylabel=label("mean error of the end", None),
    title="Two moons, perfect networks",
)
axes.legend()
show(
    picture,
    alt="Error of the end over network evaluations from 1 to 64 on logarithmic axes. "
    "DDIM and Euler lie on top of each other; midpoint, Heun and Adams-Bashforth fall "
    "below them, the more the more evaluations there are.",
)

# %%
eight = {name: found[8] for name, found in by_count.items() if 8 in found}
print({name: round(error, 3) for name, error in eight.items()}, "at 8")
ratio = by_count["ddim"][8] / by_count["euler"][8]
print(f"DDIM's error over Euler's at 8: {ratio:.2f}")

# %% [markdown]
# DDIM and Euler lie on each other. What gains, with perfect networks, are the methods of
# order 2. They come for free once the way back is written as a field to be followed:
# all that is known of following fields applies. (They can be put on a DDPM as well,
# through the disguise. An exercise does.) So the straight line changes less than its
# picture promises:
#
# - *not* where a noise ends, if the network is perfect;
# - *not* what Euler's method needs, or hardly;
# - the *target*, where it is the velocity, and with it which levels the training takes
#   seriously;
# - the *bookkeeping*: no alpha and sigma to choose, pure noise has a level of its own,
#   $t = 1$, and any solver will do.
#
# ## What to answer
#
# Known exactly, the velocity and the clean data are worth the same. Learned, they are
# not. Noise fills all dimensions; data fill few. The velocity contains the noise, so a
# network that names it must carry every dimension of the noise through its layers. To
# name the clean data it must carry only the data {cite}`li2025jit`.
#
# The experiment: lay the moons on some plane in 128 dimensions, which changes nothing
# about them, and train networks only 64 numbers wide. One answers the velocity. The
# other answers the clean point, and is still judged by the error of its velocity, which
# is that of the clean point over $t$ (with $t$ not under 0.05):
#
# $$
# v - \hat v = \frac{\hat x_0 - x_0}{t}
# \quad\Longrightarrow\quad
# L = \overline{\frac{1}{t^2}\, |\hat x_0 - x_0|^2} .
# $$ (eq-05-weight)
#
# ## The weight, from scratch


# %%
def velocity_weight(t: Tensor, *, least: float = 0.05) -> Tensor:
    """From a squared error of clean motion to one of velocity."""
    return 1 / t.clamp(min=least) ** 2


# %% [markdown]
# ## The weight: the package's version
#
# `paths.flow.velocity_weight`.
#
# ## The weight: they agree

# %%
t = torch.rand(500, generator=drawing)
torch.testing.assert_close(velocity_weight(t), flow.velocity_weight(t))
print("500 levels: equal; at 0, 0.5 and 1:", end=" ")
print(velocity_weight(torch.tensor([0.0, 0.5, 1.0])).tolist())


# %%
def loss_in_space(network, answers: str, plane: Tensor, draws) -> Tensor:
    """The loss of one batch of moons on a plane in many dimensions."""
    clean = two_moons(128, draws) @ plane.T
    noise = torch.randn(clean.shape, generator=draws)
    t = torch.rand(len(clean), generator=draws)
    answer = network(interpolate(clean, noise, t), t)
    if answers == "velocity":
        return (answer - velocity_target(clean, noise)).square().mean()
    error = (answer - clean).square().mean(dim=(1, 2))
    return (velocity_weight(t) * error).mean()


# %%
@torch.no_grad()
def sampled_in_space(network, answers: str, plane: Tensor, draws):
    """300 samples: distance from the plane, and the plane's two numbers."""
    velocity = predictions.converted(
        network, source=answers, target="velocity", schedule=flow.straight
    )
    noise = torch.randn(300, 1, len(plane), generator=draws)
    ends = ode.sample_midpoint(velocity, noise, steps=16)
    flat = ends @ plane
    off_plane = (ends - flat @ plane.T).norm(dim=-1).mean()
    return float(off_plane), flat[:, 0]


# %%
def in_space(answers: str, numbers: int) -> tuple[float, Tensor]:
    """Train in so many dimensions; how far off the plane, places on it."""
    torch.manual_seed(0)
    draws = torch.Generator().manual_seed(0)
    plane = torch.randn(numbers, 2, generator=draws)
    plane, _ = torch.linalg.qr(plane)  # two directions at right angles
    told = answers, plane, draws
    network, _ = trained(
        TinyField(numbers, width=64),
        lambda network: loss_in_space(network, *told),
        steps=1000,
    )
    return sampled_in_space(network, *told)


rooms = {
    (answers, numbers): in_space(answers, numbers)
    for answers in ("velocity", "clean")
    for numbers in (2, 128)
}

# %% tags=["hide-input"]
picture, panels = figure(height=2.7, columns=4, sharey=True)
for axes, ((answers, numbers), (away, flat)) in zip(
    panels, rooms.items(), strict=True
):
    axes.plot(*moons[:, 0].T, ".", color="#cfcfcf", ms=2)
    axes.plot(*flat.T, ".", color=METHODS["ours"].colour, ms=2)
    square(axes, reach=2.6)
    axes.set_title(f"{answers}, {numbers} dimensions")
    print(f"{answers:8s} in {numbers:3d}: {away:.2f} off the plane")
for axes in panels[1:]:
    axes.set_ylabel("")
show(
    picture,
    alt="Samples over the true moons in four panels: networks that answer the velocity "
    "or the clean point, in 2 and in 128 dimensions. Three are moons, somewhat "
    "blurred; the velocity in 128 dimensions is a cloud.",
)

# %% [markdown]
# In two dimensions both draw moons, as well as so short a training allows. In 128 the
# network that answers the velocity leaves the plane and blurs what is on it: its layers
# are 64 numbers wide, and the noise that it has to name has 128. The one that
# answers the clean point has to name two. (A network wider than the noise would have
# room for both: it is width against dimensions that decides.)
# A motion of two seconds has 60 times 151 numbers, and they are far from free. So
# `FlowLifter` answers the clean motion unless told otherwise.
#
# Is the moons' lesson right for motions? And does the weight help there? A study
# (`study flow_choices`) trains our lifter for 600 steps in five ways, over seeds;
# "diffusion" is the DDPM twin with the same steps.

# %%
choices = read_rows("flow_choices")
short, long = (
    table1_aims.newest(row for row in choices if row["size"] == size)
    for size in ("laptop", "desk")
)
twin = [
    row
    for row in table1_aims.newest(read_rows("lifter_choices"))
    if row["arm"] == "ours"
]
twin = [row | {"arm": "diffusion"} for row in twin]
values, spread = table1_tables.values, table1_tables.spread

# %%
COLUMNS = {
    "PA-MPJPE (mm)": "pa_mpjpe_mm",
    "MPJPE (mm)": "mpjpe_mm",
    "jitter / true": "jitter_ratio",
}


def choice_table(group: str) -> Markdown:
    """The short trainings on one group, mean and range of the seeds."""
    lines = [
        [arm, *(spread(values(rows, arm, group, k)) for k in COLUMNS.values())]
        for rows in (twin, short)
        for arm in dict.fromkeys(row["arm"] for row in rows)
    ]
    return Markdown(table1_tables.markdown([group, *COLUMNS], lines))


display(choice_table("walking"))

# %%
display(choice_table("acrobatics"))

# %%
ERROR = ("walking", "pa_mpjpe_mm")
means = {
    arm: np.mean(values(short, arm, *ERROR))
    for arm in dict.fromkeys(row["arm"] for row in short)
}
print("posture, walking, mm, best first:")
for arm in sorted(means, key=means.get):
    print(f"  {means[arm]:5.1f} {arm}")
for arm in ("clean answer, clean error", "clean answer, velocity error"):
    found = values(long, arm, *ERROR), values(long, arm, "acrobatics", ERROR[1])
    told = ", ".join(f"{np.mean(f):.1f} ({len(f)} seeds)" for f in found)
    print(f"6000 steps, walking and acrobatics: {told}, {arm}")
print("the shipped one:", FlowObjective())

# %% [markdown]
# PA-MPJPE is the mean distance of joints, in millimetres, after each frame was turned,
# moved and scaled to fit best; MPJPE turns the clip only once. *Jitter* is the size of
# the third difference over time; 1 is as smooth as the person. *Walking* and
# *acrobatics* are held-out recordings of people, as in lesson 2. *Mixed levels* draw
# more levels from the middle of the path.
#
# Read the rows in two steps. What the network *answers* decides most, as on the moons: a
# token of our lifter stands for two frames and so meets 302 numbers of noise, and it is
# 128 numbers wide. What is *squared* is another matter. The weight $1/t^2$ turns the
# effort to low levels, where the motion can nearly be read off; but with a video most is
# decided at high ones. After 600 steps the two errors are about level (the seeds differ
# by more). After the 6000 steps of the shipped size they are not, as the last lines
# say: there the clean error is ahead, and the shipped lifter was trained with it.
#
# ## Motion
#
# Now our lifter: from the keypoints of a video to a motion of 151 numbers a frame. The
# network is ViMo's of lesson 2 and does not change by a single weight. It is shown a
# noisy motion, $t$ and the condition (what is known of the video), and answers the
# clean motion. Only what surrounds it changes.
#
# ## The loss, from scratch
#
# In lesson 2 the loss had four terms; that on the numbers themselves was
# $\overline{|\hat x_0 - x_0|^2}$. The others, on differences between frames and on
# joints, stay as they are, and `losses.motion_loss` has them all. `objective` says
# what is learned and at which levels; its weight is the one above over its own average,
# or none, so that the first term keeps its share beside the others.


# %%
def flow_loss(
    network, batch, generator, *, normalizer, weights, objective, shift=1.0
) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss of one batch, and its parts."""
    clean = normalizer.apply(batch.clean)
    t = objective.draw(len(clean), generator, shift=shift)
    noise = torch.randn(clean.shape, generator=generator)
    noisy = interpolate(clean, noise, t)
    known = dict(present=batch.present, valid=batch.valid)
    guess = network(noisy, t, batch.condition, **known)
    by_level = objective.weigh(t, shift=shift)
    told = dict(normalizer=normalizer, weights=weights)
    return losses.motion_loss(guess, batch, level_weight=by_level, **told)


# %% [markdown]
# ## The loss: the package's version
#
# `training.flow_loss.flow_loss`. Beside `lifter_loss` of lesson 2 it differs in the line
# that mixes, and in the weight.
#
# ## The loss: they agree
#
# On a batch and with a network that neither has seen.

# %%
pool = motion_pool(Mix())
batch = lifter_batch(pool, 32, frames=60, condition_drop=0.1, generator=drawing)
seen = batch.condition.shape[-1]
mix = torch.randn(151 + seen, 151, generator=drawing) / 20


def some_network(noisy, t, condition, *, present, valid) -> Tensor:
    """Something that looks at all it is given."""
    told = torch.cat([noisy, condition * present[:, None, None]], dim=-1)
    return (told @ mix + t[:, None, None]) * valid[..., None]


# %%
shipped = {
    "DDPM": load_lifter(),
    "flow": load_lifter(library.data_path(FLOW_LIFTER)),
}
for objective in (FlowObjective(), FlowObjective(error="velocity")):
    options = dict(
        normalizer=shipped["flow"].normalizer,
        weights=losses.LossWeights(),
        objective=objective,
        shift=3.0,
    )
    both = [
        loss(some_network, batch, torch.Generator().manual_seed(5), **options)
        for loss in (flow_loss, package_loss.flow_loss)
    ]
    torch.testing.assert_close(*both)
    print(f"{objective.error} error, equal: {float(both[0][0]):.2f}")

# %% [markdown]
# ### Which levels?
#
# Neighbouring frames of a motion are alike but their noises are not, so much of the
# noise averages out, and the motion shows through at high levels. So training draws
# these more often: $t$ becomes $st / (1 + (s - 1)t)$, with a *shift* $s$ of 3 here and
# of 5 in ViMoGen {cite}`esser2024scaling`. ViMoGen then weighs the middle up, by a bell.
# Below, how much of the training happens where.

# %%
ours = preset("laptop").level_shift
drawn = torch.Generator().manual_seed(0)
even = flow.uniform_levels(400_000, generator=drawn)
theirs = flow.vimogen_random_levels(400_000, generator=drawn)
middle = flow.logit_normal_levels(400_000, generator=drawn)
SHARES = {
    f"ours, shift {ours:g}": (diffusion.shift_levels(even, ours), None),
    "ViMoGen, shift 5": (theirs, None),
    "ViMoGen, with its bell": (theirs, flow.bell_weight(theirs)),
    "logit-normal, no shift": (middle, None),
}

# %% tags=["hide-input"]
picture, axes = figure(height=2.8)
edges = torch.linspace(0, 1, 41)
centres = (edges[1:] + edges[:-1]) / 2
for (name, (t, weight)), style in zip(SHARES.items(), SERIES, strict=True):
    counts, _ = torch.histogram(t, edges, weight=weight, density=True)
    axes.plot(centres, counts, style.linestyle, color=style.colour, label=name)
axes.set(xlabel=label("noise level t", None), ylim=(0, 5))
axes.set_ylabel(label("share of training, even = 1", None))
axes.set_title("Where the training happens")
axes.legend()
show(
    picture,
    alt="Four curves over the noise level: with a shift of 3 and of 5 training is "
    "heaped towards pure noise; ViMoGen's bell takes it back from the very end; the "
    "logit-normal heap is in the middle.",
)

# %% [markdown]
# ### Train
#
# The same network, data, steps and seed, once as DDPM and twice by flow matching, with
# the error of the clean motion and with that of the velocity, each for a small part of
# the size `laptop`. All three draw their levels with the same shift.

# %%
WEIGHED = "flow, error of velocity"
TRAININGS = {
    "DDPM": ("lifter", None),
    "flow": ("flow", FlowObjective(error="clean")),
    WEIGHED: ("flow", FlowObjective(error="velocity")),
}
recipe = preset("laptop", steps=150)
curves, live = {}, {}
for name, (kind, objective) in TRAININGS.items():
    told = dict(objective=objective, pool=pool, seed=0)
    curves[name] = []
    training = train_model(kind, recipe, **told)
    for state in tqdm(training, total=recipe.steps, desc=name):
        curves[name].append(float(state.loss))
    live[name] = state.average.model
print(f"{recipe.steps} steps of {recipe.batch} motions each")

# %% tags=["hide-input"]
LOOKS = {"DDPM": METHODS["baseline"], "flow": METHODS["ours"]}
LOOKS[WEIGHED] = SERIES[0]
picture, axes = figure(height=2.6)
for name, curve in curves.items():
    steps = torch.arange(1, len(curve) + 1)
    smooth = torch.tensor(curve).unfold(0, 20, 1).mean(dim=1)
    look = dict(color=LOOKS[name].colour, ls=LOOKS[name].linestyle)
    axes.plot(steps, curve, color=look["color"], lw=0.6, alpha=0.3)
    axes.plot(steps[19:], smooth, label=f"{name}, mean of 20", **look)
axes.set_yscale("log")
axes.set_yticks([0.3, 1, 3, 10], ["0.3", "1", "3", "10"])
axes.minorticks_off()
axes.set(xlabel=label("training step", None), ylabel=label("loss", None))
axes.set_title("The loss falls")
axes.legend()
show(
    picture,
    alt="Training losses of the DDPM and of two flow lifters over the steps on a "
    "logarithmic axis; all fall steeply, then slowly, with much jitter.",
)

# %% [markdown]
# Their heights cannot be compared: the same $t$ stands for another mixture in DDPM, and
# the third is weighed. The disguise makes them comparable. At equal
# $\tau = \sigma / (\alpha + \sigma)$ all are shown the same thing up to a zoom. So here
# is each network's error in ten bins of $\tau$, on training motions with new cameras and
# new noise: of the clean motion, and of the velocity, which is the same over $\tau^2$.

# %%
LEVELS = torch.arange(1000) / 1000
ALPHA, SIGMA = schedules.cosine(LEVELS)
held = lifter_batch(pool, 64, frames=60, condition_drop=0.0, generator=drawing)
blur = torch.randn(64, 60, 151, generator=drawing)


@torch.no_grad()
def error_at(model, tau: Tensor) -> Tensor:
    """Mean squared error of the clean motion at levels tau [64] of the line."""
    clean, t = model.normalizer.apply(held.clean), tau
    if model.path == "diffusion":
        place = torch.searchsorted(SIGMA / (ALPHA + SIGMA), tau)
        t = LEVELS[place.clamp(max=999)]
        noisy = diffusion.add_noise(clean, blur, t)
    else:
        noisy = interpolate(clean, blur, t)
    guess = model(noisy, t, held.condition, valid=held.valid)
    return (guess - clean).square().mean(dim=-1)[held.valid].mean()


# %%
shares = torch.rand(10, 64, generator=drawing)
bins = (torch.arange(10)[:, None] + shares) / 10
by_bin = {
    (name, age): torch.stack([error_at(model, tau) for tau in bins])
    for age, models in (("just now", live), ("shipped", shipped))
    for name, model in models.items()
}

# %% tags=["hide-input"]
picture, both = figure(height=3.6, columns=2)
centres = torch.arange(10) / 10 + 0.05
for (name, age), error in by_bin.items():
    look = LOOKS[name].line | dict(label=f"{name}, {age}")
    if age == "just now":
        look |= dict(mfc="none", lw=0.7)
    both[0].plot(centres, error, **look)
    both[1].plot(centres, error / centres**2, **look)
for axes, title in zip(both, ("clean motion", "velocity"), strict=True):
    axes.set_yscale("log")
    axes.set_xlabel(label("level tau on the straight line", None))
    axes.set_ylabel(label("mean squared error", None))
    axes.set_title(f"Error of the {title}")
legend = both[0].get_legend_handles_labels()
picture.legend(*legend, loc="outside lower center", ncols=3)
show(
    picture,
    alt="Error in ten bins of the noise level on logarithmic axes. The clean motion's "
    "rises with the level; the velocity's falls from a high value at low levels. Open "
    "markers are two short trainings, filled ones the shipped models.",
)

# %% [markdown]
# The left panel rises: with more noise less is known. It does not rise far, as the video
# is always there. The right panel is the same error as a velocity, and it falls: a small
# error of the motion near $\tau = 0$ is a large one of the velocity. That is where a
# squared error of velocity spends its effort. Here is what it buys, and what it pays:

# %%
print("error over that of 'flow', by bin of tau from 0 to 1:")
for name, age in by_bin:
    if name != "flow":
        ratios = by_bin[name, age] / by_bin["flow", age]
        told = " ".join(f"{float(r):.2f}" for r in ratios)
        print(f"  {name:23s} {age:9s} {told}")

# %% [markdown]
# Read the row of the velocity's error: below 1 it is better than its twin, above 1
# worse. It is better where the motion is nearly seen anyway, and worse where the
# sampler starts, where with a video nearly all is decided. Errors by bin of level are the first thing to look at when a training
# goes wrong: a mean over all levels shows none of this.
#
# ## At equal evaluations
#
# Now the shipped lifters: DDPM's and flow's, of the same network, data, steps and seed.
# A held-out walk is filmed by a simulated camera and lifted by both with 1 to 32
# evaluations, DDPM with DDIM and flow with the midpoint method (a single evaluation is
# Euler's).

# %%
clips = {clip.source: clip for clip in library.real_motion("test")}
walk = clips["cmu_016_27"]
filming = torch.Generator().manual_seed(4)
uncut = VideoSettings(cuts=(1.0,))
video = film_clip(walk, generator=filming, settings=uncut)
track = video.track()
EVALUATIONS = (1, 2, 4, 8, 16, 32)


def sampling_of(name: str, count: int):
    """How a lifter is sampled with so many evaluations."""
    if name == "DDPM":
        return Sampling(steps=count, eta=0.0)
    method = "midpoint" if count > 1 else "euler"
    return FlowSampling(method=method, evaluations=count)


# %%
lifted = {
    (name, count): lift(
        track,
        lifter=shipped[name],
        sampling=sampling_of(name, count),
        samples=4,
    )
    for name in ("DDPM", "flow")
    for count in EVALUATIONS
}

# %%
true = walk.joints()
smooth = jitter(true, fps=walk.fps)
print("mean of 4 samples     PA-MPJPE (mm)       jitter / true")
print("evaluations            DDPM    flow       DDPM    flow")
for count in EVALUATIONS:
    cells = [[one.joints() for one in lifted[n, count]] for n in shipped]
    fits = [np.mean([pa_mpjpe(j, true) for j in own]) for own in cells]
    shakes = [
        np.mean([jitter(j, fps=walk.fps) / smooth for j in own])
        for own in cells
    ]
    print(f"{count:11d} {{:15.1f}} {{:7.1f}}".format(*fits), end=" ")
    print("{:10.2f} {:7.2f}".format(*shakes))

# %% tags=["hide-input"]
strips, texts = [walk, walk], ["filmed", "filmed"]
for count in (1, 4, 32):
    strips += [lifted["DDPM", count][0], lifted["flow", count][0]]
    many = "s" if count > 1 else ""
    texts += [f"{name}, {count} evaluation{many}" for name in shipped]
show(
    contact_sheet(strips, texts, title="DDPM (left) and flow (right)"),
    alt="Eight small film strips in two columns: a walk as it was filmed, and lifted by "
    "the DDPM on the left and by the flow lifter on the right with 1, 4 and 32 "
    "evaluations; all look like the walk.",
)

# %%
Player(
    [walk.canonical(), lifted["flow", 8][0].canonical()],
    labels=["filmed", "flow, 8 evaluations"],
    title="A walk, filmed, and lifted by the flow lifter",
)

# %% [markdown]
# A single evaluation already looks like the walk, whichever the training. A lifter is
# told so much by its video that little is left to decide. On the moons one evaluation
# gave the mean of everything, far from every answer; here the mean of all motions that
# fit is nearly one of them. What more evaluations change is above all how much a
# motion trembles; its error may as well rise a little as fall.
#
# One walk proves nothing. The study (`study nfe`) lifts many held-out motions with each
# sampler, for three seeds of both trainings. Bands run from the lowest seed to the
# highest. *FID_m* is the distance between features of lifted and of true motions
# (lesson 11), lower is better. *Mean pose* stands for not trying; *real against real*
# for other true motions, which nobody can beat. Open markers are the short training on
# this page, on the one walk: compare them with each other and with nothing else.

# %%
rows = table1_aims.newest(read_rows("nfe"))
ARMS = {
    "ddim": METHODS["baseline"],
    "ancestral": SERIES[3],
    "midpoint, diffusion": SERIES[1],
    "euler": SERIES[0],
    "midpoint": METHODS["ours"],
}
seeds = sorted({row["seed"] for row in rows})
print(f"seeds {seeds}, {len(rows)} rows, size {rows[0]['size']}")


def curve_of(arm: str, group: str, key: str) -> dict[int, list[float]]:
    """Evaluations -> the figure of each seed."""
    names = {name for row in rows for name in row["figures"]}
    found = {}
    for name in names:
        start, _, rest = name.partition(", ")
        if start == group and "evaluation" in rest:
            found[int(rest.split()[0])] = values(rows, arm, name, key)
    return {n: own for n, own in sorted(found.items()) if own}


# %% tags=["hide-input"]
def draw_arm(axes, arm: str, group: str, key: str) -> None:
    """The mean of the seeds over evaluations, and their range."""
    curve, style = curve_of(arm, group, key), ARMS[arm]
    at = [n for n in curve if n <= 64]
    low, high = ([f(curve[n]) for n in at] for f in (min, max))
    axes.fill_between(at, low, high, color=style.colour, alpha=0.18, lw=0)
    axes.plot(at, [np.mean(curve[n]) for n in at], label=arm, **style.line)


def draw_level(axes, arm: str, method: str, group: str, key: str) -> None:
    """Where there is nothing to evaluate: a level line."""
    found = values(rows, arm, group, key)
    if found:
        style = METHODS[method]
        look = dict(color=style.colour, ls=style.linestyle, lw=1.2)
        axes.axhline(np.mean(found), label=arm, **look)


# %%
just_now = {}
for name in shipped:
    way = sampling_of(name, 8)
    (one,) = lift(track, lifter=live[name], sampling=way)
    shake = jitter(one.joints(), fps=walk.fps) / smooth
    just_now[name] = {
        "pa_mpjpe_mm": float(pa_mpjpe(one.joints(), true)),
        "jitter_ratio": float(shake),
    }
print(just_now)

# %% tags=["hide-input"]
PANELS = {
    "FID_m, choreographed": ("choreographed", "fid_m", None),
    "PA-MPJPE, walking": ("walking", "pa_mpjpe_mm", "mm"),
    "Jitter over true, walking": ("walking", "jitter_ratio", None),
}


def draw_just_now(axes, key: str) -> None:
    """This page's two trainings, as open markers."""
    for name, own in just_now.items():
        if key in own:
            style = LOOKS[name]
            look = dict(mfc="none", ms=8, ls="", label=f"{name}, just now")
            axes.plot([8], [own[key]], style.marker, color=style.colour, **look)


# %% tags=["hide-input"]
def draw_panel(axes, title: str, group: str, key: str, unit) -> None:
    """One figure over evaluations, all samplers."""
    for arm in ARMS:
        draw_arm(axes, arm, group, key)
    if key == "jitter_ratio":
        axes.axhline(1, color="#222222", lw=1.2, label="the person")
    else:
        draw_level(axes, "mean pose", "mean", group, key)
    draw_level(axes, "real against real", "truth", group, key)
    draw_just_now(axes, key)
    axes.set_xscale("log", base=2)
    axes.set_xticks([1, 4, 16, 64], ["1", "4", "16", "64"])
    axes.set_yscale("log")
    axes.set_xlabel(label("network evaluations", None))
    axes.set_ylabel(label(title.split(",")[0], unit))
    axes.set_title(title)


# %% tags=["hide-input"]
picture, panels = figure(height=3.9, columns=3)
for axes, (title, what) in zip(panels, PANELS.items(), strict=True):
    draw_panel(axes, title, *what)
found = [axes.get_legend_handles_labels() for axes in panels]
once = {n: h for hs, ns in found for h, n in zip(hs, ns, strict=True)}
picture.legend(once.values(), once, loc="outside lower center", ncols=4)
show(
    picture,
    alt="Three panels over the number of network evaluations, from 1 to 64: distance to "
    "true choreography, error of posture and jitter of walking, a band for each of five "
    "samplers, level lines for the mean pose, real against real and the person, and "
    "open markers for two short trainings of this page.",
)

# %%
print(f"{'':20s}FID_m, evaluations:", "".join(f"{n:9d}" for n in EVALUATIONS))
for arm in ARMS:
    curve = curve_of(arm, "choreographed", "fid_m")
    cells = [np.mean(curve[n]) if n in curve else np.nan for n in EVALUATIONS]
    print(arm.ljust(39), "".join(f"{cell:9.2f}" for cell in cells))
floor = values(rows, "real against real", "choreographed", "fid_m")
print("real against real".ljust(39), f"{np.mean(floor):8.2f}")

# %%
AIM = {"FID_m": ("choreographed", "fid_m")}
AIM["PA-MPJPE, walking"] = ("walking", "pa_mpjpe_mm")
for name, (group, key) in AIM.items():
    flow8 = values(rows, "midpoint", f"{group}, 8 evaluations", key)
    ddim50 = values(rows, "ddim", f"{group}, 50 evaluations", key)
    wins = sum(a <= b for a, b in zip(flow8, ddim50, strict=False))
    print(
        f"{name}: flow, midpoint, 8 evaluations {np.mean(flow8):.2f};", end=" "
    )
    print(f"DDPM, DDIM, 50 evaluations {np.mean(ddim50):.2f};", end=" ")
    print(f"flow at least as good in {wins} of {len(flow8)} seeds")

# %% [markdown]
# Before anything was measured we hoped for this: flow with the midpoint method at 8
# evaluations, no worse than DDIM at 50. The last lines hold it against the rows (of
# the `desk` size, as the shipped lifters). It holds in the mean of the seeds, by a
# few per cent, and not in every seed: differences of that size also lie between 32 and
# 50 evaluations of DDIM. *Midpoint, diffusion* is DDPM's network in the disguise of a
# flow, under flow's sampler: at equal evaluations it is sometimes better than DDIM on
# the same network and sometimes worse. So the verdict is sober. With a video that says
# nearly everything, both trainings and all samplers lift about equally well from 8
# evaluations on; what one gains by flow matching here is that fewer things have to be
# chosen. The whole study, with a recommendation, is on the page
# {doc}`choose a sampler <../choose_a_sampler>`.
#
# ## Guidance, from scratch
#
# A network that was trained with its condition left out now and then can answer twice:
# with it, $v_c$, and without, $v_\varnothing$. *Guidance* {cite}`ho2022guidance` goes
# $w$ times as far as from the second to the first. It works on velocities as it does on
# clean motions:
#
# $$
# v = v_\varnothing + w\, (v_c - v_\varnothing) .
# $$ (eq-05-guidance)
#
# With $w = 1$ that is the plain answer. More makes what the condition says clearer, and
# costs variety. {cite:t}`kynkaanniemi2024interval` found that it does harm near noise and
# nothing near the data, and guide in between only: $w$ becomes a function of $t$.


# %%
def only_within(weight: float, *, low: float, high: float):
    """The weight at levels low..high, 1 elsewhere."""

    def of_level(t: Tensor) -> Tensor:
        inside = (low <= t) & (t <= high)
        return torch.where(inside, weight, 1.0)

    return of_level


def guided(denoise, weight):
    """denoise sees the batch twice: with its condition, then without."""

    def both(noisy: Tensor, t: Tensor) -> Tensor:
        answers = denoise(torch.cat([noisy, noisy]), torch.cat([t, t]))
        conditioned, without = answers.chunk(2)
        w = weight(t)[:, None, None] if callable(weight) else weight
        return without + w * (conditioned - without)

    return both


# %% [markdown]
# ## Guidance: the package's version
#
# `samplers.guidance`: `guided`, `only_within`, and more, such as guidance by a second
# condition {cite}`brooks2023instructpix2pix`, or by a worse version of the same network
# {cite}`karras2024autoguidance`.
#
# ## Guidance: they agree

# %%
t = torch.rand(40, generator=drawing)
band = dict(low=0.25, high=0.75)
torch.testing.assert_close(
    only_within(3.0, **band)(t), guidance.only_within(3.0, **band)(t)
)


def two_opinions(noisy: Tensor, t: Tensor) -> Tensor:
    """The halves of a batch, each with another answer."""
    first = torch.arange(len(t)) < len(t) // 2
    return noisy.tanh() + (first * t)[:, None, None]


noisy = torch.randn(40, 5, 3, generator=drawing)
for weight in (0.0, 1.0, 2.5, guidance.only_within(3.0, **band)):
    both = [
        f(two_opinions, weight)(noisy, t) for f in (guided, guidance.guided)
    ]
    torch.testing.assert_close(*both)
print("40 levels, four weights: equal")

# %% [markdown]
# On the moons, with perfect networks: the condition is "the upper moon". Eight steps of
# the midpoint method, with $w = 1$, with $w = 4$ everywhere, and with $w = 4$ for levels
# from 0.1 to 0.5.


# %%
def moon_or_both(noisy: Tensor, t: Tensor) -> Tensor:
    """First half of the batch: the upper moon's field; second: both moons'."""
    (asked, rest), (t_asked, t_rest) = noisy.chunk(2), t.chunk(2)
    known = dict(spread=0.06, schedule=flow.straight)
    with_it = exact.exact_velocity(asked, t_asked, points=upper, **known)
    without = exact.exact_velocity(rest, t_rest, points=moons, **known)
    return torch.cat([with_it, without])


WEIGHTS = {
    "w = 1": 1.0,
    "w = 4": 4.0,
    "w = 4, t from 0.1 to 0.5": guidance.only_within(4.0, low=0.1, high=0.5),
}

# %%
moon_noise = torch.randn(300, 1, 2, generator=drawing)
guided_ends = {}
for name, weight in WEIGHTS.items():
    field_of = guidance.guided(moon_or_both, weight)
    ends = ode.sample_midpoint(field_of, moon_noise, steps=8)[:, 0]
    guided_ends[name] = ends
    nearest = torch.cdist(upper[:, 0], ends).amin(dim=1)
    lost = (nearest > 0.15).float().mean()
    off_moon = torch.cdist(ends, upper[:, 0]).amin(dim=1).mean()
    print(f"{name:25s} {lost:4.0%} of the moon has no sample near;", end=" ")
    print(f"samples {off_moon:.3f} off the moon")

# %% tags=["hide-input"]
picture, panels = figure(height=2.8, columns=3, sharey=True)
for axes, (name, ends) in zip(panels, guided_ends.items(), strict=True):
    axes.plot(*upper[:, 0].T, ".", color="#b5b5b5", ms=4, label="upper moon")
    axes.plot(*ends.T, ".", color=METHODS["ours"].colour, ms=2, label="samples")
    square(axes, reach=2.1)
    axes.set(ylim=(-0.9, 1.5), title=name)
for axes in panels[1:]:
    axes.set_ylabel("")
panels[0].legend(loc="lower left", ncols=2)
show(
    picture,
    alt="Samples over the upper moon in three panels: with weight 1 they cover it, with "
    "weight 4 its inner end has none, with weight 4 at middle levels only they cover "
    "most of it again.",
)

# %% [markdown]
# With $w = 4$ the inner end of the moon is deserted: it lies where the other moon is
# near, and guidance leads away from there. This was decided at high levels, where the
# arrows still concern the moon as a whole. Guided in the middle only, some of that end
# comes back.
#
# Now the walk, by the shipped flow lifter: $w$ up to 5, everywhere and at the middle
# levels. And what does it cost? `Counted` counts motions that go through the network.
# One batch for both answers costs two evaluations a step everywhere. Two calls of a
# half (`autoguided` with the network without a condition for the worse one) leave the
# second out where $w$ is 1.

# %%
size = track.width, track.height
condition = condition_features(
    track.keypoints, *size, cuts=detect_cuts(track.keypoints, *size)
)[None]
lifter, normalizer = shipped["flow"], shipped["flow"].normalizer
told = lifter.encode_condition(condition)
untold = lifter.encode_condition(condition, present=torch.tensor([False]))
walk_noise = torch.randn(1, walk.frames, 151, generator=drawing)


def camera_joints(numbers: Tensor) -> Tensor:
    """Normalised numbers [frames, 151] to joints, the root in one place."""
    joints = losses.joints_around_root(normalizer.undo(numbers))
    return joints + torch.tensor([0.0, 0.0, float(walk.root_position[0, 2])])


@torch.no_grad()
def sampled(denoise, *, steps=4) -> Tensor:
    """Normalised numbers [frames, 151] by the midpoint method."""
    velocity = predictions.converted(
        denoise, source="clean", target="velocity", schedule=flow.straight
    )
    return ode.sample_midpoint(velocity, walk_noise, steps=steps)[0]


# %%
print(f"{'':29s}evaluations  PA-MPJPE (mm)  jitter/true  largest number")
for w in (1.0, 2.0, 5.0):
    middle = guidance.only_within(w, low=0.2, high=0.8)
    for name, weight in (("everywhere", w), ("t from 0.2 to 0.8", middle)):
        better = counted.Counted(lambda noisy, t: lifter(noisy, t, told))
        worse = counted.Counted(lambda noisy, t: lifter(noisy, t, untold))
        numbers = sampled(guidance.autoguided(better, worse, weight))
        joints = camera_joints(numbers)
        shake = jitter(joints, fps=walk.fps) / smooth
        print(
            f"w = {w:g}, {name:20s} {better.rows + worse.rows:12d} "
            f"{float(pa_mpjpe(joints, true)):14.1f} {float(shake):12.2f} "
            f"{float(numbers.abs().max()):15.1f}"
        )

# %% [markdown]
# A lifter has little use for more than $w = 1$: its video already says what the motion
# is, and exaggerating a walk makes no better walk. A sentence says less, and there the
# weight is what makes it heard (lesson 6). The table also shows the price, two calls a
# step, and how to pay less: outside the band there is no second answer to ask for. And
# what is exaggerated in the middle only stays nearer to the numbers that training has
# shown. That does not make it more accurate: compare the errors at the same weight.
#
# ## Break it: time turned round
#
# The papers on flow matching count from noise, $t = 0$, to data, $t = 1$, and their
# velocity is data minus noise. ViMoGen's text does, and its code counts as we do. So a
# network from elsewhere may want $1 - t$, or mean $-v$, or both. Shapes do not change,
# and nothing complains. The tiny field and the shipped lifter in all four ways:


# %%
def turned_round(velocity, *, time: bool, sign: bool):
    """A field with its time, or its direction, the wrong way round."""

    def wrong(noisy: Tensor, t: Tensor) -> Tensor:
        answer = velocity(noisy, 1 - t if time else t)
        return -answer if sign else answer

    return wrong


MISTAKES = {
    "as it is": dict(time=False, sign=False),
    "told 1 - t": dict(time=True, sign=False),
    "sign turned": dict(time=False, sign=True),
    "both": dict(time=True, sign=True),
}

# %% tags=["hide-input"]
picture, panels = figure(height=2.6, columns=4, sharey=True)
for axes, (name, mistake) in zip(panels, MISTAKES.items(), strict=True):
    paths = walked(turned_round(learned, **mistake), starts[:60], steps=32)
    axes.plot(*moons[:, 0].T, ".", color="#b5b5b5", ms=2)
    draw_paths(axes, paths[:, :, 0], color=METHODS["ours"].colour)
    square(axes, reach=4.0)
    axes.set_title(name)
for axes in panels[1:]:
    axes.set_ylabel("")
show(
    picture,
    alt="Paths from noise in four panels: as it is they end on the moons; told the wrong "
    "level they end in a blurred heap between; with the sign turned, or both, they run "
    "away from the moons in all directions.",
)


# %%
@torch.no_grad()
def lifted_wrongly(mistake: dict) -> Tensor:
    """The walk by the shipped lifter, with a mistake."""
    velocity = predictions.converted(
        lambda noisy, t: lifter(noisy, t, told),
        source="clean",
        target="velocity",
        schedule=flow.straight,
    )
    field_of = turned_round(velocity, **mistake)
    return ode.sample_midpoint(field_of, walk_noise, steps=4)[0]


wrong = {name: lifted_wrongly(how) for name, how in MISTAKES.items()}
misses = {}
for name, numbers in wrong.items():
    joints = camera_joints(numbers)
    misses[name] = float(pa_mpjpe(joints, true))
    shake = float(jitter(joints, fps=walk.fps) / smooth)
    print(f"{name:12s} PA-MPJPE {misses[name]:4.0f} mm", end=", ")
    print(f"jitter {shake:6.1f} x true", end=", ")
    print(f"largest number {float(numbers.abs().max()):.0f}")

# %% tags=["hide-input"]
show(
    film_strip(
        [camera_joints(numbers) for numbers in wrong.values()],
        labels=list(wrong),
        fps=walk.fps,
    ),
    alt="Four rows of poses: the walk as it is lifted, and with time, sign or both "
    "turned round.",
)

# %% [markdown]
# With the sign turned a sampler walks away from the data: paths leave the panel, and the
# motion's numbers grow far beyond those of the row above, which are near the -1
# to 1 to which training scaled them. Any six numbers
# become a valid rotation, so no check complains; bodies crumple. Told the wrong level,
# the paths still end near the data, but blurred: the last steps, which should set things
# right, are taken with the answer to another question. *Both* is a network from a paper
# that counts the other way, used as it stands: at the first step it thinks that it is
# done. It has to be asked at $1 - t$ and its answer turned; either alone is not enough.
#
# So the picture tells something. Numbers that run away: the direction is wrong, and
# perhaps the level too. Numbers that stay, in a body that trembles: only the level is.
# In both cases the errors are of the size of the mean pose's, or worse: nothing of the
# video is left to be trusted.
#
# ## What this does not show
#
# - One lifter, of one size, whose video says nearly everything. Where a condition says
#   little, as a sentence does, more is decided on the way down, and the number of
#   evaluations matters more.
# - The exact fields belong to four hundred points or two heaps. They show what a
#   sampler does, not what a network fails to learn.
# - That noise and end belong together whichever the path is a fact of perfect
#   networks. Trained ones err, each in its own way.
# - *Reflow* of {cite:t}`liu2023rectified`, which trains again on the pairs that a flow has
#   arranged anew and so makes paths straight indeed, is lesson 9's matter.
#
# ## Exercises
#
# `````{exercise} What ViMoGen's start does
# :label: ex-05-start
# ViMoGen's sampler starts from pure noise but tells the network $t = 0.92$. Take the
# single heap at 0.8 with $s = 0.3$ and its perfect network. Start as ViMoGen does, with
# `flow.vimogen_sampling_levels(200)`, and as one should (the midpoint method, so that the
# steps' own error is out of the way). How wide are the samples? Can
# you say it with a formula?
# `````
#
# `````{solution} ex-05-start
# :class: dropdown
# At level $t$ the heap ought to be $\sqrt{(1-t)^2 s^2 + t^2}$ wide, around $(1 - t)\mu$.
# Noise that is 1 wide, around 0, is a little wider than that and off centre, and both
# are carried down to the end in proportion.
# ```python
# start = torch.randn(4000, 1, 1, generator=torch.Generator().manual_seed(0))
# levels = flow.vimogen_sampling_levels(200)
# theirs = ode.sample_midpoint(one_heap, start, levels=levels)
# ours = ode.sample_midpoint(one_heap, start, steps=200)
# t = float(levels[0])
# due = math.sqrt(((1 - t) * 0.3) ** 2 + t**2)
# shifted = 0.8 + 0.3 * (start - (1 - t) * 0.8) / due
# print(f"ours {ours.std():.3f} wide, theirs {theirs.std():.3f}")
# print(f"ours around {ours.mean():.3f}, theirs around {theirs.mean():.3f}")
# torch.testing.assert_close(theirs, shifted, atol=1e-3, rtol=0)
# assert theirs.std() > 1.05 * ours.std() and theirs.mean() < ours.mean()
# ```
# `````
#
# `````{exercise} A flow sampler for a DDPM
# :label: ex-05-disguise
# The shipped DDPM lifter has never seen the straight line. Ask it in the disguise:
# write a velocity for `ode.states` out of it, and check that Euler's steps at the
# levels $\tau$ of `ddim.levels(8)` (and 0 at the end) give what DDIM gives. Then try the
# midpoint method on it.
# `````
#
# `````{solution} ex-05-disguise
# :class: dropdown
# The level of DDPM that belongs to $\tau$ is looked up in a table of the thousand.
# ```python
# ddpm = shipped["DDPM"]
# seen_by_ddpm = ddpm.encode_condition(condition)
# table = SIGMA / (ALPHA + SIGMA)
#
# @torch.no_grad()
# def in_disguise(on_line, tau):
#     index = int((table - tau[0]).abs().argmin())
#     noisy = on_line * (ALPHA[index] + SIGMA[index])
#     clean = ddpm(noisy, LEVELS[index].expand(1), seen_by_ddpm)
#     return (on_line - clean) / tau[0]
#
# places = (1000 * ddim.levels(8)).round().long()
# levels = torch.cat([table[places].double(), torch.zeros(1)])
# by_euler = ode.sample_euler(in_disguise, walk_noise, levels=levels)
# with torch.no_grad():
#     by_ddim = ddim.sample(
#         lambda noisy, t: ddpm(noisy, t, seen_by_ddpm),
#         walk_noise * (ALPHA[999] + SIGMA[999]),
#         steps=8,
#         schedule=schedules.cosine,
#     )
# torch.testing.assert_close(by_euler, by_ddim, atol=1e-3, rtol=1e-3)
# by_midpoint = ode.sample_midpoint(in_disguise, walk_noise, steps=4)
# fine = ode.sample_midpoint(in_disguise, walk_noise, steps=64)
# for name, end in (("Euler", by_euler), ("midpoint", by_midpoint)):
#     print(f"{name}, 8 evaluations: {float((end - fine).norm()):.2f} from the end")
# assert len(levels) == 9
# ```
# `````
#
# `````{exercise} Straighten the paths
# :label: ex-05-reflow
# Take 2000 noises, walk each to its end by the learned field, and train a second
# `TinyField` on these pairs instead of random ones. How straight are its paths? How far
# off is one step of Euler's?
# `````
#
# `````{solution} ex-05-reflow
# :class: dropdown
# Pairs that a flow has arranged do not cross, so their mean velocity at a place is
# nearly that of the one line that passes there. This is *reflow*.
# ```python
# draws = torch.Generator().manual_seed(1)
# froms = torch.randn(2000, 1, 2, generator=draws)
# ends = ode.sample_midpoint(learned, froms, steps=16)
#
# def arranged_pairs(network):
#     index = torch.randint(2000, (256,), generator=draws)
#     t = torch.rand(256, generator=draws)
#     noisy = interpolate(ends[index], froms[index], t)
#     wanted = velocity_target(ends[index], froms[index])
#     return (network(noisy, t) - wanted).square().mean()
#
# torch.manual_seed(1)
# second, _ = trained(TinyField(), arranged_pairs, steps=1500)
# fresh = torch.randn(200, 1, 2, generator=draws)
# found = {}
# with torch.no_grad():
#     for name, velocity in (("first", learned), ("second", second)):
#         trail = list(ode.states(velocity, fresh, method="euler", steps=100))
#         (one,) = ode.states(velocity, fresh, method="euler", steps=1)
#         found[name] = float(straightness(trail, fresh).mean())
#         miss = (one.noisy - trail[-1].noisy).norm(dim=-1).mean()
#         print(f"{name}: S {found[name]:.3f}, one step misses by {miss:.2f}")
# assert found["second"] < found["first"] / 5
# ```
# `````
#
# ## And in the paper
#
# :::{admonition} What the paper does differently
# :class: note
# - ViMoGen {cite}`lin2026vimogen` generates motions from sentences, 276 numbers a frame,
#   with a network of 1.4 to 2.3 billion weights (its released code). Ours lifts
#   videos, and the change of path is looked at by itself.
# - Its network answers the velocity, plainly, and is trained on the squared error of that
#   alone (numbers of the root count three times). No error of joints, no term for
#   smoothness.
# - It draws levels evenly from a thousand with a shift of 5 and weighs them by the bell
#   of the figure above. `paths.flow` has both, equal to the released code.
# - It samples with 50 steps of Euler's, with the same shift and a guidance of 5 at all
#   levels. It starts from pure noise but tells the network 0.92 (first exercise).
# - What comes out is smoothed over time by a small Gaussian filter; we report jitter
#   without.
# - Its text writes time the other way round from its code. We follow the code.
# - {cite:t}`esser2024scaling` draw levels from a logit-normal distribution; the released
#   code has that too, and does not use it.
# :::
#
# ## Further reading
#
# {cite:t}`lipman2023flow` for flow matching and {cite:t}`liu2023rectified` for rectified
# flow, straightness and reflow; {cite:t}`karras2022elucidating` for samplers of order 2
# and where to put the steps; {cite:t}`esser2024scaling` for levels and shift;
# {cite:t}`li2025jit` for the clean answer with the velocity's error; on guidance
# {cite:t}`kynkaanniemi2024interval`, {cite:t}`karras2024autoguidance`, and
# {cite:t}`lin2024flawed` for bringing back its spread.
#
# ## What you can do now

# %%
print("You can build flow matching by hand, and four steps whose order is")
told = (f"{m} {orders['two heaps', m]:.2f}" for m in METHODS_BY_HAND)
print("  " + ", ".join(told) + ".")
print("You know what the straight line changes. Pairs have S = 0, but paths")
print(f"  {bends['flow', 'sampled'].mean():.2f} (DDPM", end=" ")
print(
    f"{bends['DDPM', 'sampled'].mean():.2f}); ends are the same to {apart:.4f};"
)
print(f"  DDIM's error is {ratio:.2f} of Euler's at 8 evaluations, and that of")
print(f"  midpoint {eight['midpoint'] / eight['euler']:.2f}.")
print("You can train both and choose by evaluations; study, FID_m:")
for arm, count in (("midpoint", 8), ("ddim", 8), ("ddim", 50)):
    found = values(rows, arm, f"choreographed, {count} evaluations", "fid_m")
    print(f"  {arm}, {count} evaluations: {np.mean(found):.2f}")
print(f"CPU time: {time.process_time() - started:.1f} s")
