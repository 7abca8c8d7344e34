-- The audit log. Times are microseconds since 1970 in UTC; text compares byte for byte.

-- +goose Up
CREATE TABLE audit_head (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    start BLOB    NOT NULL, -- the head of the empty chain: tells one key from another
    seq   INTEGER NOT NULL,
    mac   BLOB    NOT NULL
) STRICT;

CREATE TABLE audit_entries (
    seq          INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    phase        INTEGER NOT NULL,
    act          TEXT    NOT NULL,
    principal    TEXT    NOT NULL,
    client       TEXT    NOT NULL,
    person       BLOB    NOT NULL, -- empty where nobody is concerned
    source       TEXT    NOT NULL,
    place        TEXT    NOT NULL, -- JSON
    action       TEXT    NOT NULL,
    step         TEXT    NOT NULL,
    request      TEXT    NOT NULL,
    correlations TEXT    NOT NULL, -- JSON, as are costs, subjects and committed
    costs        TEXT    NOT NULL,
    result       INTEGER NOT NULL,
    code         TEXT    NOT NULL,
    subjects     TEXT    NOT NULL,
    committed    TEXT    NOT NULL,
    mac          BLOB    NOT NULL
) STRICT;
CREATE INDEX audit_entries_person ON audit_entries (person, seq);
CREATE INDEX audit_entries_principal ON audit_entries (principal, seq);
CREATE INDEX audit_entries_act ON audit_entries (act, seq);
CREATE INDEX audit_entries_action ON audit_entries (action, seq);
CREATE INDEX audit_entries_at ON audit_entries (at);

-- What the entries commit to. Rows may be deleted; the chain does not hold them.
CREATE TABLE audit_personal (
    seq     INTEGER NOT NULL REFERENCES audit_entries (seq),
    part    TEXT    NOT NULL CHECK (part IN ('id', 'value')),
    place   INTEGER NOT NULL, -- the index in subjects or committed
    digest  BLOB    NOT NULL, -- of the identity's whole key, to find it by; empty of a value
    text    BLOB    NOT NULL,
    salt    BLOB    NOT NULL,
    PRIMARY KEY (seq, part, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_personal_identity ON audit_personal (digest) WHERE part = 'id';

-- +goose Down
DROP TABLE audit_personal;
DROP TABLE audit_entries;
DROP TABLE audit_head;
