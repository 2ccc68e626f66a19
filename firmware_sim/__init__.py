"""Devices without hardware: physics, scenarios and fleets for developers.

Knows no sibling room: what it produces reaches a driver only through a real protocol. Start reading at `firmware_sim.container`.
"""
