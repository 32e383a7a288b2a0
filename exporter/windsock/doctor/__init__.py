"""`windsock doctor`: the whole chain looked at from here, one module per link of it."""
