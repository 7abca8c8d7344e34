// Package sim is a pretend world: people as they are, and three simulated
// services that each know a messy part of them. The world is made from a seed
// and is the same for the same seed, so that it can also tell the truth: which
// accounts belong to one human, and which of those a linker can find out under
// the configuration that the world publishes.
//
// NewWorld makes a world, Start serves it on loopback.
package sim
