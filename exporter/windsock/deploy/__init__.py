"""How the services of the loop run: images, flags, configuration; for compose, demo and tests alike."""
