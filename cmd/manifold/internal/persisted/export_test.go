package persisted

// Settle evicts what is too much now rather than soon.
func (d *Documents) Settle() { d.registered.CleanUp() }
