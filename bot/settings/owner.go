package settings

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"digiwijzer/bot/web"
)

// maxLogo is the largest logo in bytes: it is on every page.
const maxLogo = 100 << 10

const logoSetting = "DIGIWIJZER_OWNER_LOGO"

// Owner returns the organisation behind the site, with its logo.
func (s Settings) Owner() (web.Owner, error) {
	o := web.Owner{Name: s.OwnerName, Email: s.OwnerEmail, Phone: s.OwnerPhone, PrivacyURL: s.OwnerPrivacyURL, A11yURL: s.OwnerA11yURL}
	if s.OwnerLogo == "" {
		return o, nil
	}
	file, err := os.Open(s.OwnerLogo)
	if err != nil {
		return o, &FileError{Setting: logoSetting, Path: s.OwnerLogo, Problem: Unreadable, Err: err}
	}
	defer file.Close()
	if o.Logo, err = io.ReadAll(io.LimitReader(file, maxLogo+1)); err != nil {
		return o, &FileError{Setting: logoSetting, Path: s.OwnerLogo, Problem: Unreadable, Err: err}
	}
	o.LogoType = http.DetectContentType(o.Logo)
	if strings.EqualFold(filepath.Ext(s.OwnerLogo), ".svg") {
		o.LogoType = "image/svg+xml"
	}
	if len(o.Logo) > maxLogo || !strings.HasPrefix(o.LogoType, "image/") {
		return o, &FileError{Setting: logoSetting, Path: s.OwnerLogo, Problem: NoPicture}
	}
	return o, nil
}
