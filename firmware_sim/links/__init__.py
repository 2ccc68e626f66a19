"""How a simulated device reaches a real peer. The only part of this room that opens sockets."""
