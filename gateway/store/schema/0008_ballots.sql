-- Verdicts as the contracts keep them: one for each recipient, subject and agent. A shipment may be judged by other policies beside its own.

-- 1: drawn by a policy that somebody awaits a verdict by, beside the shipment's own.
ALTER TABLE findings ADD COLUMN beside INTEGER NOT NULL DEFAULT 0 CHECK (beside IN (0, 1));

-- A chain of corrections never forks, and each agent has its own: the last word of every statement's data is the agent.
DROP INDEX attestations_do_not_fork;
CREATE UNIQUE INDEX attestations_do_not_fork ON attestations (attester, domain_chain_id, ref_uid, substr(data, -32))
    WHERE ref_uid != x'0000000000000000000000000000000000000000000000000000000000000000';

-- For whom and by which policy a verdict is awaited; an empty agent is the shipment's own policy, or the lot's plan.
CREATE TABLE awaited_anew (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    subject   TEXT NOT NULL,
    recipient BLOB NOT NULL CHECK (length(recipient) = 20),
    agent     BLOB NOT NULL CHECK (length(agent) IN (0, 32)),
    UNIQUE (subject, recipient, agent)
) STRICT;
INSERT INTO awaited_anew (subject, recipient, agent) SELECT subject, recipient, x'' FROM awaited ORDER BY rowid;
DROP TABLE awaited;
ALTER TABLE awaited_anew RENAME TO awaited;
CREATE INDEX awaited_beside ON awaited (subject, agent) WHERE length(agent) = 32;

-- Which attestation a verdict on chain speaks for: money moves once for each recipient, subject and agent. Earlier rows did not say for
-- whom and by which rules: the recipient is the one who is awaited, the agent the last word of the attestation.
CREATE TABLE verdicts_anew (
    statement   BLOB    NOT NULL CHECK (length(statement) = 32),
    gateway     BLOB    NOT NULL CHECK (length(gateway) = 20),
    subject     TEXT    NOT NULL,
    recipient   BLOB    NOT NULL CHECK (length(recipient) = 20),
    agent       BLOB    NOT NULL CHECK (length(agent) = 32),
    batch_index INTEGER NOT NULL,               -- of the publication of kind verdict
    UNIQUE (gateway, batch_index),
    UNIQUE (gateway, subject, recipient, agent)
) STRICT;
INSERT INTO verdicts_anew (statement, gateway, subject, recipient, agent, batch_index)
    SELECT v.statement, v.gateway, v.subject, coalesce(w.recipient, zeroblob(20)), coalesce(substr(a.data, -32), zeroblob(32)), v.batch_index
    FROM verdicts AS v LEFT JOIN awaited AS w ON w.subject = v.subject LEFT JOIN attestations AS a ON a.uid = v.statement
    ORDER BY v.rowid;
DROP TABLE verdicts;
ALTER TABLE verdicts_anew RENAME TO verdicts;
