package share_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"digiwijzer/bot/share"
	"digiwijzer/locales"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// figuresSite serves the figures of the partner "kvk", whose address has version 2.
func figuresSite(t *testing.T, fails error) (get func(path string) *httptest.ResponseRecorder, seal share.Seal) {
	t.Helper()
	texts := words(t)
	seal = share.Seal{Key: []byte("a key for the tests")}
	mux := http.NewServeMux()
	mux.Handle("GET /p/{code}/cijfers/{signature}", share.PartnerFigures{
		Seal:  seal,
		Texts: func() *locales.Texts { return texts },
		Owner: func(_ context.Context, code string) (share.FiguresOwner, bool, error) {
			owner := share.FiguresOwner{Partner: kvk(), Version: 2, Since: "2026-W47"}
			owner.Code = code
			if code == "bank" {
				owner.Version = 0
			}
			return owner, code == "kvk" || code == "bank", nil
		},
		Figures: func(context.Context, string, int, int) (figures.PartnerFigures, error) {
			told := disclosure.Release{Tables: []disclosure.Table{{Rows: disclosure.ByPartner, Open: true}}}.At(disclosure.External).Tables[0]
			return figures.PartnerFigures{Weeks: []figures.PartnerWeek{{Week: "2026-W46", Started: 3}},
				Years: []figures.PartnerYear{{Year: 2025, Completed: disclosure.Rest(24)}, {Year: 2024, Completed: told.Figure("kvk")}}}, fails
		},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	return func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}, seal
}

func TestPartnerFigures(t *testing.T) {
	get, seal := figuresSite(t, nil)
	page := get(seal.FiguresPath("kvk", 2))
	assert.Equal(t, http.StatusOK, page.Code)
	assert.Contains(t, page.Body.String(), `<th scope="row">2025</th><td>24</td>`)
	assert.Contains(t, page.Body.String(), `<th scope="row">2024</th><td>minder dan 12</td>`)
	assert.Contains(t, page.Body.String(), `<th scope="row">9 nov – 15 nov</th><td>3</td>`)
	assert.Contains(t, page.Body.String(), "afgerond op drietallen")
	assert.Contains(t, page.Body.String(), "16 nov 2026")
	for name, path := range map[string]string{
		"revoked":    seal.FiguresPath("kvk", 1),
		"guessed":    "/p/kvk/cijfers/AAAAAAAAAAAAAAAAAAAAAA",
		"no address": seal.FiguresPath("bank", 0),
		"unknown":    seal.FiguresPath("nobody", 2),
	} {
		assert.Equal(t, http.StatusNotFound, get(path).Code, name)
	}
	get, seal = figuresSite(t, errors.New("disk"))
	assert.Equal(t, http.StatusServiceUnavailable, get(seal.FiguresPath("kvk", 2)).Code)
	assert.Equal(t, http.StatusNotFound, get(seal.FiguresPath("kvk", 1)).Code)
}
