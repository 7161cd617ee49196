package share

import (
	"context"
	"log/slog"
	"net/http"

	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/store/figures"
)

// How much a partner sees.
const (
	partnerWeeks = 13
	partnerYears = 3
)

// FiguresOwner is a partner that may have an address for its own figures.
type FiguresOwner struct {
	flows.Partner
	Version int    // of the address; 0: there is none yet
	Since   string // ISO week from which the address works
}

// PartnerFigures serves partners their own figures, at the path of Seal.FiguresPath.
type PartnerFigures struct {
	Seal  Seal
	Texts func() *locales.Texts
	// Owner looks up a configured partner.
	Owner func(ctx context.Context, code string) (owner FiguresOwner, known bool, err error)
	// Figures returns the published figures of a partner in the latest weeks and years.
	Figures func(ctx context.Context, code string, weeks, years int) (figures.PartnerFigures, error)
	Log     *slog.Logger
}

// ServeHTTP answers a wrong, a revoked and an unknown address in the same way.
func (h PartnerFigures) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	owner, known, err := h.Owner(r.Context(), r.PathValue("code"))
	if err == nil && (!known || owner.Version == 0 || !h.Seal.Valid(owner.Code, owner.Version, r.PathValue("signature"))) {
		http.NotFound(w, r)
		return
	}
	if err == nil {
		err = h.serve(w, r, owner)
	}
	if err != nil {
		h.Log.Error("partner figures failed", "error", err)
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
	}
}

func (h PartnerFigures) serve(w http.ResponseWriter, r *http.Request, owner FiguresOwner) error {
	told, err := h.Figures(r.Context(), owner.Code, partnerWeeks, partnerYears)
	if err != nil {
		return err
	}
	texts, lang := h.Texts(), owner.Lang
	if lang == "" {
		lang = texts.Languages()[0]
	}
	return partnerPage{Name: owner.Name, Since: owner.Since, PartnerFigures: told, Floor: figures.PublicFloor}.serve(w, texts, lang)
}
