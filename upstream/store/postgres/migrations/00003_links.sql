-- Whose account is whose, and what humans decided of it. Keys of accounts are bytes: an external user's id may be any.

-- +goose Up
CREATE TABLE seats (
    digest   BYTEA PRIMARY KEY, -- of the whole key
    system   BIGINT NOT NULL,
    account  BYTEA NOT NULL,
    identity BYTEA NOT NULL,
    own      BYTEA NOT NULL UNIQUE, -- the person that the key would be alone
    age      BIGINT NOT NULL UNIQUE,
    person   BYTEA NOT NULL,
    revision BIGINT NOT NULL -- of the change that gave or moved it
);
CREATE INDEX seats_revision ON seats (revision);

CREATE TABLE link_decisions (
    seq             BIGINT PRIMARY KEY,
    act             BIGINT NOT NULL,
    undoes          BIGINT NOT NULL,
    at              BIGINT NOT NULL,
    principal       TEXT COLLATE "C" NOT NULL,
    reason          TEXT COLLATE "C" NOT NULL,
    same_account    BIGINT NOT NULL,
    supersedes      TEXT COLLATE "C" NOT NULL, -- JSON
    idempotency_key TEXT COLLATE "C" NOT NULL,
    input           BYTEA NOT NULL
);
CREATE UNIQUE INDEX link_decisions_key ON link_decisions (principal, idempotency_key) WHERE idempotency_key <> '';

CREATE TABLE link_decision_keys (
    seq      BIGINT NOT NULL REFERENCES link_decisions (seq),
    place    BIGINT NOT NULL,
    digest   BYTEA NOT NULL,
    system   BIGINT NOT NULL,
    account  BYTEA NOT NULL,
    identity BYTEA NOT NULL,
    PRIMARY KEY (seq, place)
);
CREATE INDEX link_decision_keys_digest ON link_decision_keys (digest);

-- +goose Down
DROP TABLE link_decision_keys;
DROP TABLE link_decisions;
DROP TABLE seats;
