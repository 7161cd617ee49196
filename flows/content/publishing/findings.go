package publishing

import (
	"context"
	"strings"
	"time"

	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/edit"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// Findings are the results of the gate for a draft.
type Findings struct {
	Faults   []Finding
	Notices  []Finding
	Upcoming []audit.Event // changes by date within the days checked
	Complete bool          // everything was checked
	Stage    string        // what is being checked, in words, if not
	Content  string        // Edition.ID of the draft; empty: it cannot be loaded
}

// Finding is a fault or a notice, and where it is.
type Finding struct {
	audit.Fault
	Path edit.Path // in its file, if known
}

// Patience is how long Findings waits for the gate: a changed text takes less.
const Patience = 900 * time.Millisecond

// Findings checks a draft. It returns after Patience at most: the gate continues in the background, and the
// next call returns what is known by then.
func (s *Service) Findings(ctx context.Context, d Draft, lang string) (Findings, error) {
	return s.findings(ctx, d.Owner, d.files, lang, Patience)
}

// AllFindings checks a draft and waits for the complete result.
func (s *Service) AllFindings(ctx context.Context, d Draft, lang string, progress func(stage string)) (Findings, error) {
	for last := ""; ; {
		f, err := s.findings(ctx, d.Owner, d.files, lang, time.Second)
		if err != nil || f.Complete {
			return f, err
		}
		if ctx.Err() != nil {
			return f, refuse(Interrupted)
		}
		if progress != nil && f.Stage != last {
			progress(f.Stage)
		}
		last = f.Stage
	}
}

func (s *Service) findings(ctx context.Context, owner string, files content.Files, lang string, limit time.Duration) (Findings, error) {
	e, err := s.load(files)
	if err != nil {
		return s.located(Findings{Faults: findingsOf(audit.Refused(err, content.SourcesOf(files), s.o.Words, lang)), Complete: true}, files, s.program), nil
	}
	j := s.check(owner, e, files.Hash(), lang)
	if !j.wait(ctx, limit) {
		_, stage, _ := j.state()
		return Findings{Stage: stage, Content: e.ID}, ctx.Err()
	}
	report, _, err := j.state()
	if err != nil {
		return Findings{}, refuseFor(Interrupted, "", err)
	}
	return s.located(Findings{Faults: findingsOf(report.Faults), Notices: findingsOf(report.Notices), Upcoming: report.Upcoming,
		Complete: true, Content: e.ID}, files, s.program), nil
}

// check starts the check of an edition, or returns the one started before.
func (s *Service) check(owner string, e *content.Edition, hash, lang string) *job[audit.Report] {
	if lang == "" {
		lang = locales.Default
	}
	today := referral.DayOf(s.o.Now())
	running := s.o.Live.Current()
	key := strings.Join([]string{hash, lang, string(today), running.Hash()}, " ")
	return start(s, s.checks, owner, key, func(ctx context.Context, j *job[audit.Report]) (audit.Report, error) {
		report := s.o.Check(ctx, running, e, audit.Options{From: today, Lang: lang, Progress: j.progress})
		if ctx.Err() != nil {
			return report, ctx.Err()
		}
		audit.Locate(report.Faults, e)
		audit.Locate(report.Notices, e)
		return report, nil
	})
}

func findingsOf(faults []audit.Fault) []Finding {
	all := make([]Finding, len(faults))
	for i, f := range faults {
		all[i].Fault = f
	}
	return all
}

// located adds the paths of findings.
func (s *Service) located(f Findings, files content.Files, program func(string) []byte) Findings {
	docs := map[string]*edit.Document{}
	for _, list := range [][]Finding{f.Faults, f.Notices} {
		for i := range list {
			name := list[i].File
			d, known := docs[name]
			if !known {
				data, ok := files.Read(name)
				if !ok {
					data = program(name)
				}
				d, _ = edit.Parse(data) // nil: not TOML, so no paths
				docs[name] = d
			}
			if d != nil {
				list[i].Path = pathOf(d, list[i].Fault)
			}
		}
	}
	return f
}

// fieldsOf are the keys that some kinds of faults are about.
var fieldsOf = map[string]string{
	"initiative.past": "valid_to", "initiative.verified_later": "verified_on", "initiative.stale": "verified_on",
	"initiative.rounds_overlap": "rounds", "initiative.rounds_unused": "status", "initiative.instead_gone": "instead",
	"initiative.via_gone": "via", "layout.changed": "question_set", "layout.unknown": "question_set",
	"municipality.planned": "planned",
}

// pathOf returns where a fault is, in its file.
func pathOf(d *edit.Document, f audit.Fault) edit.Path {
	p := recordOf(d, f)
	if field := fieldsOf[f.Kind]; field != "" && d.Has(p.Key(field)) {
		return p.Key(field)
	}
	return p
}

// recordOf returns the record or value that a fault names, by its id or else by its line.
func recordOf(d *edit.Document, f audit.Fault) edit.Path {
	if d.Has(edit.Path{}.Key(f.ID)) {
		return edit.Path{}.Key(f.ID)
	}
	for id := f.ID; id != "" && d.Text(edit.Path{}.Key("id")) != f.ID; id = id[:max(strings.LastIndexAny(id, ". ,"), 0)] {
		for _, key := range d.Keys(nil) {
			if p := (edit.Path{}).Key(key).At(id); d.Has(p) {
				return withOption(d, p, strings.TrimPrefix(f.ID[len(id):], "."))
			}
		}
	}
	if f.Line > 0 {
		return d.PathAt(f.Line)
	}
	return nil
}

// withOption returns the path of an option of a question, if the fault names one.
func withOption(d *edit.Document, p edit.Path, option string) edit.Path {
	if at := p.Key("options").At(option); d.Has(at) {
		return at
	}
	return p
}
