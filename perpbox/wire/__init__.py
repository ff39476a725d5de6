"""The contract: requests to commands and queries, state and views to JSON.

The only room that knows the venue's spelling. Pure: no clock, no sockets, no randomness.
"""
