"""Where things are: rotations, skeletons, kinematics, bodies."""
