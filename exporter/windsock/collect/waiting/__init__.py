"""Assets, callbacks, deadlines and people."""
