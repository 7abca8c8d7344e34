-- Whose account is whose, and what humans decided of it. Keys of accounts are bytes: an external user's id may be any.

-- +goose Up
CREATE TABLE seats (
    digest   BLOB    PRIMARY KEY, -- of the whole key
    system   INTEGER NOT NULL,
    account  BLOB    NOT NULL,
    identity BLOB    NOT NULL,
    own      BLOB    NOT NULL UNIQUE, -- the person that the key would be alone
    age      INTEGER NOT NULL UNIQUE,
    person   BLOB    NOT NULL,
    revision INTEGER NOT NULL -- of the change that gave or moved it
) STRICT, WITHOUT ROWID;
CREATE INDEX seats_revision ON seats (revision);

CREATE TABLE link_decisions (
    seq             INTEGER PRIMARY KEY,
    act             INTEGER NOT NULL,
    undoes          INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    principal       TEXT    NOT NULL,
    reason          TEXT    NOT NULL,
    same_account    INTEGER NOT NULL,
    supersedes      TEXT    NOT NULL, -- JSON
    idempotency_key TEXT    NOT NULL,
    input           BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX link_decisions_key ON link_decisions (principal, idempotency_key) WHERE idempotency_key <> '';

CREATE TABLE link_decision_keys (
    seq      INTEGER NOT NULL REFERENCES link_decisions (seq),
    place    INTEGER NOT NULL,
    digest   BLOB    NOT NULL,
    system   INTEGER NOT NULL,
    account  BLOB    NOT NULL,
    identity BLOB    NOT NULL,
    PRIMARY KEY (seq, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_decision_keys_digest ON link_decision_keys (digest);

-- +goose Down
DROP TABLE link_decision_keys;
DROP TABLE link_decisions;
DROP TABLE seats;
