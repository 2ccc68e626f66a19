"""Devices without hardware: what they measure follows from physics and a seed, how they talk is real.

`container`, `climate`, `sensor` and `inspection` are the physics, `scenario` and `trip` run it, `device` turns it into messages,
`faults` spoils them, `links` sends them, `fleet` runs many under an injected clock. Imports no sibling. Start reading at `container`.
"""
