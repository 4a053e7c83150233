"""EDGE's names and shapes of weights, and ours."""

import re

from torch import Tensor

# Ours -> EDGE's, applied in this order.
_NAMES = (
    (r"^inwards\.", "input_projection."),
    (r"^outwards\.", "final_layer."),
    (r"^time_hidden\.", "time_mlp.1."),
    (r"^time_vector\.", "to_time_cond.0."),
    (r"^time_tokens\.", "to_time_tokens.0."),
    (r"^memory_norm\.", "norm_cond."),
    (r"^condition\.inwards\.", "cond_projection."),
    (r"^condition\.summary\.", "non_attn_cond_projection."),
    (r"^condition\.null_tokens$", "null_cond_embed"),
    (r"^condition\.null_vector$", "null_cond_hidden"),
    (r"^condition\.layers\.(\d+)\.feed_norm\.", r"cond_encoder.\1.norm2."),
    (r"^condition\.layers\.", "cond_encoder."),
    (r"^decoder\.", "seqTransDecoder.stack."),
    (r"\.self_norm\.", ".norm1."),
    (r"\.cross_norm\.", ".norm2."),
    (r"\.feed_norm\.", ".norm3."),
    (r"\.self_attention\.", ".self_attn."),
    (r"\.cross_attention\.", ".multihead_attn."),
    (r"\.query_key_value\.", ".in_proj_"),
    (r"_attn\.out\.", "_attn.out_proj."),
    (r"\.self_film\.scale_shift\.", ".film1.block.1."),
    (r"\.cross_film\.scale_shift\.", ".film2.block.1."),
    (r"\.feed_film\.scale_shift\.", ".film3.block.1."),
    (r"\.feed_forward\.inwards\.", ".linear1."),
    (r"\.feed_forward\.outwards\.", ".linear2."),
)


def edge_name(name: str) -> str:
    """What EDGE calls our weight.

    >>> edge_name("decoder.7.cross_attention.query_key_value.bias")
    'seqTransDecoder.stack.7.multihead_attn.in_proj_bias'
    """
    for ours, theirs in _NAMES:
        name = re.sub(ours, theirs, name)
    return name


def edge_settings(state: dict[str, Tensor]) -> dict[str, int]:
    """Settings of our network, read off the shapes of EDGE's tensors.

    Raises:
        ValueError: a tensor that shows one of them is missing.
    """
    needed = (
        "input_projection.weight",
        "cond_projection.weight",
        "null_cond_embed",
        "seqTransDecoder.stack.0.linear1.weight",
    )
    _refuse_missing([name for name in needed if name not in state])
    motion, condition, null, hidden = (state[name].shape for name in needed)

    def depth(prefix: str) -> int:
        found = [re.match(rf"{prefix}\.(\d+)\.", name) for name in state]
        return max((int(m[1]) + 1 for m in found if m), default=0)

    return dict(
        features=motion[1],
        condition_features=condition[1],
        width=motion[0],
        layers=depth(r"seqTransDecoder\.stack"),
        condition_layers=depth("cond_encoder"),
        feed_forward=hidden[0],
        null_frames=null[1],
    )


def renamed_from_edge(
    state: dict[str, Tensor], wanted: dict[str, Tensor]
) -> dict[str, Tensor]:
    """EDGE's tensors under our names.

    Args:
        state: EDGE's; its constant ``rotary.freqs`` are left out.
        wanted: our names and tensors of the shapes they must have.

    Raises:
        ValueError: missing or unknown names, or other shapes.
    """
    theirs = {name: edge_name(name) for name in wanted}
    _refuse_missing([name for name in theirs.values() if name not in state])
    known = set(theirs.values())
    unknown = [
        name
        for name in state
        if name not in known and not name.endswith("rotary.freqs")
    ]
    if unknown:
        raise ValueError(
            "state is not an EDGE decoder with rotary positions: it has "
            + _some(unknown)
        )
    for ours, name in theirs.items():
        if state[name].shape != wanted[ours].shape:
            raise ValueError(
                f"state[{name!r}] must have shape {list(wanted[ours].shape)}, "
                f"got {list(state[name].shape)}"
            )
    return {ours: state[name] for ours, name in theirs.items()}


def _refuse_missing(names: list[str]) -> None:
    if names:
        raise ValueError(
            f"state is not a whole EDGE decoder: no {_some(names)}"
        )


def _some(names: list[str], most: int = 4) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
