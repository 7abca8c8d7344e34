-- Running acts: each whole as JSON, beside the columns that are looked for.

-- +goose Up
CREATE TABLE actions (
    id            BYTEA PRIMARY KEY, -- begins with the time, so that its order is that of time
    act           TEXT COLLATE "C" NOT NULL,
    actor         TEXT COLLATE "C" NOT NULL,
    state         TEXT COLLATE "C" NOT NULL,
    created_at    BIGINT NOT NULL,
    due_at        BIGINT,             -- null where no step is open
    revision      BIGINT NOT NULL,
    fence         BIGINT NOT NULL,    -- counts claims
    holder        TEXT COLLATE "C" NOT NULL,
    claimed_until BIGINT NOT NULL,
    body          TEXT COLLATE "C" NOT NULL
);
CREATE INDEX actions_due ON actions (due_at, id) WHERE due_at IS NOT NULL;

CREATE TABLE action_people (
    person BYTEA NOT NULL,
    action BYTEA NOT NULL REFERENCES actions (id),
    PRIMARY KEY (person, action)
);
CREATE INDEX action_people_action ON action_people (action);

CREATE TABLE action_keys (
    actor  TEXT COLLATE "C" NOT NULL,
    value  TEXT COLLATE "C" NOT NULL,
    input  BYTEA NOT NULL,
    action BYTEA NOT NULL REFERENCES actions (id),
    PRIMARY KEY (actor, value)
);

CREATE TABLE action_locks (
    lock   BYTEA PRIMARY KEY,
    action BYTEA NOT NULL REFERENCES actions (id)
);
CREATE INDEX action_locks_action ON action_locks (action);

CREATE TABLE findings (
    id       BYTEA PRIMARY KEY,
    action   BYTEA NOT NULL,
    what     TEXT COLLATE "C" NOT NULL,
    identity BYTEA NOT NULL, -- the digest of its whole key
    body     TEXT COLLATE "C" NOT NULL,
    UNIQUE (action, what, identity)
);

-- +goose Down
DROP TABLE findings;
DROP TABLE action_locks;
DROP TABLE action_keys;
DROP TABLE action_people;
DROP TABLE actions;
