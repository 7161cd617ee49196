package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store"
)

// openContent opens the content. Only content that passed the content gate is put in use.
func (s *Service) openContent(ctx context.Context, key *store.Key) (err error) {
	gate := audit.NewGate(content.EmbeddedStructure())
	verdicts := content.OpenVerdicts(s.Settings.Data, programHash, key.Derive(store.ContentVerdicts))
	s.content, err = content.NewSource(ctx, content.SourceOptions{
		Folder:    s.Settings.Content,
		Published: publishing.Published(s.staffDB.Editions()),
		Gate: content.Gate{
			Check: func(ctx context.Context, running, candidate *content.Edition) error {
				return s.checkContent(ctx, gate, running, candidate)
			},
			Quick:    func(candidate *content.Edition) bool { return gate.Knows(candidate.Structure()) },
			Verdicts: verdicts,
		},
	})
	if err != nil {
		return err
	}
	return s.openEditions(gate, verdicts)
}

// currentRegion is the region of the current edition, for a store that is opened before the content.
type currentRegion struct{ *Service }

// Generalise makes sector and size coarser according to the current edition.
func (r currentRegion) Generalise(region, sector, size string) (coarserSector, coarserSize string) {
	return r.content.Generalise(region, sector, size)
}

// checkContent is the content gate of a running service: it uses one processor.
func (s *Service) checkContent(ctx context.Context, gate *audit.Gate, running, candidate *content.Edition) error {
	before := publishing.AuditContent(running)
	report := gate.Check(ctx, &before, publishing.AuditContent(candidate), audit.Options{From: referral.DayOf(s.Clock.Now()), Workers: 1})
	if ctx.Err() != nil || len(report.Faults) == 0 {
		return ctx.Err()
	}
	audit.Locate(report.Faults, candidate)
	return refusal(report.Faults)
}

// refusal is why the gate rejects content.
type refusal []audit.Fault

// Error returns one line for each fault.
func (r refusal) Error() string {
	lines := make([]string, len(r))
	for i, f := range r {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// refusalOf returns the faults for which content was rejected, including those of loading, in the
// language of editors.
func (b Base) refusalOf(err error) refusal {
	var faults refusal
	if errors.As(err, &faults) {
		return faults
	}
	return audit.Refused(err, content.FolderSources(b.Settings.Content), b.Words, locales.Default)
}

// programHash returns a hash of the running program; empty where it cannot be read.
var programHash = sync.OnceValue(func() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return hashOfFile(path)
})

// hashOfFile returns a hash of a file; empty where it cannot be read.
func hashOfFile(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close() //nolint:errcheck // only read
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

// watchSource reports the state of the content in the log and in health, now and later.
func (s *Service) watchSource() {
	s.content.Watch(content.Watcher{Changed: s.useContent, Checking: s.reportChecking, Refused: s.refuseContent})
	if refused := s.content.Refused(); refused != nil {
		s.refuseContent(refused)
	}
	if s.content.Checking() {
		s.reportChecking()
	}
}

func (s *Service) reportChecking() {
	s.log.Info("checking content")
	s.dispatcher.ReportChecking()
}

// useContent swaps the engine of the dispatcher for that of a new edition.
func (s *Service) useContent(e *content.Edition) {
	s.dispatcher.SetEngine(e.Engine, e.ID)
	s.log.Info("content replaced", "content", e.ID)
}

// Limits on the faults of an edition that are logged, and on the first one, which health shows: one
// wrong file can have any number.
const (
	maxLogged = 20 // faults
	maxShown  = 300
)

// refuseContent logs the faults of an edition that was rejected, and reports them in health until a valid
// one replaces it. Without faults it clears them.
func (s *Service) refuseContent(refused error) {
	if refused == nil {
		s.dispatcher.ReportContent(nil)
		return
	}
	if unread := (content.UnreadError{}); errors.As(refused, &unread) {
		s.log.Error("published content not read", "error", unread.Err)
	}
	faults := s.refusalOf(refused)
	for _, fault := range faults[:min(len(faults), maxLogged)] {
		s.log.Error("content refused", "fault", fault.String())
	}
	if more := len(faults) - maxLogged; more > 0 {
		s.log.Error("content refused", "more_faults", more)
	}
	shown := faults[0].String()
	if cut := []rune(shown); len(cut) > maxShown {
		shown = string(cut[:maxShown]) + "…"
	}
	if len(faults) > 1 {
		shown = s.Words.Text(locales.Default, "check.several", "N", fmt.Sprint(len(faults)), "First", shown)
	}
	s.dispatcher.ReportContent(errors.New(shown))
}
