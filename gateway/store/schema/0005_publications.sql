-- Publications of every kind share one table and one nonce ledger; what they cost is kept by the nonce, and contracts by their fingerprint.

ALTER TABLE publications RENAME TO publications_of_anchors;
CREATE TABLE publications (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway     BLOB    NOT NULL CHECK (length(gateway) = 20),
    kind        TEXT    NOT NULL CHECK (kind IN ('anchor', 'stamp', 'verdict', 'revocation', 'filler')),
    batch_index INTEGER NOT NULL,               -- the publication's number among those of its kind; an anchor's or stamp's is its batch's
    state       TEXT    NOT NULL CHECK (state IN ('staged', 'signed', 'sent', 'included', 'final', 'replaced', 'reported')),
    nonce       INTEGER,                        -- of all its transactions; NULL before the first is signed
    revision    INTEGER NOT NULL,               -- what compare-and-swap compares
    updated_ms  INTEGER NOT NULL,
    record      TEXT    NOT NULL,
    UNIQUE (gateway, kind, batch_index)
) STRICT;
INSERT INTO publications
SELECT id, gateway, 'anchor', batch_index, state, json_extract(record, '$.nonce'), revision, updated_ms, record FROM publications_of_anchors;
DROP TABLE publications_of_anchors;
CREATE INDEX publications_by_state ON publications (gateway, state);

-- Every nonce this gateway ever reserved, and for what: a nonce carries one publication, whatever is sent again.
ALTER TABLE nonces ADD COLUMN kind TEXT NOT NULL DEFAULT 'anchor';

-- What each nonce costs, under the day (UTC, its first millisecond) on which it was first signed for.
CREATE TABLE fees (
    sender BLOB    NOT NULL CHECK (length(sender) = 20),
    nonce  INTEGER NOT NULL CHECK (nonce >= 0),
    day_ms INTEGER NOT NULL,
    gwei   INTEGER NOT NULL,                    -- rounded up; the most that it can cost until a receipt says less
    PRIMARY KEY (sender, nonce)
) STRICT;
CREATE INDEX fees_by_day ON fees (day_ms);

-- What a contract's code was when it was first used: where that changes, nothing is sent to it.
CREATE TABLE pins (
    address     BLOB NOT NULL PRIMARY KEY CHECK (length(address) = 20),
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32)
) STRICT;

-- Whose verdict is awaited: the escrow's buyer or the bond's supplier, who is the recipient of the attestation that moves money.
CREATE TABLE awaited (
    subject   TEXT NOT NULL PRIMARY KEY,
    recipient BLOB NOT NULL CHECK (length(recipient) = 20)
) STRICT;

-- Which attestation a verdict on chain speaks for: one per subject, for money moves once.
CREATE TABLE verdicts (
    statement   BLOB    NOT NULL PRIMARY KEY CHECK (length(statement) = 32),
    gateway     BLOB    NOT NULL CHECK (length(gateway) = 20),
    subject     TEXT    NOT NULL,
    batch_index INTEGER NOT NULL,               -- of the publication of kind verdict
    UNIQUE (gateway, subject)
) STRICT;
