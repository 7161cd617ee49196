package main

import (
	"cmp"
	"fmt"
	"strconv"

	"digiwijzer/bot/app"
	"digiwijzer/store"
)

type versionCmd struct{ contentFlag }

// Run prints what this program is made of.
func (cmd *versionCmd) Run(p *program) error {
	c, err := cmd.load(p)
	if err != nil {
		return err
	}
	b := app.ThisBuild()
	lib, state, stats := store.Versions()
	commit := cmp.Or(b.Commit, "-")
	if b.Changed {
		commit = p.Say("cli.version_changed", "Commit", commit)
	}
	_, err = fmt.Fprintln(p.stdout, p.Say("cli.version",
		"Version", b.Version, "Commit", commit, "Go", b.Go,
		"Content", c.ID, "Questions", strconv.Itoa(c.Questions.Version), "Scoring", strconv.Itoa(c.Questions.Scale().Version),
		"SQLite", lib, "State", strconv.Itoa(state), "Stats", strconv.Itoa(stats), "Licence", licence))
	return err
}

// licence is that of this program, as an SPDX identifier.
const licence = "EUPL-1.2"
