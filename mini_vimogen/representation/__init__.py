"""How a motion is written down as numbers for a network."""
