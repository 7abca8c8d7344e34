-- name: knownSource
SELECT observed, whole FROM known_sources WHERE source = $1

-- name: setKnownSource
INSERT INTO known_sources (source, observed, whole) VALUES ($1, $2, $3)
ON CONFLICT (source) DO UPDATE SET observed = excluded.observed, whole = excluded.whole

-- name: knownFacts
SELECT system, account, identity, person, state, gone, grants FROM known_facts WHERE source = $1

-- name: newestChange
SELECT COALESCE(MAX(seq), 0) FROM changes
