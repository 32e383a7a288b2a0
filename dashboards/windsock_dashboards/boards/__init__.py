"""A dashboard per module, and panels that several of them show."""
