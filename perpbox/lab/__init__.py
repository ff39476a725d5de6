"""The laboratory: what no real exchange would offer, under ``/perpbox/v1``."""
