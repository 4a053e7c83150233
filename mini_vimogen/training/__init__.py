"""Learning: presets, the loop, averaged weights, checkpoints."""
