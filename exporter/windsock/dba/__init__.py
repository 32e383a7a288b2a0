"""For whoever looks after the database: what Windsock does to it, and how the database is doing."""
