-- The store's tables as they were at the beginning. Every table keeps SQLite's integer row numbers, because salvage walks them.

CREATE TABLE devices (
    id            TEXT    NOT NULL PRIMARY KEY,
    driver        TEXT    NOT NULL,             -- the driver that first heard it
    first_seen_ms INTEGER NOT NULL,             -- gateway time
    profile       TEXT    NOT NULL DEFAULT ''
) STRICT;

-- What has been taken already: a repeat of one of these is acknowledged and not stored again.
CREATE TABLE deliveries (
    identity    BLOB    NOT NULL PRIMARY KEY,
    received_ms INTEGER NOT NULL
) STRICT;

-- AUTOINCREMENT: a number is never given twice, so a cursor over readings stays true after old ones are pruned.
CREATE TABLE readings (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    device      TEXT    NOT NULL,
    quantity    TEXT    NOT NULL,
    unit        TEXT    NOT NULL,
    time_ms     INTEGER NOT NULL,               -- device time
    sequence    INTEGER,
    quality     TEXT    NOT NULL CHECK (quality IN ('good', 'uncertain', 'bad')),
    evidence    BLOB    NOT NULL CHECK (length(evidence) = 32),
    received_ms INTEGER NOT NULL,               -- gateway time
    value       REAL,
    value_bool  INTEGER,
    value_text  TEXT,
    value_blob  BLOB,                           -- last: only who asks for it pays for reading it
    CHECK ((value IS NOT NULL) + (value_bool IS NOT NULL) + (value_text IS NOT NULL) + (value_blob IS NOT NULL) = 1)
) STRICT;
-- With the value at its end a chart is drawn from the index alone.
CREATE INDEX readings_by_series ON readings (device, quantity, time_ms, value);

-- `bytes_before` is the running sum of `kept_bytes`: the oldest rows beyond a byte cap are found by one comparison, not by a sum.
CREATE TABLE rejects (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    driver        TEXT    NOT NULL,
    source        TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    detail        TEXT    NOT NULL,
    received_ms   INTEGER NOT NULL,
    payload_bytes INTEGER NOT NULL,             -- as received
    kept_bytes    INTEGER NOT NULL,
    bytes_before  INTEGER NOT NULL,
    sha256        BLOB    NOT NULL,             -- of the whole payload
    payload       BLOB    NOT NULL              -- its first kept_bytes
) STRICT;
CREATE INDEX rejects_by_bytes ON rejects (bytes_before);

CREATE TABLE shipments (
    subject   TEXT    NOT NULL PRIMARY KEY,     -- GS1 Digital Link path, 00/<SSCC>
    device    TEXT    NOT NULL,
    product   TEXT    NOT NULL,
    opened_ms INTEGER NOT NULL,
    closed_ms INTEGER,
    state     TEXT    NOT NULL CHECK (state IN ('open', 'closed', 'bundled')),
    CHECK ((state = 'open') = (closed_ms IS NULL))
) STRICT;

CREATE TABLE findings (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    agent         TEXT    NOT NULL,
    agent_hash    BLOB    NOT NULL CHECK (length(agent_hash) = 32),
    kind          TEXT    NOT NULL,
    subject       TEXT    NOT NULL,
    item          TEXT    NOT NULL,
    device        TEXT    NOT NULL,
    verdict       INTEGER NOT NULL,
    label         TEXT    NOT NULL,
    confidence    REAL    NOT NULL,
    from_ms       INTEGER NOT NULL,
    to_ms         INTEGER NOT NULL,
    readings      INTEGER NOT NULL,
    measures      TEXT    NOT NULL,             -- JSON: [[name, value], ...]
    evidence      BLOB    NOT NULL CHECK (length(evidence) = 32),
    first_reading INTEGER,                      -- readings.id of the first and last reading used
    last_reading  INTEGER,
    created_ms    INTEGER NOT NULL,
    UNIQUE (agent_hash, kind, subject, item)    -- judging again changes nothing
) STRICT;
CREATE INDEX findings_by_subject ON findings (subject);
CREATE INDEX findings_by_device ON findings (device);

-- An agent's manifest as it stood when it judged: an upgrade brings another, and bundles need this one. A blob: its bytes are hashed.
CREATE TABLE manifests (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    text BLOB NOT NULL
) STRICT;

CREATE TABLE batches (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway     BLOB    NOT NULL CHECK (length(gateway) = 20),
    batch_index INTEGER NOT NULL CHECK (batch_index >= 0),
    root        BLOB    NOT NULL CHECK (length(root) = 32),
    count       INTEGER NOT NULL CHECK (count > 0),
    created_ms  INTEGER NOT NULL,
    UNIQUE (gateway, batch_index)
) STRICT;

-- Leaving a batch out would hide what is in it: indices follow each other from 0.
CREATE TRIGGER batches_without_gap BEFORE INSERT ON batches
WHEN NEW.batch_index != (SELECT coalesce(max(batch_index) + 1, 0) FROM batches WHERE gateway = NEW.gateway)
BEGIN
    SELECT RAISE(ABORT, 'batch index leaves a gap');
END;

CREATE TABLE attestations (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    uid                BLOB    NOT NULL UNIQUE CHECK (length(uid) = 32),
    subject            TEXT    NOT NULL,
    finding            INTEGER NOT NULL REFERENCES findings (id),
    domain_version     TEXT    NOT NULL,
    domain_chain_id    INTEGER NOT NULL,
    verifying_contract BLOB    NOT NULL CHECK (length(verifying_contract) = 20),
    schema             BLOB    NOT NULL CHECK (length(schema) = 32),
    recipient          BLOB    NOT NULL CHECK (length(recipient) = 20),
    time               INTEGER NOT NULL,        -- seconds, as EAS counts
    expiration_time    INTEGER NOT NULL,
    revocable          INTEGER NOT NULL CHECK (revocable IN (0, 1)),
    ref_uid            BLOB    NOT NULL CHECK (length(ref_uid) = 32),
    data               BLOB    NOT NULL,
    salt               BLOB    NOT NULL CHECK (length(salt) = 32),
    attester           BLOB    NOT NULL CHECK (length(attester) = 20),
    signature          BLOB    NOT NULL CHECK (length(signature) = 65),
    digest             BLOB    NOT NULL CHECK (length(digest) = 32),
    event              BLOB    NOT NULL,        -- the EPCIS event as JSON; empty for a lot
    created_ms         INTEGER NOT NULL,
    batch              INTEGER REFERENCES batches (id),
    position           INTEGER,                 -- of its leaf in the batch
    CHECK ((batch IS NULL) = (position IS NULL)),
    UNIQUE (batch, position)
) STRICT;
CREATE INDEX attestations_by_subject ON attestations (subject);
CREATE INDEX attestations_by_attester ON attestations (attester);
CREATE UNIQUE INDEX attestations_once ON attestations (finding, domain_chain_id);

-- One anchor on its way to finality. `record` is the whole of it, as oracle.publication writes it; the columns are what is asked for.
CREATE TABLE publications (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway     BLOB    NOT NULL CHECK (length(gateway) = 20),
    batch_index INTEGER NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('staged', 'signed', 'sent', 'included', 'final', 'replaced')),
    revision    INTEGER NOT NULL,               -- what compare-and-swap compares
    updated_ms  INTEGER NOT NULL,
    record      TEXT    NOT NULL,
    UNIQUE (gateway, batch_index)
) STRICT;

-- Every nonce this gateway ever reserved, and for which batch: a nonce carries one batch, whatever is sent again.
CREATE TABLE nonces (
    sender      BLOB    NOT NULL CHECK (length(sender) = 20),
    nonce       INTEGER NOT NULL CHECK (nonce >= 0),
    batch_index INTEGER NOT NULL,
    used_ms     INTEGER NOT NULL,
    PRIMARY KEY (sender, nonce)
) STRICT;

CREATE TABLE bundles (
    subject    TEXT    NOT NULL PRIMARY KEY,
    path       TEXT    NOT NULL,
    sha256     BLOB    NOT NULL CHECK (length(sha256) = 32),
    created_ms INTEGER NOT NULL
) STRICT;

-- How far each reader of the readings has come.
CREATE TABLE cursors (
    name       TEXT    NOT NULL PRIMARY KEY,
    reading_id INTEGER NOT NULL
) STRICT;

-- One row, counted up by every commit: after a commit that reported failure, it tells whether the commit happened all the same.
CREATE TABLE commits (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO commits VALUES (1, 0);
