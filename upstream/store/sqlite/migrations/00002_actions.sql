-- Running acts: each whole as JSON, beside the columns that are looked for.

-- +goose Up
CREATE TABLE actions (
    id            BLOB    PRIMARY KEY, -- begins with the time, so that its order is that of time
    act           TEXT    NOT NULL,
    actor         TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    due_at        INTEGER,             -- null where no step is open
    revision      INTEGER NOT NULL,
    fence         INTEGER NOT NULL,    -- counts claims
    holder        TEXT    NOT NULL,
    claimed_until INTEGER NOT NULL,
    body          TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX actions_due ON actions (due_at, id) WHERE due_at IS NOT NULL;

CREATE TABLE action_people (
    person BLOB NOT NULL,
    action BLOB NOT NULL REFERENCES actions (id),
    PRIMARY KEY (person, action)
) STRICT, WITHOUT ROWID;
CREATE INDEX action_people_action ON action_people (action);

CREATE TABLE action_keys (
    actor  TEXT NOT NULL,
    value  TEXT NOT NULL,
    input  BLOB NOT NULL,
    action BLOB NOT NULL REFERENCES actions (id),
    PRIMARY KEY (actor, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE action_locks (
    lock   BLOB PRIMARY KEY,
    action BLOB NOT NULL REFERENCES actions (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX action_locks_action ON action_locks (action);

CREATE TABLE findings (
    id       BLOB    PRIMARY KEY,
    action   BLOB    NOT NULL,
    what     TEXT    NOT NULL,
    identity BLOB    NOT NULL, -- the digest of its whole key
    body     TEXT    NOT NULL,
    UNIQUE (action, what, identity)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE findings;
DROP TABLE action_locks;
DROP TABLE action_keys;
DROP TABLE action_people;
DROP TABLE actions;
