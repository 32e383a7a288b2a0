"""How well a miss is announced before it happens, on simulated histories: see ../README.md."""
