// Package webhook receives what vendors post when something changes: it checks who posts, bounds and reads the body,
// answers at once, and hands each event on, once, from a bounded queue. What an event does is decided in collect.
package webhook
