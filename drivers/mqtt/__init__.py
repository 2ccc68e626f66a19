"""MQTT in: paho in a thread of its own, acknowledging a message only after the sink has committed it.

`settings` says what is subscribed and how much may be in flight, `codec` turns a topic and a payload into readings (pure), `session` is
one connection, `driver` is what supervision runs.
"""
