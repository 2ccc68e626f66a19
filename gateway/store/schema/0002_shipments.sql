-- Shipments with a life of their own: several devices, parties and gateways, corrections.

-- Where the goods are in their life (gateway.life); `state` stays how far this gateway's measuring has come.
ALTER TABLE shipments ADD COLUMN life TEXT NOT NULL DEFAULT 'commissioned'
    CHECK (life IN ('commissioned', 'packed', 'handed_over', 'in_transit', 'received', 'disputed', 'corrected'));
ALTER TABLE shipments ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;  -- what compare-and-swap compares
ALTER TABLE shipments ADD COLUMN edition INTEGER NOT NULL DEFAULT 0;   -- how often it was corrected
ALTER TABLE shipments ADD COLUMN deadline_ms INTEGER;
UPDATE shipments SET life = 'received' WHERE state != 'open';

-- Which device travelled with which shipment, and when.
CREATE TABLE attachments (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT    NOT NULL REFERENCES shipments (subject),
    device  TEXT    NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms   INTEGER,                            -- NULL until it is detached or the trip ends
    CHECK (to_ms IS NULL OR to_ms >= from_ms),
    UNIQUE (subject, device, from_ms)
) STRICT;
CREATE INDEX attachments_by_device ON attachments (device, from_ms);
INSERT INTO attachments (subject, device, from_ms, to_ms) SELECT subject, device, opened_ms, closed_ms FROM shipments;

-- What happened to a shipment, each step with its EPCIS event.
CREATE TABLE shipment_steps (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    subject     TEXT    NOT NULL REFERENCES shipments (subject),
    number      INTEGER NOT NULL,               -- 0, 1, 2 ... within the subject
    step        TEXT    NOT NULL,
    at_ms       INTEGER NOT NULL,               -- when it happened
    recorded_ms INTEGER NOT NULL,               -- gateway time
    detail      TEXT    NOT NULL,               -- one sentence
    event       TEXT    NOT NULL,               -- EPCIS 2.0, as JSON
    UNIQUE (subject, number)
) STRICT;

-- The chain of custody. `document` is the handover as oracle.custody writes it.
CREATE TABLE handovers (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    subject     TEXT    NOT NULL REFERENCES shipments (subject),
    number      INTEGER NOT NULL,
    hash        BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    document    TEXT    NOT NULL,
    recorded_ms INTEGER NOT NULL,
    UNIQUE (subject, number)
) STRICT;

-- Parts of a trip about which another gateway has attested. `document` is that attestation as eas-sdk writes it.
CREATE TABLE coverages (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    subject     TEXT    NOT NULL REFERENCES shipments (subject),
    uid         BLOB    NOT NULL UNIQUE CHECK (length(uid) = 32),
    attester    BLOB    NOT NULL CHECK (length(attester) = 20),
    from_ms     INTEGER NOT NULL,
    to_ms       INTEGER NOT NULL,
    verdict     INTEGER NOT NULL,
    document    TEXT    NOT NULL,
    recorded_ms INTEGER NOT NULL
) STRICT;

-- A corrected shipment is judged again by the same agent, so `edition` joins what must be unique. SQLite changes no constraint in place:
-- findings are made anew, and with them attestations, whose foreign key would keep the old table.
CREATE TABLE findings_anew (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    agent         TEXT    NOT NULL,
    agent_hash    BLOB    NOT NULL CHECK (length(agent_hash) = 32),
    kind          TEXT    NOT NULL,
    subject       TEXT    NOT NULL,
    item          TEXT    NOT NULL,
    edition       INTEGER NOT NULL DEFAULT 0,   -- 0, then the number of the correction
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
    UNIQUE (agent_hash, kind, subject, item, edition)    -- judging again changes nothing
) STRICT;
INSERT INTO findings_anew (id, agent, agent_hash, kind, subject, item, device, verdict, label, confidence, from_ms, to_ms, readings,
                           measures, evidence, first_reading, last_reading, created_ms)
    SELECT id, agent, agent_hash, kind, subject, item, device, verdict, label, confidence, from_ms, to_ms, readings, measures, evidence,
           first_reading, last_reading, created_ms
    FROM findings ORDER BY id;

CREATE TABLE attestations_anew (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    uid                BLOB    NOT NULL UNIQUE CHECK (length(uid) = 32),
    subject            TEXT    NOT NULL,
    finding            INTEGER NOT NULL REFERENCES findings_anew (id),
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
    signature          BLOB    NOT NULL CHECK (length(signature) IN (65, 128)),
    digest             BLOB    NOT NULL CHECK (length(digest) = 32),
    event              BLOB    NOT NULL,        -- the EPCIS event as JSON; empty for a lot
    created_ms         INTEGER NOT NULL,
    batch              INTEGER REFERENCES batches (id),
    position           INTEGER,                 -- of its leaf in the batch
    CHECK ((batch IS NULL) = (position IS NULL)),
    UNIQUE (batch, position)
) STRICT;
INSERT INTO attestations_anew (id, uid, subject, finding, domain_version, domain_chain_id, verifying_contract, schema, recipient, time,
                               expiration_time, revocable, ref_uid, data, salt, attester, signature, digest, event, created_ms, batch, position)
    SELECT id, uid, subject, finding, domain_version, domain_chain_id, verifying_contract, schema, recipient, time, expiration_time,
           revocable, ref_uid, data, salt, attester, signature, digest, event, created_ms, batch, position
    FROM attestations ORDER BY id;
DROP TABLE attestations;
DROP TABLE findings;
ALTER TABLE findings_anew RENAME TO findings;
ALTER TABLE attestations_anew RENAME TO attestations;
CREATE INDEX findings_by_subject ON findings (subject);
CREATE INDEX findings_by_device ON findings (device);
CREATE INDEX attestations_by_subject ON attestations (subject);
CREATE INDEX attestations_by_attester ON attestations (attester);
CREATE UNIQUE INDEX attestations_once ON attestations (finding, domain_chain_id);
-- A chain of corrections never forks: of one key's statements about one subject, no two correct the same one. Lots have a statement per item.
CREATE UNIQUE INDEX attestations_do_not_fork ON attestations (attester, domain_chain_id, ref_uid) 
    WHERE ref_uid != x'0000000000000000000000000000000000000000000000000000000000000000';

-- Everything besides the readings that a verdict rests on, so that it can be worked out again whatever changed since.
CREATE TABLE judgements (
    finding       INTEGER PRIMARY KEY REFERENCES findings (id),
    circumstances BLOB    NOT NULL              -- edge_agents.conditions.trip.Circumstances, as JSON
) STRICT;
