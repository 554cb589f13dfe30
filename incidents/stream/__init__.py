"""The live stream of the event log: where a client stands in it, what comes next, and who is told."""
