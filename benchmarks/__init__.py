"""Measurements that are not tests: see README.md."""
