package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"digiwijzer/bot/demo"
	"digiwijzer/bot/secret"
	"digiwijzer/flows"
	"digiwijzer/flows/simulation"
	"digiwijzer/locales"
)

// demoPartners are the codes of the invented partners; the locales have their names.
var demoPartners = []string{"loket", "vereniging", "bieb"}

// temporary returns the program with a data folder and key of its own, which remove
// deletes, and without Telegram: with a token the demo would answer real people.
func (p *program) temporary() (changed *program, remove func() error, err error) {
	dir, err := os.MkdirTemp("", "digiwijzer-demo-*")
	if err != nil {
		return nil, nil, err
	}
	copied := *p
	c := &copied.config
	if !c.BotToken.Empty() || c.BotTokenFile != "" {
		fmt.Fprintln(p.stderr, p.say("dashboard.demo.telegram"))
	}
	c.Data, c.KeyFile = filepath.Join(dir, "data"), filepath.Join(dir, "digiwijzer.key")
	c.Database, c.StatsDatabase = secret.Value{}, secret.Value{}
	c.BotToken, c.BotTokenFile, c.Webhook, c.Coordinators = secret.Value{}, "", nil, nil
	return &copied, func() error { return os.RemoveAll(dir) }, nil
}

// addDemoPartners adds the invented partners to the data folder.
func (s *service) addDemoPartners(ctx context.Context) error {
	book, err := s.config.place().OpenPartnerBook(ctx)
	if err != nil {
		return err
	}
	for _, code := range demoPartners {
		name := s.texts().Text(locales.Default, "dashboard.demo.partner."+code)
		err = errors.Join(err, book.Put(ctx, flows.Partner{Code: code, Name: name, Kind: flows.PartnerOther}))
	}
	return errors.Join(err, book.Close())
}

// fillDemo adds the conversations of invented people to the data folder, and returns early
// when ctx ends.
func (s *service) fillDemo(ctx context.Context) error {
	c := s.content.Current()
	population, err := simulation.ParsePopulation(simulation.EmbeddedPopulation(), c.Questions, c.Catalogue.Region())
	if err != nil {
		return err
	}
	err = demo.Fill(ctx, demo.Options{
		Store: s.store, Engine: c.Engine, Population: population, Partners: demoPartners, Now: s.clock.Now(),
		Progress: func(done int) {
			fmt.Fprintln(s.stderr, s.say("dashboard.demo.filling", "N", strconv.Itoa(done), "Of", strconv.Itoa(demo.People)))
		},
	})
	if ctx.Err() != nil {
		return nil // interrupted: Run returns at once
	}
	return err
}
