"""The shell: asyncio, sockets, disks and timers live here and only here."""
