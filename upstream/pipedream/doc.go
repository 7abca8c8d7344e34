// Package pipedream is the client of Pipedream Connect: the external users of one
// project in one environment, their connected accounts and what is deployed for
// them.
//
// Credentials never enter the process: include_credentials is never sent, and
// there is no field to decode credentials, configured props, webhook keys or the
// providers' error prose into. Every project call names its environment, deletes
// above all. External user ids are compared byte for byte.
package pipedream
