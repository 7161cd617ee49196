package postgres

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFindings(t *testing.T) {
	safe := map[string]string{
		"log_statement": "none", "log_min_duration_statement": "-1", "log_min_duration_sample": "-1", "log_transaction_sample_rate": "0",
		"log_parameter_max_length": "-1", "log_parameter_max_length_on_error": "0", "log_error_verbosity": "terse",
		"synchronous_commit": "on", "fsync": "on", "full_page_writes": "on", "archive_mode": "off", "wal_keep_size": "0", "wal_recycle": "off", "checkpoint_timeout": "120",
	}
	assert.Empty(t, findings(safe, true))
	for _, c := range []struct {
		setting, value string
		names          string // of the finding; empty: the same
		refuse         bool
	}{
		{"log_statement", "all", "log_parameter_max_length", true},
		{"log_statement", "mod", "log_parameter_max_length", true},
		{"log_min_duration_statement", "250", "log_parameter_max_length", true},
		{"log_min_duration_sample", "0", "log_parameter_max_length", true},
		{"log_transaction_sample_rate", "0.1", "log_parameter_max_length", true},
		{"log_parameter_max_length_on_error", "-1", "", true},
		{"auto_explain.log_min_duration", "100", "auto_explain.log_parameter_max_length", true},
		{"synchronous_commit", "off", "", true},
		{"log_error_verbosity", "default", "", false},
		{"archive_mode", "on", "", false},
		{"wal_keep_size", "64", "", false},
		{"wal_recycle", "on", "", false},
		{"checkpoint_timeout", "300", "", false},
		{"fsync", "off", "", false},
	} {
		values := map[string]string{c.setting: c.value}
		for name, value := range safe {
			if name != c.setting {
				values[name] = value
			}
		}
		found := findings(values, true)
		if assert.Len(t, found, 1, c.setting) {
			want := c.names
			if want == "" {
				want = c.setting
			}
			assert.Equal(t, want, found[0].Setting)
			assert.Equal(t, c.refuse, found[0].Refuse, c.setting)
		}
		values["log_parameter_max_length"] = "0" // statements alone hold nothing
		if c.names == "log_parameter_max_length" {
			assert.Empty(t, findings(values, true), c.setting)
		}
	}
	assert.Empty(t, findings(map[string]string{"log_statement": "all", "log_parameter_max_length": "-1", "fsync": "on"}, false), "figures name nobody")
}
