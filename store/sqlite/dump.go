package sqlite

import (
	"context"
	"fmt"

	"digiwijzer/store/engine"
)

// dumped lists the tables in the order in which they can be inserted, with their columns as other
// engines have them.
var dumped = map[string][]engine.Columns{
	StateFile: {
		{Table: "meta", Columns: []string{"name", "value"}},
		{Table: "seen", Columns: []string{"mark", "day"}},
		{Table: "parked", Columns: []string{"mark", "class", "day"}},
		{Table: "session", Columns: []string{"cid", "hour", "browser", "body"}},
		{Table: "staged", Columns: []string{"sid", "cid", "frozen", "batch", "body"}},
		{Table: "counted", Columns: []string{"cid", "period"}},
		{Table: "tick", Columns: []string{"id", "batch", "body"}},
		{Table: "answer", Columns: []string{"id", "batch", "body"}},
		{Table: "transition", Columns: []string{"id", "cid", "batch", "body"}},
		{Table: "followup", Columns: []string{"cid", "day", "tries", "body"}},
		{Table: "subscriber", Columns: []string{"cid", "body"}},
		{Table: "outbox", Columns: []string{"id", "cid", "slot", "edit", "created", "tries", "due", "body"}},
	},
	StatsFile: {
		{Table: "batch", Columns: []string{"id", "quarter", "n", "stripped"}},
		{Table: "followup_batch", Columns: []string{"id", "n", "stripped"}},
		{Table: "transition_batch", Columns: []string{"id", "n", "stripped"}},
		{Table: "counter", Columns: []string{"week", "kind", "key", "n", "k"}},
		{Table: "outcome", Columns: []string{
			"id", "rkey", "quarter", "sector", "region", "size", "self_image", "readiness_band", "impact_band", "dii_basis", "quadrant", "border", "extra",
			"indicative", "cyber", "phase", "obstacle", "help_wanted", "satisfaction", "partner", "channel", "lang", "question_set", "scoring", "duration",
		}},
		{Table: "outcome_referral", Columns: []string{"outcome", "initiative"}},
		{Table: "edition", Columns: []string{"quarter", "content"}},
		{Table: "followup_result", Columns: []string{"id", "rkey", "quarter", "initiative", "result", "reason"}},
		{Table: "transition", Columns: []string{"id", "rkey", "quarter", "quadrant_then", "quadrant_now", "topics_up", "topics_down"}},
		{Table: "tally", Columns: []string{"quarter", "dimension_a", "dimension_b", "value_a", "value_b", "n", "k"}},
		{Table: "release", Columns: []string{"period", "level", "dimensions", "week", "hash", "content"}},
		{Table: "partner", Columns: []string{"code", "label", "kind", "place", "lang"}},
		{Table: "partner_state", Columns: []string{"code", "paused", "version", "since"}},
		{Table: "partner_logo", Columns: []string{"code", "version", "png"}},
		{Table: "event", Columns: []string{"code", "held", "expect"}},
		{Table: "year_form", Columns: []string{"year", "initiative", "helped", "from_us", "not_from_us", "waited", "remarks"}},
		{Table: "year_form_address", Columns: []string{"year", "initiative", "version"}},
	},
}

// DumpState reads every table of the state, row by row.
func (db *DB) DumpState(ctx context.Context, table func(engine.Columns, engine.Dumped) error) error {
	return db.state.dump(ctx, table)
}

// DumpFigures reads every table of the statistics.
func (db *DB) DumpFigures(ctx context.Context, table func(engine.Columns, engine.Dumped) error) error {
	return db.stats.dump(ctx, table)
}

func (f *file) dump(ctx context.Context, table func(engine.Columns, engine.Dumped) error) error {
	return f.view(ctx, func(t *tx) error {
		for _, of := range dumped[f.name] {
			if err := table(of, func(row func([]any) error) error { return t.dump(of, row) }); err != nil {
				return err
			}
		}
		return nil
	})
}

// dump reads a table.
func (t *tx) dump(of engine.Columns, row func([]any) error) error {
	names := ""
	for i, column := range of.Columns {
		if i > 0 {
			names += ", "
		}
		names += column
	}
	rows, err := t.conn.QueryContext(background, "SELECT "+names+" FROM "+of.Table)
	if err != nil {
		return t.fail("reading "+of.Table, err)
	}
	defer rows.Close()
	for rows.Next() {
		values, into := make([]any, len(of.Columns)), make([]any, len(of.Columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return t.fail("reading "+of.Table, err)
		}
		if err := row(values); err != nil {
			return fmt.Errorf("%s: %w", of.Table, err)
		}
	}
	return t.fail("reading "+of.Table, rows.Err())
}
