"""What is run in a clone and never shipped."""
