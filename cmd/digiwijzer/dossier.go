package main

import (
	"bytes"
	"cmp"
	"context"
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
	"strings"
	"time"

	"digiwijzer/bot/app"
	"digiwijzer/bot/dossier"
	"digiwijzer/bot/settings"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
)

type dossierCmd struct {
	contentFlag
	Output  string `short:"o" required:"" help:"cli.help.dossier_output" placeholder:"DIR"`
	Answers string `help:"cli.help.dossier_answers" placeholder:"FILE.toml"`
	Draft   bool   `help:"cli.help.dossier_draft"`
}

// Run writes the file that a public body needs before it decides. It can run while serve does.
// What only a person can know is marked; it fails while a mark is left, unless a draft is wanted.
func (cmd *dossierCmd) Run(ctx context.Context, p *program) error {
	if err := cmd.refuseDataFolder(p); err != nil {
		return err
	}
	answers, err := cmd.readAnswers(p)
	if err != nil {
		return err
	}
	c, err := cmd.load(p)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.stderr, p.Say("cli.dossier.drill", "Dir", p.Settings.Data))
	drill, err := p.restoreDrill(ctx, c)
	if err != nil {
		return err
	}
	facts, err := p.facts(c)
	if err != nil {
		return err
	}
	facts.Draft, facts.Drill = cmd.Draft, drill
	d, err := dossier.New(facts, answers)
	if err != nil {
		return err
	}
	if err := writeDossier(cmd.Output, d.Files); err != nil {
		return err
	}
	return cmd.tell(p, d)
}

// refuseDataFolder keeps the dossier out of the data folder, which holds nothing else.
func (cmd *dossierCmd) refuseDataFolder(p *program) error {
	data, err := filepath.Abs(p.Settings.Data)
	if err != nil {
		return err
	}
	output, err := filepath.Abs(cmd.Output)
	if err != nil {
		return err
	}
	if within, err := filepath.Rel(data, output); err == nil && within != ".." && !strings.HasPrefix(within, "../") {
		return p.BadInput("cli.bad.dossier_in_data", "Dir", cmd.Output)
	}
	return nil
}

// readAnswers reads what people filled in: in the file of the flag, otherwise in that of the
// run before.
func (cmd *dossierCmd) readAnswers(p *program) (dossier.Answers, error) {
	name := cmp.Or(cmd.Answers, filepath.Join(cmd.Output, dossier.AnswersFile))
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && cmd.Answers == "" {
		return nil, nil
	}
	if err != nil {
		return nil, app.BadInput{Err: err}
	}
	answers, err := dossier.ReadAnswers(text)
	if err != nil {
		var lines []string
		for line := range strings.Lines(err.Error()) {
			lines = append(lines, name+": "+strings.TrimSpace(line))
		}
		return nil, app.BadInput{Err: errors.New(strings.Join(lines, "\n"))}
	}
	return answers, nil
}

// facts returns what the program knows of itself and its settings.
func (p *program) facts(c *content.Edition) (dossier.Facts, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return dossier.Facts{}, errors.New("the program was built without build information")
	}
	b := app.ThisBuild()
	lib, state, stats := store.Versions()
	bill := billOfMaterials(info, lib)
	var sbom bytes.Buffer
	e := json.NewEncoder(&sbom)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(bill); err != nil {
		return dossier.Facts{}, err
	}
	f := dossier.Facts{
		Now: p.Clock.Now(), SBOM: sbom.Bytes(), Given: given(p.Settings), Privacy: privacyPage(c),
		Build: dossier.Build{Version: b.Version, Commit: cmp.Or(b.Commit, "-"), Go: b.Go, SQLite: lib,
			State: strconv.Itoa(state), Stats: strconv.Itoa(stats), Licence: licence},
		Content: contentFacts(c, referral.DayOf(p.Clock.Now())),
		Settings: dossier.Settings{
			PublicURL: p.Settings.PublicURL, Telegram: p.Settings.Has("TELEGRAM_BOT_TOKEN"), Webhook: p.Settings.Has("DIGIWIJZER_WEBHOOK_URL"),
			Dashboard: p.Settings.Has("DIGIWIJZER_DASHBOARD_TOKEN"), OIDC: p.Settings.Has("DIGIWIJZER_OIDC_ISSUER"),
			Mail: p.Settings.Has("DIGIWIJZER_SMTP_URL"), FourEyes: p.Settings.Has("DIGIWIJZER_FOUR_EYES"), Database: "SQLite",
		},
	}
	if p.Settings.Has("DIGIWIJZER_DATABASE") {
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

// privacyPage returns the page about privacy of the site, in Dutch.
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

// restoreDrill makes a backup of the figures, restores it in a temporary folder, and compares.
// The backup is no backup to rely on: it is deleted.
func (p *program) restoreDrill(ctx context.Context, c *content.Edition) (d dossier.Drill, err error) {
	d.Data = p.Settings.Data
	key, err := store.LoadKey(p.Settings.KeyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return d, err
	}
	if _, err := os.Stat(filepath.Join(p.Settings.Data, "stats.db")); errors.Is(err, fs.ErrNotExist) {
		d.Empty = true
		return d, nil
	}
	dir, err := os.MkdirTemp("", "digiwijzer-dossier-*")
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	began := time.Now()
	for try := range 3 { // more than once only if something was counted meanwhile
		copied := filepath.Join(dir, "backup"+strconv.Itoa(try))
		restored := filepath.Join(dir, "restored"+strconv.Itoa(try))
		before, err := p.allCounts(ctx, p.Settings.Data, key)
		if err != nil {
			return d, err
		}
		b, err := store.Backup(ctx, p.Settings.Data, copied, key)
		if err != nil {
			return d, err
		}
		if _, err := store.Restore(ctx, restored, copied, key); err != nil {
			return d, err
		}
		after, err := p.allCounts(ctx, restored, key)
		if err != nil {
			return d, err
		}
		info, err := os.Stat(copied)
		if err != nil {
			return d, err
		}
		d.Finished, d.Carried, d.Missing, d.Bytes = b.Finished, b.Carried, b.Missing, info.Size()
		if d.Same = reflect.DeepEqual(before, after); d.Same {
			break
		}
	}
	d.Seconds = int(time.Since(began)/time.Second) + 1
	d.Empty = d.Finished == 0
	return d, nil
}

// allCounts returns every count of every week, and what waits.
func (p *program) allCounts(ctx context.Context, dir string, key *store.Key) (figures.Snapshot, error) {
	reader, err := store.OpenFigures(ctx, dir, key)
	if err != nil {
		return figures.Snapshot{}, err
	}
	s, err := reader.Snapshot(ctx, figures.Period{From: "2000-W01", To: referral.WeekOf(p.Clock.Now())})
	return s, errors.Join(err, reader.Close())
}

// writeDossier writes the files. What an earlier run said about being complete goes first: it
// holds for the files of that run.
func writeDossier(dir string, files []dossier.File) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return app.BadInput{Err: err}
	}
	if err := os.Remove(filepath.Join(dir, dossier.CompleteFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// tell says what was made and what is left to fill in.
func (cmd *dossierCmd) tell(p *program, d dossier.Dossier) error {
	fmt.Fprintln(p.stdout, p.Say("cli.dossier.made", "N", len(d.Files), "Dir", cmd.Output))
	if d.Complete() {
		id := "cli.dossier.complete"
		if cmd.Draft {
			id = "cli.dossier.draft"
		}
		fmt.Fprintln(p.stdout, p.Say(id, "File", filepath.Join(cmd.Output, dossier.CompleteFile)))
		return nil
	}
	for _, q := range dossier.Questions() {
		var places []string
		for _, m := range d.Open {
			if m.ID == q.ID {
				places = append(places, m.File+":"+strconv.Itoa(m.Line))
			}
		}
		if len(places) > 0 {
			fmt.Fprintf(p.stdout, "%s: %s (%s)\n    %s\n", q.ID, q.Ask, q.Who, strings.Join(places, ", "))
		}
	}
	for _, fault := range d.Faults {
		fmt.Fprintln(p.stdout, fault)
	}
	if cmd.Draft {
		fmt.Fprintln(p.stdout, p.Say("cli.dossier.draft", "File", filepath.Join(cmd.Output, dossier.AnswersFile)))
		return nil
	}
	if len(d.Open) == 0 {
		return errors.New(p.Say("cli.dossier.faults"))
	}
	return errors.New(p.Say("cli.dossier.incomplete", "N", openQuestions(d), "File", filepath.Join(cmd.Output, dossier.AnswersFile)))
}

// openQuestions returns how many questions have no answer.
func openQuestions(d dossier.Dossier) int {
	open := map[string]bool{}
	for _, m := range d.Open {
		open[m.ID] = true
	}
	return len(open)
}
