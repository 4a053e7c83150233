"""ViMo: a FiLM transformer that turns a condition into a clean motion.

One class for every size: three decoder modules (the paper) or eight (EDGE), any
condition width (keypoints 51, music 35 or 4800), any number of frames.
"""
# Over 250 lines, and a long __init__: one network, half of it documentation
# and the list of its settings.

from collections.abc import Iterator
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mini_vimogen.models.attention import DecoderLayer, Memory
from mini_vimogen.models.condition import ConditionEncoder, EncodedCondition
from mini_vimogen.models.convolution import FeatureFilter
from mini_vimogen.models.edge_names import edge_settings, renamed_from_edge
from mini_vimogen.models.embeddings import (
    grouped,
    rotary_table,
    rotate,
    sinusoid,
    ungrouped,
    zeroed,
)

CONDITION_ENTRIES = ("add", "cross", "both")
TIME_TOKENS = 2


class ViMoDenoiser(nn.Module):
    """Predicts the clean motion from a noisy one, its noise level, a condition.

    Args:
        features: numbers per frame of the motion.
        condition_features: numbers per frame of the condition.
        width, layers, heads, feed_forward: of the decoder; feed_forward None
            is twice the width.
        dropout: after each sublayer. attention_dropout: of the attention
            weights; anything but 0 is slow on a CPU.
        condition_entry: "cross" (EDGE, ViMo): frames look at the condition by
            cross-attention, beside two time tokens. "add": the condition of a
            frame is added to that frame; cross-attention and time tokens are
            left out. Meant for a condition aligned with the motion, such as
            keypoints. "both": both.
        condition_layers: encoder layers over the condition; None is 2 with
            cross-attention and 0 without.
        null_frames: tokens of the learned stand-in for a missing condition.
            1 is a constant and serves any length. EDGE learns one per frame:
            longer motions than that are refused, shorter ones take its start.
        frames_per_token: neighbouring frames that share one token: 2 halves
            the cost. EDGE has 1.
        condition_kernel: tokens that each of two convolutions over the
            condition sees; 0 has none, as EDGE. They learn from few examples
            what neighbouring frames say about each other.
        output_kernel: frames that a learned filter over each feature of the
            answer spans; 0 has none, as EDGE. It takes off most of the jitter.

    Source: the parts are named in ViMo section 3; shapes and order are those
    of EDGE's DanceDecoder, which ViMo calls its backbone.
    """

    def __init__(
        self,
        *,
        features: int = 151,
        condition_features: int = 51,
        width: int = 128,
        layers: int = 3,
        heads: int = 4,
        feed_forward: int | None = None,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        condition_entry: str = "add",
        condition_layers: int | None = None,
        null_frames: int = 1,
        frames_per_token: int = 1,
        condition_kernel: int = 0,
        output_kernel: int = 0,
    ):
        super().__init__()
        if condition_entry not in CONDITION_ENTRIES:
            raise ValueError(
                f"condition_entry must be one of {CONDITION_ENTRIES}, got "
                f"{condition_entry!r}"
            )
        cross = condition_entry != "add"
        if condition_layers is None:
            condition_layers = 2 if cross else 0
        hidden = feed_forward or 2 * width
        self.features, self.width = features, width
        self.frames_per_token = frames_per_token
        self.adds = condition_entry != "cross"
        drop = dict(dropout=dropout, attention_dropout=attention_dropout)
        self.condition = ConditionEncoder(
            features=condition_features,
            width=width,
            layers=condition_layers,
            heads=heads,
            hidden=hidden,
            null_frames=null_frames,
            frames_per_token=frames_per_token,
            kernel=condition_kernel,
            **drop,
        )
        self.time_hidden = nn.Linear(width, 4 * width)
        self.time_vector = nn.Linear(4 * width, width)
        self.time_tokens = self.memory_norm = None
        if cross:
            self.time_tokens = nn.Linear(4 * width, TIME_TOKENS * width)
            self.memory_norm = nn.LayerNorm(width)
        self.inwards = nn.Linear(frames_per_token * features, width)
        self.decoder = nn.ModuleList(
            DecoderLayer(width, heads, hidden, cross=cross, **drop)
            for _ in range(layers)
        )
        self.outwards = nn.Linear(width, frames_per_token * features)
        self.feature_filter = None
        if output_kernel:
            self.feature_filter = FeatureFilter(features, output_kernel)
        self.settings = dict(
            features=features,
            condition_features=condition_features,
            width=width,
            layers=layers,
            heads=heads,
            feed_forward=hidden,
            condition_entry=condition_entry,
            condition_layers=condition_layers,
            null_frames=null_frames,
            frames_per_token=frames_per_token,
            condition_kernel=condition_kernel,
            output_kernel=output_kernel,
            **drop,
        )

    def forward(
        self,
        noisy: Tensor,
        t: Tensor,
        condition: Tensor | EncodedCondition,
        *,
        present: Tensor | None = None,
        valid: Tensor | None = None,
    ) -> Tensor:
        """The clean motion, by the network's best guess.

        Args:
            noisy: [b, frames, features].
            t: [b] noise level, 0 clean to 1 pure noise.
            condition: [b, frames, condition_features], or what
                ``encode_condition`` made of it (then without present, valid).
            present: [b] bool, False where the condition is to be ignored.
            valid: [b, frames] bool, False on padding; neither content nor
                length of the padding changes anything on valid frames.

        Returns:
            [b, frames, features], 0 on padding.

        Raises:
            ValueError: shapes that do not fit.
        """
        if not isinstance(condition, EncodedCondition):
            condition = self.condition(condition, present=present, valid=valid)
        elif present is not None or valid is not None:
            raise ValueError(
                "present and valid go to encode_condition when the condition "
                "is encoded beforehand"
            )
        self._check(noisy, t, condition)
        tokens = grouped(zeroed(noisy, condition.valid), self.frames_per_token)
        x = self.inwards(tokens)
        if self.adds:
            x = x + condition.tokens
        hidden = F.mish(self.time_hidden(sinusoid(t, self.width)))
        vector = F.mish(self.time_vector(hidden) + condition.vector)
        memories, memory_valid = self._memories(hidden, condition)
        for layer, memory in zip(self.decoder, memories, strict=True):
            x = layer(
                x,
                vector,
                condition.table,
                valid=condition.token_valid,
                memory=memory,
                memory_valid=memory_valid,
            )
        clean = ungrouped(
            self.outwards(x), self.frames_per_token, noisy.shape[1]
        )
        if self.feature_filter is not None:
            clean = self.feature_filter(clean, condition.valid)
        return zeroed(clean, condition.valid)

    def encode_condition(
        self,
        condition: Tensor,
        *,
        present: Tensor | None = None,
        valid: Tensor | None = None,
        guidance: bool = False,
    ) -> EncodedCondition:
        """The share of the work that is the same for every noise level.

        Args:
            condition, present, valid: as in ``forward``.
            guidance: append the same batch without its condition, 2 b samples
                in all, for ``samplers.guidance``.

        Raises:
            ValueError: shapes that do not fit, or a missing condition over
                more frames than the stand-in of this network covers.
        """
        encoded = self.condition(
            condition, present=present, valid=valid, guidance=guidance
        )
        if self.memory_norm is None:
            return encoded
        tokens = self.memory_norm(encoded.tokens)
        memories = self._projected(tokens, encoded.table)
        return replace(encoded, memories=tuple(memories))

    def _memories(self, hidden: Tensor, condition: EncodedCondition):
        """Each layer's memory with the time tokens behind the condition's."""
        if self.time_tokens is None:
            return [None] * len(self.decoder), None
        time = self.time_tokens(hidden).unflatten(-1, (TIME_TOKENS, -1))
        time = self.memory_norm(time)  # [b, 2, width]
        table = rotary_table(condition.after(TIME_TOKENS), self.width)
        if condition.memories:
            # A generator: one joined copy lives at a time, while its layer
            # works on it.
            memories = (
                memory.joined(of_time)
                for memory, of_time in zip(
                    condition.memories,
                    self._projected(time, table),
                    strict=True,
                )
            )
        else:
            tokens = self.memory_norm(condition.tokens)
            before = condition.table.expand(len(tokens), -1, -1)
            memories = self._projected(
                torch.cat((tokens, time), dim=1),
                torch.cat((before, table), dim=1),
            )
        if condition.token_valid is None:
            return memories, None
        return memories, F.pad(
            condition.token_valid, (0, TIME_TOKENS), value=True
        )

    def _projected(self, tokens: Tensor, table: Tensor) -> Iterator[Memory]:
        """Each layer's keys and values of these tokens, one by one."""
        turned = rotate(tokens, table)
        for layer in self.decoder:
            yield layer.cross_attention.memory(tokens, turned)

    def _check(self, noisy: Tensor, t: Tensor, condition: EncodedCondition):
        b = len(condition.tokens)
        wanted = (b, condition.frames, self.features)
        if noisy.shape != wanted:
            raise ValueError(
                f"noisy must have shape {list(wanted)} to go with its "
                f"condition, got {list(noisy.shape)}"
            )
        if t.shape != (b,):
            raise ValueError(
                f"t must have shape [{b}], one noise level per sample, got "
                f"{list(t.shape)}"
            )


def load_edge_state_dict(state: dict, *, heads: int | None = None):
    """EDGE's DanceDecoder weights in our network, ready to evaluate.

    Args:
        state: the original's state dict (of its decoder alone). Width, depth,
            condition width and covered frames are read off the tensors.
        heads: of the attention; None is width // 64, as in EDGE. It is the
            one number that the tensors do not show.

    Returns:
        ViMoDenoiser in eval mode, with copies of the weights.

    Raises:
        ValueError: keys are missing or unknown, or shapes do not fit together.
    """
    settings = edge_settings(state)
    settings["heads"] = heads or settings["width"] // 64
    with torch.device("meta"):
        network = ViMoDenoiser(**settings, condition_entry="cross")
    weights = renamed_from_edge(state, network.state_dict())
    network = network.to_empty(device="cpu")
    network.load_state_dict(weights)
    return network.eval()
