"""What an SLA file would have done in the last weeks: the engine itself, over past runs instead of facts."""
