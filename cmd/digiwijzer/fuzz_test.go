package main

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

// FuzzCase: every case gives an advice in words or an error about the input.
func FuzzCase(f *testing.F) {
	c, err := loadContent("")
	require.NoError(f, err)
	for _, seed := range []string{`{"answers":{"size":"2","sector":"horeca","municipality":"GM0344"}}`,
		`{"answers":{"size":"2","sector":"horeca","municipality":"buiten","login_code":"a","help_wanted":"geen"},"incident":true}`,
		`{"answers":null}`, `{"answers":{"size":""}}`, `[]`, `{"answers":{},"extra":1}`, `{"incident":`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in, err := readCase(strings.NewReader(text))
		if err != nil {
			return
		}
		result, err := c.engine.Advise(in.Answers, in.Incident, "2026-11-22")
		if err != nil {
			var bad *flows.BadAnswer
			require.True(t, errors.As(err, &bad), "%v", err)
			return
		}
		_, err = newAdviceOutput(c, "nl", result)
		require.NoError(t, err)
	})
}

// FuzzPeriods: every week, range, quarter or date on the command line is valid or refused
// as bad input.
func FuzzPeriods(f *testing.F) {
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
		p := &program{clock: fastClock{began: time.Now(), times: 1}}
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
		_, err := readConfig([]string{"DIGIWIJZER_LISTEN=" + listen, "DIGIWIJZER_PUBLIC_URL=" + url, "DIGIWIJZER_WEBHOOK_URL=" + url,
			"DIGIWIJZER_COORDINATORS=" + ids, "DIGIWIJZER_SEND_RATE=" + rate, "DIGIWIJZER_NOW=" + now})
		if err != nil {
			require.Contains(t, err.Error(), "DIGIWIJZER_")
		}
	})
}

// FuzzOverlay: whatever file lies in an overlay, the content is that of the overlay where
// there is a file of the same path and the program's own elsewhere, and a file that
// nothing would read is refused by its name.
func FuzzOverlay(f *testing.F) {
	base := fstest.MapFS{"flows/questions.toml": {Data: []byte("own")}, "bot/share/partners.toml": {Data: []byte("own")}}
	for _, seed := range []string{"flows/questions.toml", "bot/share/partners.toml", "bot/share/partner.toml", "locales/x.toml", "README.md", ".git/config", "flows",
		"referral/catalogue/../rules.toml", "a\nb.toml", "locales/[.toml", "/etc/passwd"} {
		f.Add(seed, "theirs")
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		if !fs.ValidPath(name) || name == "." || base[path.Dir(name)] != nil || strings.HasPrefix("flows/questions.toml", name+"/") || strings.HasPrefix("bot/share/partners.toml", name+"/") {
			return // no file of a folder can have that name
		}
		top := fstest.MapFS{name: {Data: []byte(text)}}
		both := layered{top, base}
		got, err := fs.ReadFile(both, name)
		require.NoError(t, err)
		require.Equal(t, text, string(got))
		for own := range base {
			if own != name {
				got, err := fs.ReadFile(both, own)
				require.NoError(t, err)
				require.Equal(t, "own", string(got))
			}
		}
		entries, err := both.ReadDir(path.Dir(name))
		require.NoError(t, err)
		require.True(t, slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == path.Base(name) }))
		sums, err := fingerprints(top, ".")
		require.NoError(t, err)
		require.LessOrEqual(t, len(sums), 1)
		for fingerprinted := range sums {
			require.True(t, isContent(fingerprinted) && fingerprinted == name)
		}
	})
}
