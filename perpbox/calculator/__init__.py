"""The position-risk calculator: an account written down in a file, without a server.

An account file becomes the state that the exchange would hold, and the exchange's own functions
print it. Nothing is computed here that the engine computes.
"""
