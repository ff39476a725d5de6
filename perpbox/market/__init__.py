"""The world outside: pure makers of the commands that move prices.

A source knows instruments and commands, never the exchange's state. Its files are opened by
the gateway; its chance comes from a seed.
"""
