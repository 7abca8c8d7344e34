-- name: seatsSince
SELECT system, account, identity, own, age, person FROM seats WHERE revision > $1

-- name: seatRevision
SELECT COALESCE(MAX(revision), 0) FROM seats

-- name: seatAge
SELECT COALESCE(MAX(age), 0) FROM seats

-- name: moveSeat
UPDATE seats SET person = $2, revision = $3 WHERE digest = $1 AND person = $4

-- name: newestDecision
SELECT COALESCE(MAX(seq), 0) FROM link_decisions

-- name: addDecision
INSERT INTO link_decisions (seq, act, undoes, at, principal, reason, same_account, supersedes, idempotency_key, input)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: addDecisionKey
INSERT INTO link_decision_keys (seq, place, digest, system, account, identity) VALUES ($1, $2, $3, $4, $5, $6)

-- name: decisions
SELECT seq, act, undoes, at, principal, reason, same_account, supersedes, idempotency_key, input FROM link_decisions WHERE seq > $1 ORDER BY seq

-- name: decisionKeys
SELECT seq, system, account, identity FROM link_decision_keys WHERE seq > $1 ORDER BY seq, place

-- name: eraseReasons
-- The decision stays: without it, what was joined would part.
UPDATE link_decisions SET reason = '' WHERE reason <> '' AND seq IN (SELECT seq FROM link_decision_keys WHERE digest = $1)

-- name: erasePersonReasons
UPDATE link_decisions SET reason = '' WHERE reason <> '' AND seq IN (
    SELECT k.seq FROM link_decision_keys k JOIN seats s ON s.digest = k.digest WHERE s.person = $1)

-- name: eraseReasonsBefore
UPDATE link_decisions SET reason = '' WHERE reason <> '' AND at < $1
