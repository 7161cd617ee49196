package main

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot/app"
	"digiwijzer/locales"
)

// FuzzPeriods: every week, range, quarter or date on the command line is valid or refused
// as bad input.
func FuzzPeriods(f *testing.F) {
	words, err := locales.BuiltIn()
	require.NoError(f, err)
	f.Add("2026-W47", "", "", "", "2026-11-22")
	f.Add("2026-W54", "2026-W40", "2026-W47", "2026Q4", "2026-13-01")
	f.Add("", "9999-W01", "0000-W00", "2026Q5", "today")
	f.Fuzz(func(t *testing.T, week, from, to, quarter, date string) {
		var bad app.BadInput
		p := &program{Base: app.Base{Words: words, Clock: fastClock{began: time.Now(), times: 1}}}
		for _, cmd := range []reportCmd{{Week: week}, {From: from, To: to}, {Quarter: quarter}} {
			if _, err := cmd.period(p); err != nil {
				require.True(t, errors.As(err, &bad), "%v", err)
			}
		}
		if _, err := p.today(date); err != nil {
			require.True(t, errors.As(err, &bad), "%v", err)
		}
	})
}

// FuzzEnvironment: every setting is valid or refused with its name.
func FuzzEnvironment(f *testing.F) {
	f.Add("127.0.0.1:8080", "https://example.org", "1,2", "30", "2026-11-22T10:00:00+01:00")
	f.Add("here", "ftp://x", "a", "NaN", "tomorrow")
	f.Fuzz(func(t *testing.T, listen, url, ids, rate, now string) {
		_, err := settingsFrom(t, "DIGIWIJZER_LISTEN="+listen, "DIGIWIJZER_PUBLIC_URL="+url, "DIGIWIJZER_WEBHOOK_URL="+url,
			"DIGIWIJZER_COORDINATORS="+ids, "DIGIWIJZER_SEND_RATE="+rate, "DIGIWIJZER_NOW="+now)
		if err != nil {
			require.Contains(t, err.Error(), "DIGIWIJZER_")
		}
	})
}
