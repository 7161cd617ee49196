package app

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"

	"digiwijzer/bot/share"
	"digiwijzer/bot/staff"
	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
)

// ErrNoFigures is returned for a data folder in which nothing was counted yet.
var ErrNoFigures = errors.New("no figures")

// WithFigures calls do with the figures of the data folder, for the content c. Without the key, reports
// leave out what is not handed over yet. Without data it returns ErrNoFigures.
func (b Base) WithFigures(ctx context.Context, c *content.Edition, do func(*figures.Service) error) error {
	key, err := store.LoadKey(b.Settings.KeyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	reader, err := b.Settings.Place().OpenFigures(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoFigures
	}
	if err != nil {
		return err
	}
	defer reader.Close() //nolint:errcheck // only read
	return do(figures.NewService(reader, catalogueOf(c), b.Clock))
}

// NoFigures returns figures whose counts are all zero.
func (b Base) NoFigures(c *content.Edition) *figures.Service {
	return figures.NewService(figures.Empty{}, catalogueOf(c), b.Clock)
}

func catalogueOf(c *content.Edition) func() *referral.Catalogue {
	return func() *referral.Catalogue { return c.Catalogue }
}

// Pages returns the pages for coordinators about the content c, for a command.
func (b Base) Pages(c *content.Edition, f *figures.Service) *staff.Pages {
	return staff.New(staff.Options{Figures: f, Content: func() *content.Edition { return c }, Clock: b.Clock, WhiteSpots: whiteSpots,
		YearForms: b.Settings.Place().ReadYearForms})
}

// openFigures opens the figures and adds the staff pages that show them.
func (s *Service) openFigures(ctx context.Context, key *store.Key) (err error) {
	if s.reader, err = s.Settings.Place().OpenFigures(ctx, key); err != nil {
		return err
	}
	s.figures = figures.NewService(s.reader, func() *referral.Catalogue { return s.content.Current().Catalogue }, s.Clock)
	s.staff = staff.New(staff.Options{
		Figures:  s.figures,
		Content:  s.content.Current,
		Place:    s.kitPlace,
		Logo:     s.store.PartnerLogo,
		Clock:    s.Clock,
		Invented: s.demo, WhiteSpots: whiteSpots, YearForms: s.store.YearForms,
	})
	return nil
}

// partnerFigures returns the handler of the signed page with a partner's own figures.
func (s *Service) partnerFigures() share.PartnerFigures {
	return share.PartnerFigures{Seal: s.seal, Texts: s.texts, Owner: s.figuresOwner, Figures: s.figures.PartnerFigures, Log: s.log}
}

// figuresOwner returns a partner with the state of its address. It is read per request, so that renewing
// an address revokes the old one immediately.
func (s *Service) figuresOwner(ctx context.Context, code string) (owner share.FiguresOwner, known bool, err error) {
	e, known := s.content.Current().Partner(code)
	kept, err := s.store.Partners(ctx)
	state := kept.States[e.Code]
	return share.FiguresOwner{Partner: e.Partner, Version: state.Version, Since: state.Since}, known, err
}

// spots caches the white spots of the edition and day that were requested last. Finding them takes a tenth of a
// second, and every report and page of figures shows the same.
var spots struct {
	sync.Mutex
	edition string
	on      referral.Date
	found   []referral.WhiteSpot
}

// whiteSpots returns the kinds of business for which the rules of an edition offer nothing.
func whiteSpots(c *content.Edition, on referral.Date) []referral.WhiteSpot {
	spots.Lock()
	defer spots.Unlock()
	if spots.edition != c.ID || spots.on != on {
		spots.edition, spots.on, spots.found = c.ID, on, audit.WhiteSpots(publishing.AuditContent(c), on)
	}
	return slices.Clone(spots.found)
}

// figuresSeal signs the addresses of partners' figures.
func figuresSeal(key *store.Key) share.Seal { return share.Seal{Key: key.Derive(store.PartnerFigures)} }
