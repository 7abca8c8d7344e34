package config

// The words for what is on, off, or on where nobody else can ask.
const (
	auto = "auto"
	on   = "on"
)

// Introspects tells whether clients may ask for the schema.
func (c *Config) Introspects() bool { return c.decide(c.Introspection) }

// Suggests tells whether refusals may name what a client probably meant.
func (c *Config) Suggests() bool { return c.decide(c.Suggestions) }

// decide leaves to itself what is not said: a developer on loopback wants help, and strangers would ask a guarded server.
func (c *Config) decide(word string) bool {
	if word == auto || word == "" {
		return IsLoopback(c.Listen) && !c.Authenticates()
	}
	return word == on
}
