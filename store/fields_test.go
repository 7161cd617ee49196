package store

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"digiwijzer/bot"
	"digiwijzer/bot/dossier/fields"
)

// jsonNames lists the fields of a type as they stand in an encrypted body, below prefix.
func jsonNames(t reflect.Type, prefix string) (names []string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return []string{prefix}
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case f.Anonymous:
			names = append(names, jsonNames(f.Type, prefix)...)
		default:
			names = append(names, jsonNames(f.Type, prefix+"."+name)...)
		}
	}
	return names
}

// TestEncryptedFieldsAreListed: the list for the privacy officer has every field that is inside
// an encrypted body, and no other.
func TestEncryptedFieldsAreListed(t *testing.T) {
	stored := map[string]any{
		tableSession: storedSession{}, tableStaged: storedOutcome{}, tableTick: storedTick{}, tableOutbox: storedMessage{}, tableFollowup: storedFollowup{},
		tableAnswer: storedAnswer{}, tableTransition: storedTransition{}, tableSubscriber: bot.Subscriber{},
	}
	for _, table := range fields.Tables() {
		var listed []string
		for _, column := range table.Columns {
			if strings.HasPrefix(column.Name, "body.") && !strings.HasPrefix(column.Name, "body.+") { // what is no JSON
				listed = append(listed, column.Name)
			}
		}
		value, ok := stored[table.Name]
		if table.File != fields.State || !ok {
			assert.Empty(t, listed, table.Name)
			continue
		}
		delete(stored, table.Name)
		names := jsonNames(reflect.TypeOf(value), "body")
		for _, name := range names {
			assert.True(t, slices.Contains(listed, name),
				"state.db stores %s.%s: add {%q, Personal or Statistic or Technical, \"what it is, in Dutch\"} to table %q in bot/dossier/fields/state.go", table.Name, name, name, table.Name)
		}
		for _, name := range listed {
			assert.Contains(t, names, name, "%s no longer holds it: remove it from bot/dossier/fields/state.go", table.Name)
		}
	}
	assert.Empty(t, stored, "tables with a body that bot/dossier/fields does not list")
}

// TestRetentionIsAsListed: the listed periods are those in the code.
func TestRetentionIsAsListed(t *testing.T) {
	assert.Equal(t, fields.SeenDays, keepSeenDays)
	assert.Equal(t, fields.ParkedDays, keepParkedDays)
	assert.Equal(t, fields.CopyDays, keepCopyDays)
	assert.Equal(t, fields.WaitingDays, KeepWaitingDays)
	assert.Equal(t, 2*bot.SendRetention, keepMessages)
	assert.Equal(t, bot.OutcomeRetentionDays, waitDays)
}
