package share

import (
	"context"
	"log/slog"
	"net/http"

	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/store/figures"
)

// partnerQuarters is how many quarters a partner sees: two years.
const partnerQuarters = 8

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
	// Quarters returns what may be published of a partner in the latest n quarters.
	Quarters func(ctx context.Context, code string, n int) ([]figures.PartnerQuarter, error)
	Log      *slog.Logger
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
	counts, err := h.Quarters(r.Context(), owner.Code, partnerQuarters)
	if err != nil {
		return err
	}
	texts, lang := h.Texts(), owner.Lang
	if lang == "" {
		lang = texts.Languages()[0]
	}
	return partnerPage{Name: owner.Name, Since: owner.Since, Counts: counts}.serve(w, texts, lang)
}
