-- Signed payloads as they were received, for as long as a reading rests on them: only these bytes carry the device's signature.
CREATE TABLE evidence (
    last_reading INTEGER PRIMARY KEY,            -- readings.id of the last reading that the payload stated
    readings     INTEGER NOT NULL CHECK (readings > 0), -- how many it stated; their numbers follow each other
    sha256       BLOB    NOT NULL UNIQUE CHECK (length(sha256) = 32),
    payload      BLOB    NOT NULL
) STRICT;

-- EPCIS events as captured. An event and the declaration that it was wrong share their eventID and their hash, so each name occurs twice at most.
CREATE TABLE epcis_events (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id    TEXT    NOT NULL,
    declared    INTEGER NOT NULL CHECK (declared IN (0, 1)), -- it carries an error declaration
    hash        BLOB    NOT NULL CHECK (length(hash) = 32),  -- CBV 2.0
    kind        TEXT    NOT NULL,
    time_ms     INTEGER NOT NULL,                -- when it happened
    recorded_ms INTEGER NOT NULL,                -- gateway time
    error       TEXT    NOT NULL,                -- the error declaration as canonical JSON; empty for none
    event       TEXT    NOT NULL,                -- JSON that stands alone, with its context
    UNIQUE (event_id, declared)
) STRICT;
CREATE INDEX epcis_events_by_time ON epcis_events (time_ms);

-- Which things an event is about, in their canonical spelling: what queries for one thing look up.
CREATE TABLE epcis_things (
    thing TEXT    NOT NULL,
    event INTEGER NOT NULL REFERENCES epcis_events (id)
) STRICT;
CREATE INDEX epcis_things_by_thing ON epcis_things (thing, event);
