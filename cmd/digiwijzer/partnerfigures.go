package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"digiwijzer/bot/share"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

// partnerQuarters is how many closed quarters a partner sees: two years.
const partnerQuarters = 8

// partnerFigures shows a partner its own figures, to whoever has the signed address. A
// wrong one, an old one and an unknown partner look the same.
func (s *service) partnerFigures(w http.ResponseWriter, r *http.Request) {
	c := s.content.Current()
	e, known := c.Partner(r.PathValue("code"))
	kept, err := s.store.Partners(r.Context())
	if err != nil {
		s.log.Error("a partner's figures cannot be shown", "error", err)
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		return
	}
	state := kept.States[e.Code]
	if !known || state.Version == 0 || !s.seal.Valid(e.Code, state.Version, r.PathValue("signature")) {
		http.NotFound(w, r)
		return
	}
	page := share.Figures{Name: e.Name, Since: state.Since}
	if page.Counts, err = s.partnerCounts(r.Context(), c, e.Code); err == nil {
		lang := e.Lang
		if lang == "" {
			lang = c.Texts.Languages()[0]
		}
		err = page.Serve(w, c.Texts, lang)
	}
	if err != nil {
		s.log.Error("a partner's figures cannot be shown", "error", err)
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
	}
}

// partnerCounts gives what may be shown of a partner: counts of closed quarters as
// released to anybody, from ten on. Quarters before the first with a release to tell of
// are left out.
func (s *service) partnerCounts(ctx context.Context, c *content.Edition, code string) ([]share.Count, error) {
	f, err := openFigures(ctx, s.program)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	now := s.clock.Now()
	quarter, err := figures.ParseQuarter(referral.QuarterOf(now))
	if err != nil {
		return nil, err
	}
	var counts []share.Count
	last := 0
	for n := 1; n <= partnerQuarters; n++ {
		count, any, err := f.partnerCount(ctx, quarter.Before(n), code, c.Catalogue.Region().Figures(), now)
		var open figures.Open
		if errors.As(err, &open) {
			continue
		}
		if err != nil {
			return nil, err
		}
		counts = append(counts, count)
		if any {
			last = len(counts)
		}
	}
	return counts[:last], nil
}

// partnerCount reads one quarter; any tells whether anything was counted in it at all.
func (f statsReader) partnerCount(ctx context.Context, q figures.Quarter, code string, region referral.Figures, now time.Time) (count share.Count, any bool, err error) {
	released, err := f.quarterly(ctx, q, figures.External, figures.Standard(), region, now)
	if err != nil {
		return count, false, err
	}
	count.Quarter = string(q)
	table := released.Table(figures.ByPartner, "")
	for i, group := range table.RowGroups {
		if len(group) == 1 && group[0] == code && !table.Cells[i][0].Hidden {
			count.N, count.Shown = table.Cells[i][0].N, true
		}
	}
	return count, table.Total > 0, nil
}
