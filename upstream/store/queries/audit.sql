-- name: head
SELECT start, seq, mac FROM audit_head WHERE id = 1

-- name: lockHead
-- Whoever writes holds this row until the transaction ends: writers of all replicas take turns, and the chain has one end.
SELECT start, seq, mac FROM audit_head WHERE id = 1 FOR UPDATE

-- name: firstHead
INSERT INTO audit_head (id, start, seq, mac) VALUES (1, $1, 0, $1) ON CONFLICT (id) DO NOTHING

-- name: moveHead
UPDATE audit_head SET seq = $1, mac = $2 WHERE id = 1

-- name: handOver
UPDATE audit_head SET start = $1 WHERE id = 1

-- name: addEntry
INSERT INTO audit_entries
    (seq, at, phase, act, principal, client, person, source, place, action, step, request, correlations, costs, result, code, subjects, committed, mac)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)

-- name: addPersonal
INSERT INTO audit_personal (seq, part, place, digest, text, salt) VALUES ($1, $2, $3, $4, $5, $6)

-- name: entriesUp
SELECT seq, at, phase, act, principal, client, person, source, place, action, step, request, correlations, costs, result, code, subjects, committed, mac
FROM audit_entries WHERE seq > $1 ORDER BY seq LIMIT $2

-- name: erasePerson
-- Also what concerns an account that is theirs now.
DELETE FROM audit_personal WHERE seq IN (
    SELECT seq FROM audit_entries WHERE person = $1
    UNION SELECT p.seq FROM audit_personal p JOIN seats s ON s.digest = p.digest WHERE s.person = $1)

-- name: eraseIdentity
-- Everything beside each entry that concerns the identity: a reason may name whose it is.
DELETE FROM audit_personal WHERE seq IN (SELECT seq FROM audit_personal WHERE part = 'id' AND digest = $1)

-- name: eraseBefore
DELETE FROM audit_personal WHERE seq IN (SELECT seq FROM audit_entries WHERE at < $1)
