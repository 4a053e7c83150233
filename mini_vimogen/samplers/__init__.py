"""Ways from noise to a motion. They see tensors and callables, no network."""
