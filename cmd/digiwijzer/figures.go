package main

import (
	"context"
	"errors"
	"fmt"

	"digiwijzer/bot/app"
	"digiwijzer/flows/content"
	"digiwijzer/store/figures"
)

// withFigures calls do with the figures of the data folder. Without data it fails, or all counts are zero if
// zeros is set.
func (p *program) withFigures(ctx context.Context, c *content.Edition, zeros bool, do func(*figures.Service) error) error {
	err := p.WithFigures(ctx, c, do)
	switch {
	case !errors.Is(err, app.ErrNoFigures):
		return err
	case !zeros:
		return p.BadInput("cli.no_figures", "Dir", p.Settings.Place().String())
	}
	fmt.Fprintln(p.stderr, p.Say("cli.no_figures", "Dir", p.Settings.Place().String()))
	return do(p.NoFigures(c))
}
