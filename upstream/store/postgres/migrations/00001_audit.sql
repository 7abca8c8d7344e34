-- The audit log. Times are microseconds since 1970 in UTC; text compares byte for byte.

-- +goose Up
CREATE TABLE audit_head (
    id    BIGINT PRIMARY KEY CHECK (id = 1),
    start BYTEA NOT NULL, -- the head of the empty chain: tells one key from another
    seq   BIGINT NOT NULL,
    mac   BYTEA NOT NULL
);

CREATE TABLE audit_entries (
    seq          BIGINT PRIMARY KEY,
    at           BIGINT NOT NULL,
    phase        BIGINT NOT NULL,
    act          TEXT COLLATE "C" NOT NULL,
    principal    TEXT COLLATE "C" NOT NULL,
    client       TEXT COLLATE "C" NOT NULL,
    person       BYTEA NOT NULL, -- empty where nobody is concerned
    source       TEXT COLLATE "C" NOT NULL,
    place        TEXT COLLATE "C" NOT NULL, -- JSON
    action       TEXT COLLATE "C" NOT NULL,
    step         TEXT COLLATE "C" NOT NULL,
    request      TEXT COLLATE "C" NOT NULL,
    correlations TEXT COLLATE "C" NOT NULL, -- JSON, as are costs, subjects and committed
    costs        TEXT COLLATE "C" NOT NULL,
    result       BIGINT NOT NULL,
    code         TEXT COLLATE "C" NOT NULL,
    subjects     TEXT COLLATE "C" NOT NULL,
    committed    TEXT COLLATE "C" NOT NULL,
    mac          BYTEA NOT NULL
);
CREATE INDEX audit_entries_person ON audit_entries (person, seq);
CREATE INDEX audit_entries_principal ON audit_entries (principal, seq);
CREATE INDEX audit_entries_act ON audit_entries (act, seq);
CREATE INDEX audit_entries_action ON audit_entries (action, seq);
CREATE INDEX audit_entries_at ON audit_entries (at);

-- What the entries commit to. Rows may be deleted; the chain does not hold them.
CREATE TABLE audit_personal (
    seq     BIGINT NOT NULL REFERENCES audit_entries (seq),
    part    TEXT COLLATE "C" NOT NULL CHECK (part IN ('id', 'value')),
    place   BIGINT NOT NULL, -- the index in subjects or committed
    digest  BYTEA NOT NULL, -- of the identity's whole key, to find it by; empty of a value
    text    BYTEA NOT NULL,
    salt    BYTEA NOT NULL,
    PRIMARY KEY (seq, part, place)
);
CREATE INDEX audit_personal_identity ON audit_personal (digest) WHERE part = 'id';

-- +goose Down
DROP TABLE audit_personal;
DROP TABLE audit_entries;
DROP TABLE audit_head;
