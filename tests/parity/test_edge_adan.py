"""Equal to the Adan that EDGE trains with: six steps on given gradients."""

import torch

from mini_vimogen.training.adan import Adan


def test_six_steps(golden):
    theirs = golden("edge_adan")
    weight = theirs["p0"].clone().requires_grad_()
    optimizer = Adan(
        [weight],
        lr=float(theirs["lr"]),
        betas=tuple(1 - theirs["betas"].double().numpy()),
        eps=float(theirs["eps"]),
        weight_decay=float(theirs["wd"]),
    )
    for gradient, wanted in zip(theirs["grads"], theirs["params"], strict=True):
        weight.grad = gradient.clone()
        optimizer.step()
        torch.testing.assert_close(
            weight.detach(), wanted, rtol=1e-6, atol=1e-7
        )
