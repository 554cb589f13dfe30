"""Incidents with their histories as a file, to be taken to another database: lossless, whatever became of either."""
