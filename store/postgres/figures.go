package postgres

import (
	"github.com/jackc/pgx/v5"

	"digiwijzer/store/engine"
)

func (t *tx) AddBatch(b engine.Batch) error {
	return t.write("adding a batch",
		"INSERT INTO figures.batch (id, quarter, n, stripped) VALUES ($1, $2, $3, $4)", b.ID[:], b.Quarter, b.N, b.Stripped)
}

func (t *tx) AddAnswerBatch(b engine.Batch) error {
	return t.write("adding a batch of answers",
		"INSERT INTO figures.followup_batch (id, n, stripped) VALUES ($1, $2, $3)", b.ID[:], b.N, b.Stripped)
}

func (t *tx) AddTransitionBatch(b engine.Batch) error {
	return t.write("adding a batch of transitions",
		"INSERT INTO figures.transition_batch (id, n, stripped) VALUES ($1, $2, $3)", b.ID[:], b.N, b.Stripped)
}

func (t *tx) AddTransitions(transitions []engine.Transition) error {
	return copyRows(t, "adding transitions", "transition", []string{"id", "rkey", "quarter", "quadrant_then", "quadrant_now", "topics_up", "topics_down"},
		transitions, func(r engine.Transition) []any {
			return []any{r.ID[:], r.Key, r.Quarter, r.Then, r.Now, r.Up, r.Down}
		})
}

// copyRows inserts rows with COPY, so that the tally adds them up once.
func copyRows[T any](t *tx, where, table string, columns []string, all []T, row func(T) []any) error {
	if len(all) == 0 {
		return t.failed
	}
	if err := t.flush(); err != nil {
		return err
	}
	_, err := t.conn.CopyFrom(background, pgx.Identifier{figuresSchema, table}, columns,
		pgx.CopyFromSlice(len(all), func(i int) ([]any, error) { return row(all[i]), nil }))
	return t.fail(where, err)
}

func (t *tx) Transitions(quarter string) ([]engine.Transition, error) {
	return ask(t, "reading transitions",
		"SELECT id, rkey, quarter, quadrant_then, quadrant_now, topics_up, topics_down FROM figures.transition WHERE quarter = $1 ORDER BY id", []any{quarter},
		func(row pgx.Rows, r *engine.Transition) error {
			return row.Scan(key{&r.ID}, &r.Key, &r.Quarter, &r.Then, &r.Now, &r.Up, &r.Down)
		})
}

func (t *tx) HasBatch(kind engine.Kind, id engine.Hash) (bool, error) {
	query, n := "SELECT 1 FROM figures.batch WHERE id = $1", 0
	switch kind {
	case engine.Answers:
		query = "SELECT 1 FROM figures.followup_batch WHERE id = $1"
	case engine.Transitions:
		query = "SELECT 1 FROM figures.transition_batch WHERE id = $1"
	}
	return t.find("reading batches", query, []any{id[:]}, &n)
}

func (t *tx) Batches() (n int, err error) {
	_, err = t.find("counting batches", `SELECT (SELECT count(*) FROM figures.batch) + (SELECT count(*) FROM figures.followup_batch)
		+ (SELECT count(*) FROM figures.transition_batch)`, nil, &n)
	return n, err
}

func (t *tx) AddCounts(counts []engine.Count) error {
	var weeks, kinds, keys []string
	var ns, ks []int64
	for _, c := range counts {
		weeks, kinds, keys = append(weeks, c.Week), append(kinds, c.Kind), append(keys, c.Key)
		ns, ks = append(ns, int64(c.N)), append(ks, c.K)
	}
	if len(counts) == 0 {
		return t.failed
	}
	return t.write("counting", `INSERT INTO figures.counter AS c (week, kind, key, n, k)
		SELECT week, kind, key, sum(n), sum(k) FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) r (week, kind, key, n, k) GROUP BY 1, 2, 3
		ON CONFLICT (week, kind, key) DO UPDATE SET n = c.n + excluded.n, k = c.k + excluded.k`, weeks, kinds, keys, ns, ks)
}

var outcomeColumns = []string{
	"id", "rkey", "quarter", "sector", "region", "size", "self_image", "readiness_band", "impact_band", "dii_basis", "quadrant",
	"border", "extra", "indicative", "cyber", "phase", "obstacle", "help_wanted", "satisfaction", "partner", "channel", "lang", "question_set", "scoring", "duration",
}

func (t *tx) AddOutcomes(outcomes []engine.Outcome) error {
	err := copyRows(t, "adding outcomes", "outcome", outcomeColumns, outcomes, func(o engine.Outcome) []any {
		return []any{
			o.ID[:], o.Key, o.Quarter, o.Sector, o.Region, o.Size, o.SelfImage, o.ReadinessBand, o.ImpactBand, o.DIIBasis, o.Quadrant,
			o.Border, o.Extra, o.Indicative, o.Cyber, o.Phase, o.Obstacle, o.HelpWanted, o.Satisfaction, o.Partner, o.Channel, o.Lang, o.QuestionSet, o.Scoring, o.Duration,
		}
	})
	if err != nil {
		return err
	}
	type referral struct {
		of         engine.Hash
		initiative string
	}
	var referrals []referral
	editions := map[[2]string]bool{}
	for _, o := range outcomes {
		named := map[string]bool{}
		for _, initiative := range o.Referrals {
			if !named[initiative] {
				named[initiative] = true
				referrals = append(referrals, referral{o.ID, initiative})
			}
		}
		editions[[2]string{o.Quarter, o.Content}] = true
	}
	err = copyRows(t, "adding referrals", "outcome_referral", []string{"outcome", "initiative"}, referrals,
		func(r referral) []any { return []any{r.of[:], r.initiative} })
	if err != nil {
		return err
	}
	for e := range editions {
		if err := t.write("noting an edition", "INSERT INTO figures.edition (quarter, content) VALUES ($1, $2) ON CONFLICT DO NOTHING", e[0], e[1]); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) AddResults(results []engine.FollowUpResult) error {
	return copyRows(t, "adding answers", "followup_result", []string{"id", "rkey", "quarter", "initiative", "result", "reason"},
		results, func(r engine.FollowUpResult) []any {
			return []any{r.ID[:], r.Key, r.Quarter, r.Initiative, r.Result, r.Reason}
		})
}

func (t *tx) Counts(from, to string) ([]engine.Count, error) {
	return ask(t, "reading the counts",
		"SELECT week, kind, key, n, coalesce(k, 0), k IS NULL FROM figures.counter WHERE week BETWEEN $1 AND $2 ORDER BY week, kind, key", []any{from, to},
		func(row pgx.Rows, c *engine.Count) error {
			return row.Scan(&c.Week, &c.Kind, &c.Key, &c.N, &c.K, &c.Keyless)
		})
}

func (t *tx) Tally(quarter string) ([]engine.Tally, error) {
	return ask(t, "reading the tally",
		`SELECT dimension_a, value_a, dimension_b, value_b, n, k FROM figures.tally WHERE quarter = $1
		ORDER BY dimension_a, dimension_b, value_a, value_b`, []any{quarter},
		func(row pgx.Rows, c *engine.Tally) error {
			return row.Scan(&c.A, &c.ValueA, &c.B, &c.ValueB, &c.N, &c.K)
		})
}

func (t *tx) AddRelease(r engine.Release) (kept engine.Release, err error) {
	err = t.write("adding a release",
		"INSERT INTO figures.release (period, level, dimensions, week, hash, content) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
		r.Period, r.Level, r.Dimensions, r.Week, r.Hash[:], r.Content)
	if err != nil {
		return r, err
	}
	kept = r
	var hash []byte
	_, err = t.find("reading a release",
		"SELECT week, hash, content FROM figures.release WHERE period = $1 AND level = $2 AND dimensions = $3",
		[]any{r.Period, r.Level, r.Dimensions}, &kept.Week, &hash, &kept.Content)
	kept.Hash = [32]byte{}
	copy(kept.Hash[:], hash)
	return kept, err
}

func (t *tx) Releases(period string) ([]engine.Release, error) {
	return ask(t, "reading the releases",
		"SELECT period, level, dimensions, week, hash, content FROM figures.release WHERE period = $1 ORDER BY level, dimensions", []any{period},
		func(row pgx.Rows, r *engine.Release) error {
			var hash []byte
			err := row.Scan(&r.Period, &r.Level, &r.Dimensions, &r.Week, &hash, &r.Content)
			copy(r.Hash[:], hash)
			return err
		})
}
