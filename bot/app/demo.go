package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"digiwijzer/bot/demo"
	"digiwijzer/bot/secret"
	"digiwijzer/flows"
	"digiwijzer/flows/simulation"
	"digiwijzer/locales"
)

// DemoPartners returns the codes of the invented partners; their names are in the locales.
func DemoPartners() []string { return []string{"loket", "vereniging", "bieb"} }

// Temporary returns a base with a data folder and key of its own, which remove deletes, and
// without Telegram: with a token a demo would answer real people.
func (b Base) Temporary() (changed Base, remove func() error, err error) {
	dir, err := os.MkdirTemp("", "digiwijzer-demo-*")
	if err != nil {
		return b, nil, err
	}
	c := &b.Settings
	c.Data, c.KeyFile = filepath.Join(dir, "data"), filepath.Join(dir, "digiwijzer.key")
	c.Database, c.StatsDatabase = secret.Value{}, secret.Value{}
	c.BotToken, c.BotTokenFile, c.Webhook, c.Coordinators = secret.Value{}, "", nil, nil
	return b, func() error { return os.RemoveAll(dir) }, nil
}

// addDemoPartners adds the invented partners to the data folder.
func (s *Service) addDemoPartners(ctx context.Context) error {
	book, err := s.Settings.Place().OpenPartnerBook(ctx)
	if err != nil {
		return err
	}
	for _, code := range DemoPartners() {
		name := s.texts().Text(locales.Default, "dashboard.demo.partner."+code)
		err = errors.Join(err, book.Put(ctx, flows.Partner{Code: code, Name: name, Kind: flows.PartnerOther}))
	}
	return errors.Join(err, book.Close())
}

// FillDemo adds the conversations of invented people to the data folder, and returns early if ctx ends.
// progress is called with how many of demo.People are done.
func (s *Service) FillDemo(ctx context.Context, progress func(done int)) error {
	c := s.content.Current()
	population, err := simulation.ParsePopulation(simulation.EmbeddedPopulation(), c.Questions, c.Catalogue.Region())
	if err != nil {
		return err
	}
	err = demo.Fill(ctx, demo.Options{
		Store: s.store, Engine: c.Engine, Population: population, Partners: DemoPartners(), Now: s.Clock.Now(),
		Progress: progress,
	})
	if ctx.Err() != nil {
		return nil // interrupted: Run returns at once
	}
	return err
}
