// Package pipedrive is the client of Pipedrive's users endpoints: v1, and v2 for
// followers. It is faithful and dumb: one method is one request (or one per
// page), and what may be spent is decided by its callers through wire.Gate.
//
// A user here is a member of the company's account, not a CRM contact. Records
// decode leniently: only the id is required, because the documented fields come
// and go. What is relative to the token that read it (is_you, phone) is kept out
// of User; Me alone has the phone of its own user.
package pipedrive
