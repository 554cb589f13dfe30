"""What became of the incidents that were created in a period: counts, and times to acknowledge and to resolve."""
