"""A whole box under simulated trouble: seeds choose what happens, invariants judge it."""
