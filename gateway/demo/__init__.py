"""What `aios demo` runs beside the gateway: a broker, simulated devices, and the story as it unfolds."""
