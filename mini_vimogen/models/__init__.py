"""Networks: noisy motion, noise level and condition in, motion out."""
