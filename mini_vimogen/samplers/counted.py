"""What sampling costs: how often the network ran, guidance counted in."""

from collections.abc import Callable

from torch import Tensor


class Counted:
    """A network that counts.

    Put it inside of guidance, which runs the network on twice the batch in one
    call: that counts as two.

    Args:
        predict: (noisy, t [b...]) -> an answer.

    Attributes:
        calls: of the network. rows: motions that went through it, all calls
        added up.

    >>> import torch
    >>> network = Counted(lambda noisy, t: noisy)
    >>> answer = network(torch.zeros(4, 2, 3), torch.zeros(4))
    >>> network.calls, network.rows, network.evaluations(samples=2)
    (1, 4, 2.0)
    """

    def __init__(self, predict: Callable[[Tensor, Tensor], Tensor]):
        self.predict = predict
        self.calls = self.rows = 0

    def __call__(self, noisy: Tensor, t: Tensor) -> Tensor:
        self.calls += 1
        self.rows += t.numel()
        return self.predict(noisy, t)

    def evaluations(self, *, samples: int) -> float:
        """Evaluations of the network that each of the samples took.

        Raises:
            ValueError: samples under 1.
        """
        if samples < 1:
            raise ValueError(f"samples must be 1 or more, got {samples}")
        return self.rows / samples
