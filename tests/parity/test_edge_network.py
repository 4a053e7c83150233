"""Equal to EDGE: its network, its schedule, its DDIM sampler.

``edge_decoder.npz``: weights, inputs and outputs of a reduced decoder (64 wide,
2 layers, 4 heads, 30 frames, condition 51). ``edge_ddim.npz``: one sample of 50
guided steps with the noise it drew; the noise is rounded to 12 bits, which
moves the end by about 1e-5. ``edge_ancestral.npz``: 20 steps of its ancestral
sampler on a schedule of 20 steps.
"""

import pytest
import torch

from mini_vimogen.models.vimo import ViMoDenoiser, load_edge_state_dict
from mini_vimogen.paths import diffusion, schedules
from mini_vimogen.samplers import ddim, ddpm
from mini_vimogen.samplers.guidance import guided

TOLERANCE = 1e-4
STEP = torch.arange(1000) / 1000


def close(ours, theirs, tolerance=TOLERANCE):
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() < tolerance


@pytest.fixture(scope="module")
def decoder(golden):
    return golden("edge_decoder")


@pytest.fixture(scope="module")
def schedule(golden):
    return golden("edge_schedule")


@pytest.fixture(scope="module")
def state(decoder):
    front = "state."
    return {
        key.removeprefix(front): value
        for key, value in decoder.items()
        if key.startswith(front)
    }


@pytest.fixture(scope="module")
def network(state):
    return load_edge_state_dict(state, heads=4)


@torch.no_grad()
def test_conditioned_and_unconditioned(network, decoder):
    inputs = decoder["x"], decoder["t"] / 1000, decoder["cond"]
    close(network(*inputs), decoder["out_cond"])
    absent = torch.zeros(3, dtype=torch.bool)
    close(network(*inputs, present=absent), decoder["out_uncond"])


@torch.no_grad()
def test_condition_encoded_beforehand(network, decoder):
    encoded = network.encode_condition(decoder["cond"], guidance=True)
    noisy, t = decoder["x"].repeat(2, 1, 1), (decoder["t"] / 1000).repeat(2)
    with_it, without = network(noisy, t, encoded).chunk(2)
    close(with_it, decoder["out_cond"])
    close(without, decoder["out_uncond"])


@torch.no_grad()
def test_guided_ddim_of_50_steps(network, golden):
    theirs = golden("edge_ddim")
    noise = theirs["noise"]
    encoded = network.encode_condition(theirs["cond"], guidance=True)
    denoise = guided(lambda noisy, t: network(noisy, t, encoded), 2.0)
    ours = ddim.sample(
        denoise,
        noise[0],
        steps=50,
        schedule=schedules.cosine,
        eta=1.0,
        clamp=1.0,
        fresh_noise=lambda step: noise[step],
    )
    close(ours, theirs["out"])


@torch.no_grad()
def test_twenty_ancestral_steps(network, golden):
    """EDGE lowers its guidance to 1 in the last tenth of the steps."""
    theirs = golden("edge_ancestral")
    noise = theirs["noise"]
    kept = torch.cumprod(1 - theirs["betas20"].double(), dim=0)

    def schedule(t):
        energy = kept[(1000 * t).round().long()]
        return energy.sqrt(), (1 - energy).sqrt()

    encoded = network.encode_condition(theirs["cond"], guidance=True)
    denoise = guided(
        lambda noisy, t: network(noisy, t, encoded),
        lambda t: torch.where(t < 0.0015, 1.0, 2.0),
    )
    ours = ddpm.sample(
        denoise,
        noise[0],
        schedule=schedule,
        clamp=1.0,
        fresh_noise=lambda step: noise[step],
        levels=torch.arange(19, -1, -1).double() / 1000,
    )
    close(ours, theirs["out"])


@pytest.mark.parametrize(
    "name, sizes",
    {
        "vimo_like_3l": dict(layers=3),
        "vimo_like_8l": dict(layers=8),
        "edge_baseline": dict(layers=8, condition_features=35),
        "edge_jukebox": dict(layers=8, condition_features=4800),
        "reduced": dict(
            layers=2, width=64, heads=4, feed_forward=128, null_frames=30
        ),
    }.items(),
)
def test_parameter_counts(schedule, name, sizes):
    published = dict(width=512, heads=8, feed_forward=1024, null_frames=150)
    with torch.device("meta"):
        network = ViMoDenoiser(condition_entry="cross", **published | sizes)
    count = sum(p.numel() for p in network.parameters())
    assert count == schedule[f"param_count_{name}"]


def test_heads_are_64_wide_unless_told(state, decoder):
    network = load_edge_state_dict(state)
    assert network.settings["heads"] == 1
    with torch.no_grad():
        ours = network(decoder["x"], decoder["t"] / 1000, decoder["cond"])
    assert (ours - decoder["out_cond"]).abs().max() > 1e-2


def test_loading_copies(state):
    network = load_edge_state_dict(state, heads=4)
    before = state["final_layer.bias"].clone()
    with torch.no_grad():
        network.outwards.bias.add_(1.0)
    assert torch.equal(state["final_layer.bias"], before)


@pytest.mark.parametrize(
    "lost, said",
    [
        (("final_layer.bias",), "no final_layer.bias"),
        (("input_projection.weight",), "no input_projection.weight"),
        (("cond_encoder.0.norm1.bias",), "no cond_encoder.0.norm1.bias"),
        (
            ("norm_cond.bias", "norm_cond.weight", "null_cond_hidden")
            + ("to_time_cond.0.bias", "to_time_tokens.0.bias"),
            "and 1 more",
        ),
    ],
)
def test_truncated_state(state, lost, said):
    rest = {key: value for key, value in state.items() if key not in lost}
    with pytest.raises(ValueError, match=f"not a whole EDGE decoder.*{said}"):
        load_edge_state_dict(rest, heads=4)


def test_foreign_states(state):
    with pytest.raises(ValueError, match="no input_projection.weight"):
        load_edge_state_dict({"layer.weight": torch.zeros(3, 3)})
    with pytest.raises(ValueError, match="rotary positions.*abs_pos"):
        load_edge_state_dict(state | {"abs_pos_encoding.pe": torch.zeros(1)})
    bent = state | {"final_layer.bias": torch.zeros(7)}
    with pytest.raises(ValueError, match=r"final_layer.bias.*\[151\].*\[7\]"):
        load_edge_state_dict(bent, heads=4)


def test_cosine_schedule(schedule):
    alpha, sigma = schedules.cosine(STEP)
    kept = schedule["alphas_cumprod"]
    close(alpha**2, kept, 1e-6)
    close(sigma**2, 1 - kept, 1e-6)
    # The last step is 2.4e-9: relative, or it would be lost.
    assert ((alpha**2 - kept).abs() / kept).max() < 1e-4
    close(schedules.betas(schedules.cosine), schedule["betas_f64"], 1e-12)


def test_step_weight(schedule):
    ours = diffusion.step_weight(STEP)
    assert ((ours / schedule["p2_on"] - 1).abs() < 1e-3).all()


def test_ddim_levels(schedule):
    ours = (ddim.levels(50) * 1000).round().long()
    assert ours.tolist() == schedule["ddim_times"][:-1].tolist()


def test_eta_1_between_neighbours_is_the_ddpm_posterior(schedule):
    """Both coefficients and the variance of q(x_s | x_t, x_0)."""
    one, none = torch.ones(1, 1).double(), torch.zeros(1, 1).double()
    for i in (1, 20, 417, 998):
        at = torch.tensor([i, i - 1], dtype=torch.float64) / 1000
        now, then = zip(*schedules.cosine(at), strict=True)
        step = [
            ddim.update(noisy, clean, now, then, eta=1.0, fresh=fresh).item()
            for noisy, clean, fresh in (
                (none, one, none),
                (one, none, none),
                (none, none, one),
            )
        ]
        assert step[0] == pytest.approx(
            schedule["posterior_mean_coef1"][i].item(), rel=1e-3
        )
        assert step[1] == pytest.approx(
            schedule["posterior_mean_coef2"][i].item(), rel=1e-3
        )
        assert step[2] ** 2 == pytest.approx(
            schedule["posterior_variance"][i].item(), rel=1e-3
        )
