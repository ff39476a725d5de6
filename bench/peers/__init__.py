"""What users could pick instead, each run by its own program in an environment of its own.

Programs here import nothing of perpbox: they run in ``bench/.peers``, which ``bench.peers.setup``
makes. Each prints one JSON object.
"""
