package publishing_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows/content"
	"digiwijzer/flows/content/edit"
	"digiwijzer/flows/content/publishing"
)

// killed is the content of a process that ends before a published edition is in use.
type killed struct{ publishing.Live }

func (killed) Offer(context.Context, content.Files) error { return errKilled }

var errKilled = errors.New("killed")

// TestAKillAfterTheCommitLosesNothing ends the process between the transaction of an edition
// and its use. The next one uses it, and another process finds it by polling.
func TestAKillAfterTheCommitLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *publishing.Options) { o.Live = killed{o.Live} })
	other := w.source
	d := w.set(anna, chatFile, `"chat.begin"`, "Start de check")
	_, live, err := w.Publish(t.Context(), anna, anna.ID, d.Hash(), "Kortere knop.")
	require.NoError(t, err)
	require.ErrorIs(t, live, errKilled)
	assert.NotEqual(t, "Start de check", w.text("chat.begin"))

	w.open()
	assert.Equal(t, "Start de check", w.text("chat.begin"))
	other.Reload(t.Context())
	assert.Equal(t, "Start de check", other.Current().Texts.Text("nl", "chat.begin"))
}

// TestAFailureBeforeTheCommitPublishesNothing fails every write of publishing in turn.
func TestAFailureBeforeTheCommitPublishesNothing(t *testing.T) {
	t.Parallel()
	for failing := range 3 {
		var faulty *faultyStore
		w := newWorld(t, func(o *publishing.Options) {
			faulty = &faultyStore{Store: o.Store}
			o.Store, o.Check = faulty, passesAll
		})
		d := w.set(anna, chatFile, `"chat.begin"`, "Start de check")
		faulty.fail = failing + 1
		_, _, err := w.Publish(t.Context(), anna, anna.ID, d.Hash(), "Kortere knop.")
		require.ErrorIs(t, err, errDisk)
		w.open()
		history, err := w.History(t.Context(), 0, 0)
		require.NoError(t, err)
		assert.Empty(t, history)
		again, err := w.Draft(t.Context(), anna)
		require.NoError(t, err)
		assert.Equal(t, d.Hash(), again.Hash(), "the draft is still there")
	}
}

var errDisk = errors.New("disk full")

// faultyStore fails the write with a number: the edition, the draft or the audit trail.
type faultyStore struct {
	publishing.Store
	fail int
}

func (f *faultyStore) Update(ctx context.Context, do func(publishing.Tx) error) error {
	return f.Store.Update(ctx, func(tx publishing.Tx) error { return do(&faultyTx{tx, f}) })
}

type faultyTx struct {
	publishing.Tx
	*faultyStore
}

func (f *faultyTx) write() error {
	if f.fail--; f.fail == 0 {
		return errDisk
	}
	return nil
}

func (f *faultyTx) AddEdition(e publishing.Edition, files map[string][]byte) (int64, error) {
	if err := f.write(); err != nil {
		return 0, err
	}
	return f.Tx.AddEdition(e, files)
}

func (f *faultyTx) DeleteDraft(owner string) error {
	return errors.Join(f.Tx.DeleteDraft(owner), f.write())
}

func (f *faultyTx) Record(at time.Time, who, what, about, detail string) error {
	return errors.Join(f.Tx.Record(at, who, what, about, detail), f.write())
}

// TestTwoWhoPublishAtOnce: both drafts are published one after the other, or one is refused as outdated; no change is ever
// lost.
func TestTwoWhoPublishAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *publishing.Options) { o.Check = passesAll })
	drafts := map[publishing.Editor]publishing.Draft{
		anna: w.set(anna, chatFile, `"chat.begin"`, "Anna"), bram: w.set(bram, chatFile, `"chat.menu"`, "Bram"),
	}
	var group sync.WaitGroup
	for who, d := range drafts {
		group.Go(func() {
			_, _, err := w.Publish(context.WithoutCancel(t.Context()), who, who.ID, d.Hash(), "Tegelijk.")
			if r, ok := publishing.AsRefusal(err); ok {
				assert.Equal(t, publishing.OtherDraft, r.Kind)
				return
			}
			assert.NoError(t, err)
		})
	}
	group.Wait()
	for who := range drafts {
		if d, err := w.Draft(t.Context(), who); assert.NoError(t, err) && !d.Empty() {
			_, err := w.publish(who, who, "Nog eens.")
			require.NoError(t, err)
		}
	}
	p, _, err := publishing.Published(w.o.Store)(t.Context())
	require.NoError(t, err)
	e, err := content.LoadFiles(p.Files)
	require.NoError(t, err)
	assert.Equal(t, []string{"Anna", "Bram"}, []string{e.Texts.Text("nl", "chat.begin"), e.Texts.Text("nl", "chat.menu")})
}

// FuzzDrafts writes anything into any file of a draft. Nothing crashes, and nothing that
// cannot be loaded is published.
func FuzzDrafts(f *testing.F) {
	f.Add(chatFile, `"chat.begin"`, "Start", true)
	f.Add(questionsFile, "question[size].options[1].value", "1 2", true)
	f.Add(questionsFile, "question_set", "128", true)
	f.Add(kvkFile, "contact[web].value", "www", true)
	f.Add(partnersFile, "", "[[partner]]\ncode = \"x\"", false)
	f.Add("flows/layouts-local.toml", "", "[[layout]]\nnumber = 128", false)
	f.Add("../../etc/passwd", "", "x", false)
	f.Add("locales/chat.nl.toml", "", "\"chat.begin\" = \"{{range $i, $e := .}}\"", false)
	w := newWorld(f, func(o *publishing.Options) { o.Check = passesAll })
	f.Fuzz(func(t *testing.T, file, at, value string, set bool) {
		w.TB = t
		d, err := w.Change(t.Context(), anna, func(own map[string][]byte) error {
			if !set {
				own[file] = []byte(value)
				return nil
			}
			p, err := edit.ParsePath(at)
			if err != nil {
				return err
			}
			data, ok := own[file]
			if !ok && !strings.HasPrefix(file, "locales/") {
				if data, err = w.embedded(file); err != nil {
					return err
				}
			}
			doc, err := edit.Parse(data)
			if err != nil {
				return err
			}
			if doc, err = doc.Set(p, value); err != nil {
				return err
			}
			own[file] = doc.Bytes()
			return nil
		})
		if err != nil {
			return
		}
		found, err := w.AllFindings(t.Context(), d, "nl", nil)
		require.NoError(t, err)
		w.Differences(d, "nl")
		if len(found.Faults) > 0 {
			_, _, err = w.Publish(t.Context(), anna, anna.ID, d.Hash(), "Fout.")
			require.Error(t, err)
		}
		require.NoError(t, w.Discard(t.Context(), anna))
	})
}
