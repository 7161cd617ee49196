package figures

import (
	"encoding/json"

	"digiwijzer/store/figures/disclosure"
)

// Report is what was counted in a period, as far as a level may see it. Trend and Use are never
// both set: exact figures are not shown together with released ones.
type Report struct {
	Level    disclosure.Level
	Trend    *Trend          // all exact weeks; at disclosure.Accountable only
	Use      *Use            // weeks without attributes; at disclosure.Internal only
	Told     *Told           // nil unless the period is a closed span
	Pending  *NotClosedError // the period is a span that is not closed yet
	Invented bool            // figures of a demo
}

// Schema is the version of the JSON format.
const Schema = 2

// rounding describes the rounding in JSON.
type rounding struct {
	Base    int `json:"base"`
	Version int `json:"version"`
}

type reportHead struct {
	Schema   int              `json:"schema"`
	Level    disclosure.Level `json:"level"`
	Rounding rounding         `json:"rounding"`
}

type reportTail struct {
	Told     *Told           `json:"told,omitempty"`
	Pending  *NotClosedError `json:"pending,omitempty"`
	Invented bool            `json:"invented,omitempty"`
}

// MarshalJSON writes the format of docs/report-schema.json.
func (r Report) MarshalJSON() ([]byte, error) {
	head := reportHead{Schema, r.Level, rounding{disclosure.Base, disclosure.Version}}
	tail := reportTail{r.Told, r.Pending, r.Invented}
	if r.Use != nil {
		return json.Marshal(struct {
			reportHead
			*useOrNull
			reportTail
		}{head, r.Use.orNull(), tail})
	}
	return json.Marshal(struct {
		reportHead
		*Trend
		reportTail
	}{head, r.Trend, tail})
}
