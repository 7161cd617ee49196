package sqlite

import (
	"database/sql"

	"digiwijzer/store/engine"
)

// Fence implements engine.Stats: there is a single process.
func (t *tx) Fence(int64) error { return nil }

func (t *tx) AddBatch(b engine.Batch) error {
	return t.exec("adding a batch",
		"INSERT INTO batch (id, quarter, n, stripped) VALUES (?, ?, ?, ?)", b.ID[:], b.Quarter, b.N, b.Stripped)
}

func (t *tx) AddAnswerBatch(b engine.Batch) error {
	return t.exec("adding a batch of answers",
		"INSERT INTO followup_batch (id, n, stripped) VALUES (?, ?, ?)", b.ID[:], b.N, b.Stripped)
}

func (t *tx) AddTransitionBatch(b engine.Batch) error {
	return t.exec("adding a batch of transitions",
		"INSERT INTO transition_batch (id, n, stripped) VALUES (?, ?, ?)", b.ID[:], b.N, b.Stripped)
}

func (t *tx) AddTransitions(transitions []engine.Transition) error {
	for _, r := range transitions {
		err := t.exec("adding a transition",
			"INSERT INTO transition (id, rkey, quarter, quadrant_then, quadrant_now, topics_up, topics_down) VALUES (?, ?, ?, ?, ?, ?, ?)",
			r.ID[:], r.Key, r.Quarter, r.Then, r.Now, r.Up, r.Down)
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) Transitions(quarter string) ([]engine.Transition, error) {
	return list(t, "reading transitions",
		"SELECT id, rkey, quarter, quadrant_then, quadrant_now, topics_up, topics_down FROM transition WHERE quarter = ? ORDER BY id", []any{quarter},
		func(row *sql.Rows, r *engine.Transition) error {
			return row.Scan(key{&r.ID}, &r.Key, &r.Quarter, &r.Then, &r.Now, &r.Up, &r.Down)
		})
}

func (t *tx) HasBatch(kind engine.Kind, id engine.Hash) (bool, error) {
	query, n := "SELECT 1 FROM batch WHERE id = ?", 0
	switch kind {
	case engine.Answers:
		query = "SELECT 1 FROM followup_batch WHERE id = ?"
	case engine.Transitions:
		query = "SELECT 1 FROM transition_batch WHERE id = ?"
	}
	return t.find("reading batches", query, []any{id[:]}, &n)
}

func (t *tx) Batches() (n int, err error) {
	_, err = t.find("counting batches", "SELECT (SELECT count(*) FROM batch) + (SELECT count(*) FROM followup_batch) + (SELECT count(*) FROM transition_batch)", nil, &n)
	return n, err
}

func (t *tx) AddCounts(counts []engine.Count) error {
	for _, c := range counts {
		err := t.exec("counting",
			`INSERT INTO counter (week, kind, key, n, k) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (week, kind, key) DO UPDATE SET n = n + excluded.n, k = k + excluded.k`, c.Week, c.Kind, c.Key, c.N, c.K)
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) AddOutcomes(outcomes []engine.Outcome) error {
	editions := map[[2]string]bool{}
	for _, o := range outcomes {
		if err := t.addOutcome(o); err != nil {
			return err
		}
		editions[[2]string{o.Quarter, o.Content}] = true
	}
	for e := range editions {
		err := t.exec("noting an edition", "INSERT INTO edition (quarter, content) VALUES (?, ?) ON CONFLICT DO NOTHING", e[0], e[1])
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) addOutcome(o engine.Outcome) error {
	err := t.exec("adding an outcome",
		`INSERT INTO outcome (id, quarter, sector, region, size, self_image, readiness_band, impact_band, dii_basis,
			quadrant, border, extra, indicative, cyber, phase, obstacle, help_wanted, satisfaction, partner, channel,
			lang, duration, question_set, scoring, rkey)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		o.ID[:], o.Quarter, o.Sector, o.Region, o.Size, o.SelfImage, o.ReadinessBand, o.ImpactBand, o.DIIBasis,
		o.Quadrant, o.Border, o.Extra, o.Indicative, o.Cyber, o.Phase, o.Obstacle, o.HelpWanted, o.Satisfaction,
		o.Partner, o.Channel, o.Lang, o.Duration, o.QuestionSet, o.Scoring, o.Key)
	if err != nil {
		return err
	}
	for _, initiative := range o.Referrals {
		err := t.exec("adding a referral",
			"INSERT INTO outcome_referral (outcome, initiative) VALUES (?, ?) ON CONFLICT DO NOTHING", o.ID[:], initiative)
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) AddResults(results []engine.FollowUpResult) error {
	for _, r := range results {
		err := t.exec("adding an answer",
			"INSERT INTO followup_result (id, quarter, initiative, result, reason, rkey) VALUES (?, ?, ?, ?, ?, ?)",
			r.ID[:], r.Quarter, r.Initiative, r.Result, r.Reason, r.Key)
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) Counts(from, to string) ([]engine.Count, error) {
	return list(t, "reading the counts",
		"SELECT week, kind, key, n, coalesce(k, 0), k IS NULL FROM counter WHERE week BETWEEN ? AND ? ORDER BY week, kind, key", []any{from, to},
		func(row *sql.Rows, c *engine.Count) error {
			return row.Scan(&c.Week, &c.Kind, &c.Key, &c.N, &c.K, &c.Keyless)
		})
}

func (t *tx) Tally(quarter string) ([]engine.Tally, error) {
	return list(t, "reading the tally",
		"SELECT dimension_a, value_a, dimension_b, value_b, n, k FROM tally WHERE quarter = ?", []any{quarter},
		func(row *sql.Rows, c *engine.Tally) error {
			return row.Scan(&c.A, &c.ValueA, &c.B, &c.ValueB, &c.N, &c.K)
		})
}

func (t *tx) AddRelease(r engine.Release) (kept engine.Release, err error) {
	err = t.exec("adding a release",
		"INSERT INTO release (period, level, dimensions, week, hash, content) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		r.Period, r.Level, r.Dimensions, r.Week, r.Hash[:], r.Content)
	if err != nil {
		return r, err
	}
	kept = r
	var hash []byte
	_, err = t.find("reading a release",
		"SELECT week, hash, content FROM release WHERE period = ? AND level = ? AND dimensions = ?",
		[]any{r.Period, r.Level, r.Dimensions}, &kept.Week, &hash, &kept.Content)
	kept.Hash = [32]byte{}
	copy(kept.Hash[:], hash)
	return kept, err
}

func (t *tx) Releases(period string) ([]engine.Release, error) {
	return list(t, "reading the releases",
		"SELECT period, level, dimensions, week, hash, content FROM release WHERE period = ? ORDER BY level, dimensions", []any{period},
		func(row *sql.Rows, r *engine.Release) error {
			var hash []byte
			err := row.Scan(&r.Period, &r.Level, &r.Dimensions, &r.Week, &hash, &r.Content)
			copy(r.Hash[:], hash)
			return err
		})
}

func (t *tx) Partners() ([]engine.Partner, error) {
	return list(t, "reading partners", "SELECT code, label, kind, place, lang FROM partner ORDER BY code", nil,
		func(row *sql.Rows, p *engine.Partner) error {
			return row.Scan(&p.Code, &p.Name, &p.Kind, &p.Municipality, &p.Lang)
		})
}

func (t *tx) PartnerStates() ([]engine.PartnerState, error) {
	return list(t, "reading partners", "SELECT code, paused, version, since FROM partner_state", nil,
		func(row *sql.Rows, s *engine.PartnerState) error {
			return row.Scan(&s.Code, &s.Paused, &s.Version, &s.Since)
		})
}

func (t *tx) SavePartner(p engine.Partner) error {
	return t.exec("saving a partner", `INSERT INTO partner (code, label, kind, place, lang) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (code) DO UPDATE SET label = excluded.label, kind = excluded.kind, place = excluded.place, lang = excluded.lang`,
		p.Code, p.Name, p.Kind, p.Municipality, p.Lang)
}

func (t *tx) PartnerLogos() ([]engine.PartnerLogo, error) {
	return list(t, "reading logos", "SELECT code, version FROM partner_logo ORDER BY code", nil,
		func(row *sql.Rows, l *engine.PartnerLogo) error { return row.Scan(&l.Code, &l.Version) })
}

func (t *tx) PartnerLogo(code string) ([]byte, error) {
	all, err := list(t, "reading a logo", "SELECT png FROM partner_logo WHERE code = ?", []any{code},
		func(row *sql.Rows, png *[]byte) error { return row.Scan(png) })
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

func (t *tx) SavePartnerLogo(l engine.PartnerLogo, png []byte) error {
	return t.exec("saving a logo", `INSERT INTO partner_logo (code, version, png) VALUES (?, ?, ?)
		ON CONFLICT (code) DO UPDATE SET version = excluded.version, png = excluded.png`, l.Code, l.Version, png)
}

func (t *tx) RemovePartnerLogo(code string) error {
	return t.exec("removing a logo", "DELETE FROM partner_logo WHERE code = ?", code)
}

func (t *tx) PausePartner(code string, paused bool) error {
	return t.exec("pausing a partner", `INSERT INTO partner_state (code, paused) VALUES (?, ?)
		ON CONFLICT (code) DO UPDATE SET paused = excluded.paused`, code, paused)
}

func (t *tx) Events(from string) ([]engine.Event, error) {
	return list(t, "reading events", "SELECT code, held, expect FROM event WHERE held >= ? ORDER BY held, code", []any{from},
		func(row *sql.Rows, e *engine.Event) error { return row.Scan(&e.Code, &e.Day, &e.Expect) })
}

func (t *tx) SaveEvent(e engine.Event) error {
	if e.Expect == 0 {
		return t.exec("deleting an event", "DELETE FROM event WHERE code = ? AND held = ?", e.Code, e.Day)
	}
	return t.exec("saving an event", `INSERT INTO event (code, held, expect) VALUES (?, ?, ?)
		ON CONFLICT (code, held) DO UPDATE SET expect = excluded.expect`, e.Code, e.Day, e.Expect)
}

func (t *tx) RenewPartner(code, week string) error {
	return t.exec("renewing a partner", `INSERT INTO partner_state (code, version, since) VALUES (?, 1, ?)
		ON CONFLICT (code) DO UPDATE SET version = version + 1, since = excluded.since`, code, week)
}
