package sqlite

import "github.com/manifold-graph/manifold/upstream/store/migrate"

// Migrations are the steps of the schema, for tests of upgrades.
func (e *Engine) Migrations() (*migrate.Migrations, error) {
	return migrate.New(migrate.SQLite, e.writer, migrations)
}
