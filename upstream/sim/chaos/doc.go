// Package chaos makes a simulated service fail. A fault is data: what goes
// wrong, for which requests, after how many and how often. A Schedule holds the
// faults and stands in front of the service's handler.
//
// A fault that was scheduled and never fired proves nothing, so a test calls
// MustFire and fails when one did not.
package chaos
