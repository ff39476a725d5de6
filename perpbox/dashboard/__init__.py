"""The web page of a box: built assets, and how they are handed out. Its sources: dashboard/."""

from perpbox.dashboard.pages import built_pages as built_pages
