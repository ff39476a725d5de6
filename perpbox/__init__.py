"""perpbox: a USDⓈ-M perpetual-futures exchange in a box."""

from perpbox import compiled

__version__ = "0.1.0"

if compiled.is_wanted():
    compiled.use()
