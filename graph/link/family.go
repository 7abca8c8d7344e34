package link

// family is the sort of a blocking key.
type family byte

const (
	familyEmail         family = 'e'
	familyHash          family = 'h'
	familyPipedriveUser family = 'u'
	familyCompanyUser   family = 'c'
	familyPipefyUser    family = 'f'
	familyPipefyUUID    family = 'x'
	familyMapping       family = 'm'
	familyName          family = 'n'
)
