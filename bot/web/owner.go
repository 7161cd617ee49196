package web

// Owner is the organisation behind the site: the controller in the sense of the GDPR. Every
// field may be empty; without a name the site says that it is a trial version.
type Owner struct {
	Name  string
	Email string
	Phone string
	// PrivacyURL is its own privacy statement, A11yURL its accessibility statement in the
	// public register.
	PrivacyURL, A11yURL string
	// Logo is a PNG, JPEG or SVG picture.
	Logo []byte
	// LogoType is the media type of Logo.
	LogoType string

	logoURL string // of Logo; empty: none
}

// LogoURL returns the address of the logo; empty: there is none.
func (o Owner) LogoURL() string { return o.logoURL }
