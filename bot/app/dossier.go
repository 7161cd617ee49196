package app

import (
	"bytes"
	"cmp"
	"context"
	"digiwijzer/bot/dossier"
	"digiwijzer/bot/settings"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
	"digiwijzer/store/staffdb"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"slices"
	"strconv"
	"time"
)

// BillOfMaterials returns the bill of materials of the running program.
func BillOfMaterials() (dossier.BOM, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return dossier.BOM{}, errors.New("the program was built without build information")
	}
	sqlite, _, _ := store.Versions()
	return dossier.BillOfMaterials(info, sqlite), nil
}

// DossierFacts returns the facts about the program and its settings.
func (b Base) DossierFacts(c *content.Edition) (dossier.Facts, error) {
	bill, err := BillOfMaterials()
	if err != nil {
		return dossier.Facts{}, err
	}
	built := ThisBuild()
	lib, state, stats := store.Versions()
	var sbom bytes.Buffer
	e := json.NewEncoder(&sbom)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(bill); err != nil {
		return dossier.Facts{}, err
	}
	f := dossier.Facts{
		Now: b.Clock.Now(), SBOM: sbom.Bytes(), Given: given(b.Settings), Privacy: privacyPage(c),
		Build: dossier.Build{Version: built.Version, Commit: cmp.Or(built.Commit, "-"), Go: built.Go, SQLite: lib,
			State: strconv.Itoa(state), Stats: strconv.Itoa(stats), Licence: dossier.Licence},
		Content: contentFacts(c, referral.DayOf(b.Clock.Now())),
		Settings: dossier.Settings{
			PublicURL: b.Settings.PublicURL, Telegram: b.Settings.Has("TELEGRAM_BOT_TOKEN"), Webhook: b.Settings.Has("DIGIWIJZER_WEBHOOK_URL"),
			Dashboard: b.Settings.Has("DIGIWIJZER_DASHBOARD_TOKEN"), OIDC: b.Settings.Has("DIGIWIJZER_OIDC_ISSUER"),
			Mail: b.Settings.Has("DIGIWIJZER_SMTP_URL"), FourEyes: b.Settings.Has("DIGIWIJZER_FOUR_EYES"), Database: "SQLite",
		},
	}
	if b.Settings.Has("DIGIWIJZER_DATABASE") {
		f.Settings.Database = "PostgreSQL"
	}
	for _, part := range bill.Components {
		licence := ""
		if len(part.Licences) > 0 {
			licence = part.Licences[0].License.ID
		}
		f.Parts = append(f.Parts, dossier.Part{Name: part.Name, Version: part.Version, Licence: licence})
	}
	return f, nil
}

// given returns the answers that are settings.
func given(c settings.Settings) dossier.Answers {
	return dossier.Answers{
		"organisatie.naam": c.OwnerName, "organisatie.email": c.OwnerEmail, "organisatie.telefoon": c.OwnerPhone,
		"organisatie.privacy_url": c.OwnerPrivacyURL, "organisatie.toegankelijkheid_url": c.OwnerA11yURL, "organisatie.site": c.PublicURL,
	}
}

func contentFacts(c *content.Edition, on referral.Date) dossier.Content {
	f := dossier.Content{Edition: c.ID, QuestionSet: c.Questions.Version, Scoring: c.Questions.Scale().Version, Questions: len(c.Questions.Questions),
		Rules: len(c.Catalogue.Rules()), Actions: len(c.Catalogue.AllActions())}
	for _, i := range c.Catalogue.Initiatives() {
		if i.Live(on) {
			f.Initiatives++
			if i.Verified(on) {
				f.Checked++
			}
		}
	}
	return f
}

// privacyPage returns the privacy page of the site, in Dutch.
func privacyPage(c *content.Edition) (sections []dossier.Section) {
	known := c.Texts.IDs("nl")
	for n := 1; ; n++ {
		id := fmt.Sprintf("web.privacy.%d", n)
		if !slices.Contains(known, id+".title") {
			return sections
		}
		sections = append(sections, dossier.Section{Title: c.Texts.Text("nl", id+".title"), Text: c.Texts.Text("nl", id+".text")})
	}
}

// RestoreDrill makes a backup of the figures and of the staff, restores it in a temporary folder, and
// compares. The backup is deleted afterwards.
func (b Base) RestoreDrill(ctx context.Context) (d dossier.Drill, err error) {
	d.Data = b.Settings.Data
	key, err := store.LoadKey(b.Settings.KeyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return d, err
	}
	if _, err := os.Stat(filepath.Join(b.Settings.Data, "stats.db")); errors.Is(err, fs.ErrNotExist) {
		d.Empty = true
		return d, nil
	}
	dir, err := os.MkdirTemp("", "digiwijzer-dossier-*")
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	began := time.Now()
	for try := range 3 { // repeated only if something was counted or recorded meanwhile
		if err := b.drill(ctx, &d, key, filepath.Join(dir, strconv.Itoa(try))); err != nil {
			return d, err
		}
		if d.Same && d.StaffSame {
			break
		}
	}
	d.Seconds = int(time.Since(began)/time.Second) + 1
	d.Empty = d.Finished == 0
	return d, nil
}

// drill makes a backup, restores it and compares, with files whose names begin with path.
func (b Base) drill(ctx context.Context, d *dossier.Drill, key *store.Key, path string) error {
	copied, restored := path+".backup", path+".restored"
	before, err := b.allCounts(ctx, b.Settings.Data, key)
	if err != nil {
		return err
	}
	staff, err := staffContents(ctx, b.Settings.Data)
	if err != nil {
		return err
	}
	made, err := store.Backup(ctx, b.Settings.Data, copied, key)
	if err != nil {
		return err
	}
	if _, err := store.Restore(ctx, restored, copied, key); err != nil {
		return err
	}
	after, err := b.allCounts(ctx, restored, key)
	if err != nil {
		return err
	}
	staffAfter, err := staffContents(ctx, restored)
	if err != nil {
		return err
	}
	info, err := os.Stat(copied)
	if err != nil {
		return err
	}
	d.Finished, d.Carried, d.Missing, d.Bytes = made.Finished, made.Carried, made.Missing, info.Size()
	d.Same = reflect.DeepEqual(before, after)
	d.Staff, d.StaffSame = made.Staff, reflect.DeepEqual(staff, staffAfter)
	d.Accounts, d.Editions, d.Entries = staff.Accounts, staff.Editions, int(staff.Audit.Entries)
	return nil
}

// staffContents returns what a backup of the staff must keep; the zero value if there are none.
func staffContents(ctx context.Context, dir string) (c staffdb.Contents, err error) {
	if !staffdb.Exist(dir) {
		return c, nil
	}
	db, err := staffdb.Open(ctx, dir)
	if err != nil {
		return c, err
	}
	c, err = db.Contents(ctx)
	return c, errors.Join(err, db.Close())
}

// allCounts returns every count of every week, and what is waiting.
func (b Base) allCounts(ctx context.Context, dir string, key *store.Key) (figures.Snapshot, error) {
	reader, err := store.OpenFigures(ctx, dir, key)
	if err != nil {
		return figures.Snapshot{}, err
	}
	s, err := reader.Snapshot(ctx, figures.Period{From: "2000-W01", To: referral.WeekOf(b.Clock.Now())})
	return s, errors.Join(err, reader.Close())
}
