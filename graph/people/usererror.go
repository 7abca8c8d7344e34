package people

// UserErrorCode says what a client may do about a UserError.
type UserErrorCode string

// The codes.
const (
	// ErrorInvalid: the value at the field cannot be used.
	ErrorInvalid UserErrorCode = "INVALID"
	// ErrorNotFound: what the field names is not there, or may not be seen.
	ErrorNotFound UserErrorCode = "NOT_FOUND"
	// ErrorConflict: things are not as the input takes them to be.
	ErrorConflict UserErrorCode = "CONFLICT"
	// ErrorLastAdmin, ErrorCredentialOwner and ErrorSelf refuse what is rarely meant.
	ErrorLastAdmin       UserErrorCode = "LAST_ADMIN"
	ErrorCredentialOwner UserErrorCode = "CREDENTIAL_OWNER"
	ErrorSelf            UserErrorCode = "SELF"
	// ErrorUntrustedLink: only links that nobody has verified lead there.
	ErrorUntrustedLink UserErrorCode = "UNTRUSTED_LINK"
	// ErrorKeyReused: the idempotency key belongs to another input.
	ErrorKeyReused UserErrorCode = "IDEMPOTENCY_KEY_REUSED"
)

// UserError is one thing that is wrong with the input of a mutation.
type UserError struct {
	Code    UserErrorCode
	Message string
	// Field is the path to what is wrong ("input", "personIds", "1"); nil where it is nothing in particular.
	Field []string
}
