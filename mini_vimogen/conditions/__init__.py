"""What a model is told: keypoints, text, reference motion, and its absence."""
