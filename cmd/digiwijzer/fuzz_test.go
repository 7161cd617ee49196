package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
)

// FuzzCase: every case gives an advice in words or an error about the input.
func FuzzCase(f *testing.F) {
	c, err := content.Load("")
	require.NoError(f, err)
	p := &program{words: c.Texts}
	for _, seed := range []string{`{"answers":{"size":"2","sector":"horeca","municipality":"GM0344"}}`,
		`{"answers":{"size":"2","sector":"horeca","municipality":"buiten","login_code":"a","help_wanted":"geen"},"incident":true}`,
		`{"answers":null}`, `{"answers":{"size":""}}`, `[]`, `{"answers":{},"extra":1}`, `{"incident":`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in, err := p.readCase(strings.NewReader(text))
		if err != nil {
			return
		}
		result, err := c.Engine.Advise(in.Answers, in.Incident, "2026-11-22")
		if err != nil {
			var bad *flows.BadAnswer
			require.True(t, errors.As(err, &bad), "%v", err)
			return
		}
		_, err = c.Advice("nl", result)
		require.NoError(t, err)
	})
}

// FuzzPeriods: every week, range, quarter or date on the command line is valid or refused
// as bad input.
func FuzzPeriods(f *testing.F) {
	words, err := locales.Load(locales.Embedded())
	require.NoError(f, err)
	f.Add("2026-W47", "", "", "", "2026-11-22")
	f.Add("2026-W54", "2026-W40", "2026-W47", "2026Q4", "2026-13-01")
	f.Add("", "9999-W01", "0000-W00", "2026Q5", "today")
	f.Fuzz(func(t *testing.T, week, from, to, quarter, date string) {
		var bad badInput
		for _, cmd := range []reportCmd{{Week: week}, {From: from, To: to}, {Quarter: quarter}} {
			if _, err := cmd.period(morning); err != nil {
				require.True(t, errors.As(err, &bad), "%v", err)
			}
		}
		p := &program{words: words, clock: fastClock{began: time.Now(), times: 1}}
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
