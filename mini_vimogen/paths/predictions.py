"""Clean motion and noise: either one, seen in a noisy motion, gives the other.

Both functions solve noisy = alpha * clean + sigma * noise.
"""

from torch import Tensor

from mini_vimogen.paths.schedules import Schedule, cosine, like


def noise_to_clean(
    noisy: Tensor, noise: Tensor, t: Tensor, *, schedule: Schedule = cosine
) -> Tensor:
    """The clean motion that this noise leaves.

    Errors of the noise are multiplied by sigma / alpha, 20,000 at the last
    step of the cosine schedule: the reason to predict the clean motion.

    Args:
        noisy, noise: [b..., frames, c].
        t: [b...] noise level.
        schedule: gives alpha and sigma.
    """
    alpha, sigma = schedule(t)
    return (noisy - like(sigma, noisy) * noise) / like(alpha, noisy)


def clean_to_noise(
    noisy: Tensor, clean: Tensor, t: Tensor, *, schedule: Schedule = cosine
) -> Tensor:
    """The noise that is left when this clean motion is taken away.

    Args:
        noisy, clean: [b..., frames, c].
        t: [b...] noise level.
        schedule: gives alpha and sigma.
    """
    alpha, sigma = schedule(t)
    return (noisy - like(alpha, noisy) * clean) / like(sigma, noisy)
