"""Answers: one function a route, ``(desk, account, params) -> JSON bytes``."""
