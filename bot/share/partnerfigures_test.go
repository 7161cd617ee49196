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
		Quarters: func(_ context.Context, code string, n int) ([]figures.PartnerQuarter, error) {
			return []figures.PartnerQuarter{{Quarter: "2026Q3", N: 14, Shown: true}, {Quarter: "2026Q2"}}, fails
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
	assert.Contains(t, page.Body.String(), `<th scope="row">2026Q3</th><td>14</td>`)
	assert.Contains(t, page.Body.String(), "niet getoond", "too few to publish")
	assert.Contains(t, page.Body.String(), "2026-W47")
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
