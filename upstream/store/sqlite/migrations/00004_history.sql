-- What changed in the picture, and what was last known of it, which the next reading is compared with.

-- +goose Up
CREATE TABLE known_sources (
    source   TEXT    PRIMARY KEY,
    observed INTEGER NOT NULL,
    whole    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE known_facts (
    source   TEXT    NOT NULL,
    digest   BLOB    NOT NULL, -- of the identity's whole key
    system   INTEGER NOT NULL,
    account  BLOB    NOT NULL,
    identity BLOB    NOT NULL,
    person   BLOB    NOT NULL,
    state    INTEGER NOT NULL,
    gone     INTEGER NOT NULL,
    grants   TEXT    NOT NULL, -- JSON
    PRIMARY KEY (source, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE changes (
    seq        INTEGER PRIMARY KEY,
    kind       INTEGER NOT NULL,
    source     TEXT    NOT NULL,
    digest     BLOB    NOT NULL,
    system     INTEGER NOT NULL,
    account    BLOB    NOT NULL,
    identity   BLOB    NOT NULL,
    person     BLOB    NOT NULL,
    old_person BLOB    NOT NULL, -- empty where there is none
    observed   INTEGER NOT NULL,
    previous   INTEGER NOT NULL,
    old_state  INTEGER NOT NULL,
    state      INTEGER NOT NULL,
    reach      TEXT    NOT NULL -- JSON: the resource, the grant before and after
) STRICT;
CREATE INDEX changes_person ON changes (person, seq);
CREATE INDEX changes_old_person ON changes (old_person, seq);
CREATE INDEX changes_digest ON changes (digest, seq);
CREATE INDEX changes_source ON changes (source, seq);
CREATE INDEX changes_observed ON changes (observed);

-- +goose Down
DROP TABLE changes;
DROP TABLE known_facts;
DROP TABLE known_sources;
