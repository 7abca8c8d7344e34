-- name: addAction
INSERT INTO actions (id, act, actor, state, created_at, due_at, revision, fence, holder, claimed_until, body)
VALUES ($1, $2, $3, $4, $5, $6, 1, 0, '', 0, $7)

-- name: addActionPerson
INSERT INTO action_people (person, action) VALUES ($1, $2) ON CONFLICT DO NOTHING

-- name: dropActionPeople
DELETE FROM action_people WHERE action = $1

-- name: addActionKey
INSERT INTO action_keys (actor, value, input, action) VALUES ($1, $2, $3, $4)

-- name: actionKey
SELECT input, action FROM action_keys WHERE actor = $1 AND value = $2

-- name: action
SELECT body, revision, fence, holder, claimed_until FROM actions WHERE id = $1

-- name: dueAction
SELECT id, body, revision, fence FROM actions
WHERE due_at IS NOT NULL AND due_at <= $1 AND (holder = '' OR claimed_until <= $1)
ORDER BY due_at, id LIMIT 1

-- name: claimAction
UPDATE actions SET holder = $2, claimed_until = $3, fence = fence + 1 WHERE id = $1

-- name: extendAction
UPDATE actions SET claimed_until = $2 WHERE id = $1

-- name: releaseAction
UPDATE actions SET holder = '' WHERE id = $1 AND fence = $2

-- name: updateAction
UPDATE actions SET state = $2, due_at = $3, revision = $4, body = $5 WHERE id = $1

-- name: lockHolder
SELECT action FROM action_locks WHERE lock = $1

-- name: dropLocks
DELETE FROM action_locks WHERE action = $1

-- name: addLock
INSERT INTO action_locks (lock, action) VALUES ($1, $2)

-- name: addFinding
INSERT INTO findings (id, action, what, identity, body) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (action, what, identity) DO NOTHING

-- name: findings
SELECT body FROM findings WHERE id < $1 ORDER BY id DESC LIMIT $2

-- name: newestFindings
SELECT body FROM findings ORDER BY id DESC LIMIT $1

-- name: endedOfPerson
SELECT id, body FROM actions WHERE due_at IS NULL AND id IN (SELECT action FROM action_people WHERE person = $1)

-- name: endedOfIdentity
-- Of whoever the account belongs to now.
SELECT id, body FROM actions WHERE due_at IS NULL AND id IN (
    SELECT p.action FROM action_people p JOIN seats s ON s.person = p.person WHERE s.digest = $1)

-- name: endedBefore
SELECT id, body FROM actions WHERE due_at IS NULL AND created_at < $1

-- name: eraseAction
UPDATE actions SET body = $2 WHERE id = $1
