"""Named blocks of a feature vector, so that nobody types an index."""

from collections.abc import Iterator

import torch
from torch import Tensor


class Layout:
    """An ordered list of named blocks that make up one feature vector.

    Args:
        name: how errors speak of it.
        blocks: name -> shape of the block for one frame, in order.

    >>> layout = Layout("toy", {"contacts": (4,), "root": (3,)})
    >>> layout.width, layout.slice("root")
    (7, slice(4, 7, None))
    """

    def __init__(self, name: str, blocks: dict[str, tuple[int, ...]]):
        self.name = name
        self.shapes = dict(blocks)
        self.blocks: dict[str, slice] = {}
        start = 0
        for block, shape in blocks.items():
            stop = start + torch.Size(shape).numel()
            self.blocks[block] = slice(start, stop)
            start = stop
        self.width = start

    def __iter__(self) -> Iterator[str]:
        return iter(self.blocks)

    def slice(self, block: str) -> slice:
        """Where a block lies in the last axis."""
        if block not in self.blocks:
            raise ValueError(
                f"layout {self.name} has no block {block!r}; it has "
                + ", ".join(self.blocks)
            )
        return self.blocks[block]

    def check(self, features: Tensor, argument: str) -> None:
        """Refuse a last axis of another width."""
        if features.shape[-1:] != (self.width,):
            raise ValueError(
                f"{argument} must have shape [..., {self.width}] (layout "
                f"{self.name}), got {list(features.shape)}"
            )

    def join(self, **parts: Tensor) -> Tensor:
        """Blocks [..., *shape] side by side: [..., width].

        Raises:
            ValueError: a block is missing, unknown or has another shape.
        """
        if parts.keys() != self.blocks.keys():
            raise ValueError(
                f"layout {self.name} wants the blocks {', '.join(self)}, got "
                + ", ".join(parts)
            )
        flat = []
        for block, shape in self.shapes.items():
            part = parts[block]
            if tuple(part.shape[-len(shape) :]) != tuple(shape):
                raise ValueError(
                    f"{block} must have shape [..., "
                    f"{', '.join(map(str, shape))}], got {list(part.shape)}"
                )
            flat.append(part.flatten(-len(shape)))
        return torch.cat(flat, dim=-1)

    def split(self, features: Tensor) -> dict[str, Tensor]:
        """[..., width] to a dictionary of blocks [..., *shape]."""
        self.check(features, "features")
        return {
            block: features[..., where].unflatten(-1, self.shapes[block])
            for block, where in self.blocks.items()
        }
