"""WebSockets: handshake, frames, connections, and the hub that knows who listens to what."""
