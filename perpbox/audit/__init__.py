"""Look at the journals of boxes that have ended: verify, show, export, cut, replay."""
