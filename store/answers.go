package store

import (
	"context"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"

	"digiwijzer/referral"
)

// waitingAnswer is an answer to a follow-up that waits to be handed over, decrypted.
type waitingAnswer struct {
	id mark
	storedAnswer
}

// handOverAnswers carries the answers to follow-ups into the figures, at least five of
// one quarter at a time. What has waited for 28 days goes without its reason, which
// alone could say something of a business. What cannot be read is dropped; the error is
// also about what could not be.
func (s *Store) handOverAnswers(ctx context.Context, today referral.Date) error {
	if err := s.resumeAnswers(ctx); err != nil {
		return err
	}
	answers, damaged, err := answersIn(ctx, s.state.conn, s.vault)
	if err != nil {
		return err
	}
	kept := s.dropUnreadable(ctx, tableAnswer, damaged, len(answers))
	return errors.Join(s.carryAllAnswers(ctx, answers, today), kept)
}

// carryAllAnswers carries those that may go today.
func (s *Store) carryAllAnswers(ctx context.Context, answers []waitingAnswer, today referral.Date) error {
	quarters := map[string][]waitingAnswer{}
	for _, a := range answers {
		quarters[a.Quarter] = append(quarters[a.Quarter], a)
	}
	var old []waitingAnswer
	for _, waiting := range quarters {
		if len(waiting) >= atLeast {
			if err := s.carryAnswers(ctx, waiting, false); err != nil {
				return err
			}
			continue
		}
		for _, a := range waiting {
			if a.Day <= today.AddDays(-waitDays) {
				a.Reason = ""
				old = append(old, a)
			}
		}
	}
	if len(old) == 0 {
		return nil
	}
	return s.carryAnswers(ctx, old, true)
}

// carryAnswers takes a batch over in three steps, as carry does.
func (s *Store) carryAnswers(ctx context.Context, answers []waitingAnswer, stripped bool) error {
	id, t := random(), s.tx(ctx)
	err := s.state.within(ctx, func() error {
		for _, a := range answers {
			if err := t.exec("stamping", "UPDATE answer SET batch = ? WHERE id = ?", id[:], a.id[:]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.reach("answers: stamped")
	if err := s.stats.within(ctx, func() error { return s.enterAnswers(ctx, id, answers, stripped) }); err != nil {
		return err
	}
	s.reach("answers: entered")
	return s.clearAnswers(ctx, id)
}

// enterAnswers writes a batch in random order under new random keys.
func (s *Store) enterAnswers(ctx context.Context, batch mark, answers []waitingAnswer, stripped bool) error {
	_, err := s.stats.conn.ExecContext(ctx, "INSERT INTO followup_batch (id, n, stripped) VALUES (?, ?, ?)",
		batch[:], len(answers), stripped)
	if err != nil {
		return trouble("entering answers", err)
	}
	var seed [32]byte
	_, _ = rand.Read(seed[:]) // never fails
	for _, i := range mathrand.New(mathrand.NewChaCha8(seed)).Perm(len(answers)) {
		a, id := answers[i], random()
		_, err := s.stats.conn.ExecContext(ctx,
			"INSERT INTO followup_result (id, quarter, initiative, result, reason) VALUES (?, ?, ?, ?, ?)",
			id[:], a.Quarter, a.Initiative, a.Result, a.Reason)
		if err != nil {
			return trouble("entering an answer", err)
		}
	}
	return nil
}

func (s *Store) clearAnswers(ctx context.Context, batch mark) error {
	t := s.tx(ctx)
	err := s.state.within(ctx, func() error {
		return t.exec("clearing answers", "DELETE FROM answer WHERE batch = ?", batch[:])
	})
	if err == nil {
		s.reach("answers: cleared")
	}
	return err
}

// resumeAnswers finishes what was interrupted: a batch that reached the figures is
// cleared, one that did not loses its stamp.
func (s *Store) resumeAnswers(ctx context.Context) error {
	stamped, err := marksIn(ctx, s.state.conn, "SELECT DISTINCT batch FROM answer WHERE batch IS NOT NULL")
	if err != nil {
		return err
	}
	t := s.tx(ctx)
	for _, id := range stamped {
		entered, err := marksIn(ctx, s.stats.conn, "SELECT id FROM followup_batch WHERE id = ?", id[:])
		if err != nil {
			return err
		}
		if len(entered) > 0 {
			err = s.clearAnswers(ctx, id)
		} else {
			err = s.state.within(ctx, func() error {
				return t.exec("unstamping answers", "UPDATE answer SET batch = NULL WHERE batch = ?", id[:])
			})
		}
		if err != nil {
			return err
		}
		s.reach("answers: resumed")
	}
	return nil
}

// answersIn reads the answers that wait, likewise.
func answersIn(ctx context.Context, q querier, v *vault) (all []waitingAnswer, damaged []mark, err error) {
	rows, err := q.QueryContext(ctx, "SELECT id, body FROM answer ORDER BY id")
	if err != nil {
		return nil, nil, trouble("reading the answers", err)
	}
	defer rows.Close()
	for rows.Next() {
		var w waitingAnswer
		var id, body []byte
		if err := rows.Scan(&id, &body); err != nil {
			return nil, nil, trouble("reading the answers", err)
		}
		w.id = mark(id)
		if _, err := v.open(tableAnswer, w.id, body, &w.storedAnswer); err != nil {
			damaged = append(damaged, w.id)
			continue
		}
		all = append(all, w)
	}
	return all, damaged, trouble("reading the answers", rows.Err())
}
