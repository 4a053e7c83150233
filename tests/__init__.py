"""Tests of mini_vimogen; the folders mirror the package's rooms."""
