// Package fleet holds no code: its tests run several processes of the real binary over one real Redis and three
// simulated vendors, and judge them by the vendors' own meters.
package fleet
