"""The journal: every command of a box on disk before anybody hears of it."""
