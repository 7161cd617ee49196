package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"

	"digiwijzer/bot/app"
	"digiwijzer/flows/content"
	"digiwijzer/flows/simulation"
)

type simulateCmd struct {
	contentFlag
	N          int    `help:"cli.help.simulate_n" default:"35407" placeholder:"35407"`
	Seed       uint64 `help:"cli.help.simulate_seed" default:"1" placeholder:"1"`
	Population string `help:"cli.help.simulate_population" placeholder:"FILE"`
	Date       string `help:"cli.help.date" placeholder:"YYYY-MM-DD"`
	Format     string `help:"cli.help.format" enum:"table,json" default:"table"`
}

// maxSimulated is the largest sample.
const maxSimulated = 10_000_000

// Run simulates a synthetic population and prints the result.
func (cmd *simulateCmd) Run(ctx context.Context, p *program) error {
	if cmd.N < 1 || cmd.N > maxSimulated {
		return p.BadInput("cli.bad.n", "Value", strconv.Itoa(cmd.N), "Max", strconv.Itoa(maxSimulated))
	}
	today, err := p.today(cmd.Date)
	if err != nil {
		return err
	}
	c, err := cmd.load(p)
	if err != nil {
		return err
	}
	population, err := cmd.population(c)
	if err != nil {
		return app.BadInput{Err: err}
	}
	result, err := simulation.Run(ctx, c.Engine, population,
		simulation.Sample{N: cmd.N, Seed: cmd.Seed, Today: today, Progress: cmd.progress(p)})
	if err != nil {
		return err
	}
	if cmd.Format == "json" {
		return p.json(result)
	}
	say := func(id string, pairs ...any) string { return c.Texts.Text(p.Lang, id, pairs...) }
	return result.WriteTable(p.stdout, say, c.Catalogue.Region().Figures().YearTarget)
}

// population reads the population of the flag, or the embedded one.
func (cmd *simulateCmd) population(e *content.Edition) (*simulation.Population, error) {
	text := simulation.EmbeddedPopulation()
	if cmd.Population != "" {
		file, err := os.ReadFile(cmd.Population)
		if err != nil {
			return nil, err
		}
		text = string(file)
	}
	return simulation.ParsePopulation(text, e.Questions, e.Catalogue.Region())
}

// progress returns a function that prints the progress to stderr, ten times in all.
func (cmd *simulateCmd) progress(p *program) func(int) {
	var done atomic.Int64
	step := int64(max(cmd.N/10, 1))
	return func(n int) {
		now := done.Add(int64(n))
		if now/step > (now-int64(n))/step {
			fmt.Fprintln(p.stderr, p.Say("simulate.progress", "N", strconv.FormatInt(now, 10), "Of", strconv.Itoa(cmd.N)))
		}
	}
}
