"""Contract specifications: filters, leverage brackets, fees, funding, assets and limits as data.

Dated files hold the facts, one file a kind; a file is read when it is first asked for.
``catalogue`` puts them together and lays a document of the user's own (an overlay) on top.
"""

from perpbox.specs.document import read_document
from perpbox.specs.errors import SpecError
from perpbox.specs.listing import Catalogue, Commission, FundingInfo, catalogue

__all__ = [
    "Catalogue",
    "Commission",
    "FundingInfo",
    "SpecError",
    "catalogue",
    "read_document",
]
