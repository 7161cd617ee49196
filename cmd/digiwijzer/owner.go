package main

import (
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"digiwijzer/bot/web"
)

// maxLogo is the largest logo in bytes: it is on every page.
const maxLogo = 100 << 10

var phoneForm = regexp.MustCompile(`^\+?[0-9][0-9 –-]{6,}[0-9]$`)

func parseEmail(text string) (string, error) {
	if address, err := mail.ParseAddress(text); err != nil || address.Address != text {
		return "", bad("email", text)
	}
	return text, nil
}

func parsePhone(text string) (string, error) {
	if !phoneForm.MatchString(text) {
		return "", bad("phone", text)
	}
	return text, nil
}

// owner returns the organisation behind the site.
func (c config) owner() (web.Owner, error) {
	o := web.Owner{Name: c.OwnerName, Email: c.OwnerEmail, Phone: c.OwnerPhone, PrivacyURL: c.OwnerPrivacyURL, A11yURL: c.OwnerA11yURL}
	if c.OwnerLogo == "" {
		return o, nil
	}
	file, err := os.Open(c.OwnerLogo)
	if err != nil {
		return o, fmt.Errorf("DIGIWIJZER_OWNER_LOGO: %w", err)
	}
	defer file.Close()
	if o.Logo, err = io.ReadAll(io.LimitReader(file, maxLogo+1)); err != nil {
		return o, fmt.Errorf("DIGIWIJZER_OWNER_LOGO: %w", err)
	}
	o.LogoType = http.DetectContentType(o.Logo)
	if strings.EqualFold(filepath.Ext(c.OwnerLogo), ".svg") {
		o.LogoType = "image/svg+xml"
	}
	if len(o.Logo) > maxLogo || !strings.HasPrefix(o.LogoType, "image/") {
		return o, fmt.Errorf("DIGIWIJZER_OWNER_LOGO: %s is not a picture of at most %d kB", c.OwnerLogo, maxLogo>>10)
	}
	return o, nil
}

// missingOwner returns the variables about the owner that are not set. A logo may be left
// out.
func (c config) missingOwner() (missing []string) {
	for _, v := range []struct{ name, value string }{
		{"DIGIWIJZER_OWNER_NAME", c.OwnerName}, {"DIGIWIJZER_OWNER_EMAIL", c.OwnerEmail}, {"DIGIWIJZER_OWNER_PHONE", c.OwnerPhone},
		{"DIGIWIJZER_OWNER_PRIVACY_URL", c.OwnerPrivacyURL}, {"DIGIWIJZER_OWNER_A11Y_URL", c.OwnerA11yURL},
	} {
		if v.value == "" {
			missing = append(missing, v.name)
		}
	}
	return missing
}
