"""Whole jobs as functions; the command line, lessons and studies call these."""
