"""Metrics: joints or features in, numbers out. A judge that knows no model."""
