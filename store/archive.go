package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"digiwijzer/store/engine"
	"digiwijzer/store/figures"
	"digiwijzer/store/internal/durable"
	"digiwijzer/store/sqlite"
)

// WaitingSuffix ends the name of the file with outcomes waiting to be handed over, which is
// written next to the backup of the figures.
const WaitingSuffix = ".waiting"

// StaffSuffix ends the name of the file with staff accounts, drafts, editions and the audit
// trail, which is written next to the backup of the figures.
const StaffSuffix = ".staff"

// KeepWaitingDays is how long a file with waiting outcomes may be kept, in days: a conversation
// that is erased here remains in it.
const KeepWaitingDays = 7

// Backed is what a backup holds and lacks.
type Backed struct {
	Finished int  // conversations that were finished up to now
	Missing  int  // of these, neither in the figures nor carried
	Carried  int  // of these, in the file with waiting outcomes
	Staff    bool // there is a file with the staff
}

// Restored is what Restore did.
type Restored struct {
	sqlite.Restored
	Carried   int    // finished conversations restored from the file with waiting outcomes
	Staff     bool   // the staff were restored too
	KeptStaff string // the file with the staff that was replaced; empty: there was none
}

// The reasons why Backup and Restore refuse waiting outcomes.
var (
	ErrNoKey     = errors.New("without the key file, waiting rows can be neither copied nor restored")
	ErrOtherCopy = errors.New("the file with waiting rows does not belong to this backup or this key, or is damaged")
)

// errMoved reports a hand-over between reading what waits and copying the figures.
var errMoved = &Error{Where: "backup", Condition: Busy, Err: errors.New("a hand-over came in between")}

// Backup writes a copy of the figures in dir to the file dst, while another process may be
// writing; see sqlite.Backup. With a key it also writes what waits to be handed over to a
// second file, encrypted, without the chats, sessions and messages; without one (nil), a
// file of that name that belonged to an earlier backup is deleted.
//
// The staff are copied to a third file, without their open sessions and invitations.
func Backup(ctx context.Context, dir, dst string, key *Key) (b Backed, err error) {
	if err := sqlite.BackupStaff(ctx, dir, dst+StaffSuffix); err != nil {
		return b, err
	}
	_, err = os.Lstat(dst + StaffSuffix)
	staff := err == nil
	b, err = backupFigures(ctx, dir, dst, key)
	b.Staff = staff
	return b, err
}

func backupFigures(ctx context.Context, dir, dst string, key *Key) (b Backed, err error) {
	rows, err := sqlite.OpenReader(ctx, dir, true)
	if err != nil {
		return b, err
	}
	defer rows.Close()
	if key != nil {
		if err := verifyKey(ctx, rows, newEnvelope(key)); err != nil {
			return b, inFolder(dir, err)
		}
	}
	for range maxRetries {
		b, err = backup(ctx, rows, dir, dst, key)
		if !errors.Is(err, errMoved) {
			return b, err
		}
	}
	return b, err
}

func backup(ctx context.Context, rows engine.Rows, dir, dst string, key *Key) (b Backed, err error) {
	before, err := batchesIn(ctx, rows)
	if err != nil {
		return b, err
	}
	w, err := rawWaiting(ctx, rows)
	if err != nil {
		return b, err
	}
	var archive []byte
	err = sqlite.Backup(ctx, dir, dst, func(path string, copied engine.Rows) error {
		after, err := batchesIn(ctx, copied)
		if err == nil && after != before {
			err = errMoved
		}
		if err == nil {
			err = w.removeEntered(ctx, copied)
		}
		if err == nil {
			b, err = w.count(ctx, copied)
		}
		if err != nil || key == nil {
			return err
		}
		content := w.carried(newEnvelope(key))
		b.Carried = len(content.Outcomes)
		b.Missing -= b.Carried
		archive, err = content.seal(newEnvelope(key), path)
		return err
	})
	if err != nil {
		return b, err
	}
	if key == nil {
		return b, durable.Remove(filepath.Dir(dst), filepath.Base(dst)+WaitingSuffix)
	}
	return b, durable.WriteFile(dst+WaitingSuffix, archive)
}

// batchesIn returns how many batches were entered, which changes with every hand-over.
func batchesIn(ctx context.Context, rows engine.Rows) (n int, err error) {
	err = rows.ViewStats(ctx, func(stats engine.Stats) (err error) {
		n, err = stats.Batches()
		return err
	})
	return n, err
}

// raw holds rows waiting to be handed over, by kind, still encrypted.
type raw map[engine.Kind][]engine.Waiting

var kinds = []engine.Kind{engine.Outcomes, engine.Ticks, engine.Answers, engine.Transitions}

// rawWaiting reads the waiting rows in one snapshot; none if there is no state.
func rawWaiting(ctx context.Context, rows engine.Rows) (raw, error) {
	all := raw{}
	err := rows.View(ctx, func(rows engine.State) (err error) {
		for _, kind := range kinds {
			if all[kind], err = rows.Waiting(kind); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return raw{}, nil
	}
	return all, err
}

// removeEntered leaves out rows whose batch is in the figures already.
func (w raw) removeEntered(ctx context.Context, figures engine.Rows) error {
	return figures.ViewStats(ctx, func(stats engine.Stats) (err error) {
		entered := map[engine.Hash]bool{{}: false}
		for _, kind := range kinds {
			w[kind] = slices.DeleteFunc(w[kind], func(row engine.Waiting) bool {
				if _, known := entered[row.Batch]; !known && err == nil {
					entered[row.Batch], err = stats.HasBatch(kind, row.Batch)
				}
				return entered[row.Batch]
			})
		}
		return err
	})
}

// count returns how many conversations are in the figures and how many wait.
func (w raw) count(ctx context.Context, copied engine.Rows) (b Backed, err error) {
	b.Missing = len(w[engine.Outcomes])
	b.Finished = b.Missing
	err = copied.ViewStats(ctx, func(stats engine.Stats) error {
		counts, err := stats.Counts("", lastWeek)
		for _, c := range counts {
			if k := figures.Kind(c.Kind); k == figures.Completed || k == figures.Repeat {
				b.Finished += c.N
			}
		}
		return err
	})
	return b, err
}

// lastWeek is later than any ISO week.
const lastWeek = "9999-W53"

// carried is the content of the file with waiting outcomes. It holds no chats or hashes of them.
type carried struct {
	Outcomes []carriedRow[storedOutcome]    `json:"outcomes"`
	Ticks    []carriedRow[storedTick]       `json:"ticks"`
	Answers  []carriedRow[storedAnswer]     `json:"answers"`
	Moves    []carriedRow[storedTransition] `json:"transitions,omitempty"`
}

// carriedRow is a row with its random key, so that an existing one is not added again.
type carriedRow[T any] struct {
	ID    engine.Hash `json:"id"`
	Value T           `json:"value"`
}

// carried decrypts the waiting rows.
func (w raw) carried(e *envelope) carried {
	return carried{
		Outcomes: readable[storedOutcome](e, engine.Outcomes, w),
		Ticks:    readable[storedTick](e, engine.Ticks, w),
		Answers:  readable[storedAnswer](e, engine.Answers, w),
		Moves:    readable[storedTransition](e, engine.Transitions, w),
	}
}

// seal encrypts it for the backup of the figures at path.
func (c carried) seal(e *envelope, path string) ([]byte, error) {
	sum, err := sumOf(path)
	if err != nil {
		return nil, err
	}
	content, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	return e.sealArchive(sum, content), nil
}

// readable decrypts rows of a kind; damaged ones are left out, as in a hand-over.
func readable[T any](e *envelope, kind engine.Kind, w raw) []carriedRow[T] {
	all, _, _ := openWaiting[T](e, kind, w[kind]) // no error: e is not shared
	rows := make([]carriedRow[T], len(all))
	for i, row := range all {
		rows[i] = carriedRow[T]{row.id, row.value}
	}
	return rows
}

// sumOf returns the SHA-256 of a backup, to which its file with waiting outcomes is bound:
// next to another backup, conversations would count twice.
func sumOf(path string) (sum [sha256.Size]byte, err error) {
	file, err := durable.OpenRegular(path, sqlite.MaxBackup)
	if err != nil {
		return sum, err
	}
	defer file.Close()
	h := sha256.New()
	_, err = io.Copy(h, file)
	return [sha256.Size]byte(h.Sum(nil)), err
}

// Restore replaces the figures in dir by the backup src, and adds the waiting outcomes from the
// file next to it; see sqlite.Restore. If there is such a file, the key with which it was made
// is needed (ErrNoKey); to restore without it, move it away.
//
// If the staff are next to it, they are restored too, and everybody has to sign in again.
func Restore(ctx context.Context, dir, src string, key *Key) (r Restored, err error) {
	_, err = os.Lstat(src + StaffSuffix)
	staff := err == nil
	if staff { // before anything is replaced
		if err := sqlite.CheckStaff(ctx, src+StaffSuffix); err != nil {
			return r, err
		}
	}
	if r, err = restoreFigures(ctx, dir, src, key); err != nil || !staff {
		return r, err
	}
	r.Staff = true
	r.KeptStaff, err = sqlite.RestoreStaff(ctx, dir, src+StaffSuffix)
	return r, err
}

func restoreFigures(ctx context.Context, dir, src string, key *Key) (r Restored, err error) {
	carried, err := os.Lstat(src + WaitingSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		r.Restored, err = sqlite.Restore(ctx, dir, src, nil)
		return r, err
	}
	if err == nil && key == nil {
		err = fmt.Errorf("%s: %w", carried.Name(), ErrNoKey)
	}
	if err != nil {
		return r, err
	}
	e := newEnvelope(key)
	content, err := openCarried(e, src)
	if err != nil {
		return r, fmt.Errorf("%s: %w", carried.Name(), err)
	}
	r.Restored, err = sqlite.Restore(ctx, dir, src, func(state engine.Rows, install func() error) error {
		if err := claimKey(ctx, state, e); err != nil {
			return inFolder(dir, err)
		}
		if err := install(); err != nil {
			return err
		}
		return state.Update(ctx, engine.Touch{}, func(rows engine.State) (err error) {
			r.Carried, err = content.add(e, rows)
			return err
		})
	})
	return r, err
}

// maxCarried limits the file with waiting outcomes, in bytes: some hundred times a busy month.
const maxCarried = 256 << 20

func openCarried(e *envelope, src string) (c carried, err error) {
	file, err := durable.OpenRegular(src+WaitingSuffix, maxCarried)
	if err != nil {
		return c, err
	}
	defer file.Close()
	sealed, err := io.ReadAll(io.LimitReader(file, maxCarried))
	if err != nil {
		return c, err
	}
	sum, err := sumOf(src)
	if err != nil {
		return c, err
	}
	content, err := e.openArchive(sum, sealed)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(content, &c); err != nil {
		return c, ErrOtherCopy
	}
	return c, nil
}

// add adds the missing rows. Their outcomes are frozen and belong to no chat: nobody can
// change or find them any more. It returns how many conversations were added.
func (c carried) add(e *envelope, rows engine.State) (added int, err error) {
	outcomes, err := missing(rows, engine.Outcomes, c.Outcomes)
	if err != nil {
		return 0, err
	}
	for _, o := range outcomes {
		nobody := random()
		body, err := e.seal(tableStaged, nobody, padStaged, o.Value)
		if err != nil {
			return 0, err
		}
		if err := rows.SaveOutcome(o.ID, nobody, body); err != nil {
			return 0, err
		}
		if err := rows.FreezeOutcome(nobody); err != nil {
			return 0, err
		}
	}
	if err := addWaiting(e, rows, engine.Ticks, c.Ticks); err != nil {
		return 0, err
	}
	if err := addWaiting(e, rows, engine.Answers, c.Answers); err != nil {
		return 0, err
	}
	moves, err := missing(rows, engine.Transitions, c.Moves)
	if err != nil {
		return 0, err
	}
	for _, m := range moves { // they belong to no chat, like the outcomes
		body, err := e.seal(tableTransition, m.ID, padSmall, m.Value)
		if err != nil {
			return 0, err
		}
		if err := rows.AddTransition(m.ID, random(), body); err != nil {
			return 0, err
		}
	}
	return len(outcomes), nil
}

func addWaiting[T any](e *envelope, rows engine.State, kind engine.Kind, carried []carriedRow[T]) error {
	wanted, err := missing(rows, kind, carried)
	if err != nil {
		return err
	}
	for _, row := range wanted {
		body, err := e.seal(string(kind), row.ID, padSmall, row.Value)
		if err != nil {
			return err
		}
		if err := rows.AddWaiting(kind, row.ID, body); err != nil {
			return err
		}
	}
	return nil
}

// missing returns the rows that are not waiting already.
func missing[T any](rows engine.State, kind engine.Kind, carried []carriedRow[T]) ([]carriedRow[T], error) {
	there, err := rows.Waiting(kind)
	known := map[engine.Hash]bool{}
	for _, row := range there {
		known[row.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(carried), func(row carriedRow[T]) bool { return known[row.ID] }), err
}
