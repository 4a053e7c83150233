"""Motion to learn from: shipped real clips, acted motion, videos of both."""
