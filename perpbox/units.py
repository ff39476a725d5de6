"""The four names of ``perpbox.money`` for code that runs for every order and every position.

Calling a ``NewType`` costs more than the arithmetic inside the brackets. ``as_amount(x)`` is
``Amount(x)`` to a type checker; when it runs it is one C function that gives an integer back,
and refuses what is none. Compiled, it is nothing at all: for that it has to be the very name.
"""

from typing import TYPE_CHECKING

__all__ = ("as_amount", "as_price", "as_qty", "as_rate")

if TYPE_CHECKING:
    from perpbox.money import Amount as as_amount
    from perpbox.money import Price as as_price
    from perpbox.money import Qty as as_qty
    from perpbox.money import Rate as as_rate
else:
    from operator import index

    as_amount = as_price = as_qty = as_rate = index
