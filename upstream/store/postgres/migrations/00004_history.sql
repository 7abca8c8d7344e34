-- What changed in the picture, and what was last known of it, which the next reading is compared with.

-- +goose Up
CREATE TABLE known_sources (
    source   TEXT COLLATE "C" PRIMARY KEY,
    observed BIGINT NOT NULL,
    whole    BIGINT NOT NULL
);

CREATE TABLE known_facts (
    source   TEXT COLLATE "C" NOT NULL,
    digest   BYTEA NOT NULL, -- of the identity's whole key
    system   BIGINT NOT NULL,
    account  BYTEA NOT NULL,
    identity BYTEA NOT NULL,
    person   BYTEA NOT NULL,
    state    BIGINT NOT NULL,
    gone     BIGINT NOT NULL,
    grants   TEXT COLLATE "C" NOT NULL, -- JSON
    PRIMARY KEY (source, digest)
);

CREATE TABLE changes (
    seq        BIGINT PRIMARY KEY,
    kind       BIGINT NOT NULL,
    source     TEXT COLLATE "C" NOT NULL,
    digest     BYTEA NOT NULL,
    system     BIGINT NOT NULL,
    account    BYTEA NOT NULL,
    identity   BYTEA NOT NULL,
    person     BYTEA NOT NULL,
    old_person BYTEA NOT NULL, -- empty where there is none
    observed   BIGINT NOT NULL,
    previous   BIGINT NOT NULL,
    old_state  BIGINT NOT NULL,
    state      BIGINT NOT NULL,
    reach      TEXT COLLATE "C" NOT NULL -- JSON: the resource, the grant before and after
);
CREATE INDEX changes_person ON changes (person, seq);
CREATE INDEX changes_old_person ON changes (old_person, seq);
CREATE INDEX changes_digest ON changes (digest, seq);
CREATE INDEX changes_source ON changes (source, seq);
CREATE INDEX changes_observed ON changes (observed);

-- +goose Down
DROP TABLE changes;
DROP TABLE known_facts;
DROP TABLE known_sources;
