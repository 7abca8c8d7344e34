package config

import "time"

// Acts says how patiently acts are carried out.
type Acts struct {
	Call     time.Duration `yaml:"call_timeout" jsonschema_description:"How long one call to a vendor may last, with its wait for the budget." jsonschema:"default=1m"`
	Grace    time.Duration `yaml:"grace" jsonschema_description:"How much longer than that a change whose answer was lost is left alone before it is looked for at the vendor." jsonschema:"default=15s"`
	Patience time.Duration `yaml:"patience" jsonschema_description:"How long a step is tried again whose vendor is down or whose budget is spent." jsonschema:"default=24h"`
}

func (c checker) acts(a Acts) {
	if a.Call < time.Second || a.Call > 10*time.Minute {
		c.fail("acts.call_timeout", "must be from 1s to 10m")
	}
	if a.Grace < 0 || a.Grace > time.Hour {
		c.fail("acts.grace", "must be from 0s to 1h")
	}
	if a.Patience < 0 || a.Patience > 30*24*time.Hour {
		c.fail("acts.patience", "must be from 0s to 720h")
	}
}
