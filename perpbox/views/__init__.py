"""Views: what clients ask for, folded from the events of the engine."""

from perpbox.views.bounds import ViewBounds
from perpbox.views.desk import Views

__all__ = ["ViewBounds", "Views"]
