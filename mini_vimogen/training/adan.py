"""Adan: Nesterov momentum that also remembers how the gradient changes."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor


class Adan(torch.optim.Optimizer):
    """Adaptive Nesterov momentum, the optimiser of EDGE and ViMo.

    Three moving averages: of the gradient (momentum), of its change since the
    last step (drift), and of the square of the gradient that one more such
    change would give (power).

    Args:
        params: tensors, or groups of them with settings of their own.
        lr: learning rate, 0 or more.
        betas: what the averages keep of momentum, drift and power, each within
            0..1. The paper's way of writing; the implementation that EDGE uses
            takes 1 - beta.
        eps: added to the root of the power.
        weight_decay: the weights are divided by 1 + lr * weight_decay.

    Raises:
        ValueError: a number out of range.

    At the first step there is no change yet: as in EDGE's implementation
    nothing is averaged, and only the decay acts.

    Source: Xie et al. 2022, algorithm 1; the first step and the place of the
    decay as in EDGE's implementation.

    >>> weight = torch.ones(1, requires_grad=True)
    >>> optimizer = Adan([weight], lr=0.1)
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     weight.square().sum().backward()
    ...     optimizer.step()
    >>> bool(weight < 1)
    True
    """

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-4,
        betas: tuple[float, float, float] = (0.98, 0.92, 0.99),
        eps: float = 1e-8,
        weight_decay: float = 0.02,
    ):
        for name, value in dict(
            lr=lr, eps=eps, weight_decay=weight_decay
        ).items():
            if not value >= 0:
                raise ValueError(f"{name} must be 0 or more, got {value}")
        if len(betas) != 3 or not all(0 <= beta < 1 for beta in betas):
            raise ValueError(
                f"betas must be three numbers within 0..1 (1 left out), got "
                f"{betas}"
            )
        super().__init__(
            params,
            dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay),
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None):
        """One step for every tensor that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._advance(weight, weight.grad, group)
        return loss

    def _advance(self, weight: Tensor, gradient: Tensor, group: dict) -> None:
        state = self.state[weight]
        if not state:
            state["step"] = torch.zeros(())
            for name in ("momentum", "drift", "power"):
                state[name] = torch.zeros_like(weight)
        momentum, drift, power = (
            state[name] for name in ("momentum", "drift", "power")
        )
        keep_momentum, keep_drift, keep_power = group["betas"]
        if "last_gradient" in state:
            change = gradient - state["last_gradient"]
            momentum.lerp_(gradient, 1 - keep_momentum)
            drift.lerp_(change, 1 - keep_drift)
            ahead = torch.add(gradient, change, alpha=keep_drift)
            power.mul_(keep_power)
            power.addcmul_(ahead, ahead, value=1 - keep_power)
            state["last_gradient"].copy_(gradient)
        else:
            state["last_gradient"] = gradient.clone()
        state["step"] += 1
        count = int(state["step"])
        towards = momentum / (1 - keep_momentum**count)
        towards.add_(drift, alpha=keep_drift / (1 - keep_drift**count))
        size = (power / (1 - keep_power**count)).sqrt_().add_(group["eps"])
        weight.addcdiv_(towards, size, value=-group["lr"])
        weight.div_(1 + group["lr"] * group["weight_decay"])
