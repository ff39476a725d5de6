"""The measured comparisons, runnable by anyone: ``python -m bench``."""
