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
	"digiwijzer/store"
)

// demoPartners are the codes of invented partners; their names are texts.
var demoPartners = []string{"loket", "vereniging", "bieb"}

// throwAway gives the program a folder and a key that go when the demo ends, and takes
// away what would mix it with anything real: a bot's token would make the demo answer
// people who did not ask for one.
func (p *program) throwAway() (demo *program, remove func() error, err error) {
	dir, err := os.MkdirTemp("", "digiwijzer-demo-*")
	if err != nil {
		return nil, nil, err
	}
	changed := *p
	c := &changed.config
	if !c.BotToken.Empty() || c.BotTokenFile != "" {
		fmt.Fprintln(p.stderr, p.say("dashboard.demo.telegram"))
	}
	c.Data, c.KeyFile = filepath.Join(dir, "data"), filepath.Join(dir, "digiwijzer.key")
	c.BotToken, c.BotTokenFile, c.Webhook, c.Coordinators = secret.Value{}, "", nil, nil
	return &changed, func() error { return os.RemoveAll(dir) }, nil
}

// inventPartners adds partners that do not exist to the folder of a demo.
func (s *service) inventPartners(ctx context.Context) error {
	book, err := store.OpenPartnerBook(ctx, s.config.Data)
	if err != nil {
		return err
	}
	for _, code := range demoPartners {
		name := s.texts().Text(locales.Default, "dashboard.demo.partner."+code)
		err = errors.Join(err, book.Put(ctx, flows.Partner{Code: code, Name: name, Kind: flows.PartnerOther}))
	}
	return errors.Join(err, book.Close())
}

// fillDemo lets invented people have the conversation, week after week until now.
func (s *service) fillDemo(ctx context.Context) error {
	c := s.content.Current()
	population, err := simulation.ParsePopulation(simulation.EmbeddedPopulation(), c.Questions, c.Catalogue.Region())
	if err != nil {
		return err
	}
	return demo.Fill(ctx, demo.Options{
		Store: s.store, Engine: c.Engine, Population: population, Partners: demoPartners, Now: s.clock.Now(),
		Progress: func(done int) {
			fmt.Fprintln(s.stderr, s.say("dashboard.demo.filling", "N", strconv.Itoa(done), "Of", strconv.Itoa(demo.People)))
		},
	})
}
