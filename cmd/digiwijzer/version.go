package main

import (
	"cmp"
	"fmt"
	"strconv"

	"digiwijzer/bot/app"
	"digiwijzer/bot/dossier"
	"digiwijzer/store"
)

type versionCmd struct{ contentFlag }

// Run prints the versions of the program and its content.
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
		"SQLite", lib, "State", strconv.Itoa(state), "Stats", strconv.Itoa(stats), "Licence", dossier.Licence))
	return err
}

type sbomCmd struct{}

// Run prints what the program is made of as a CycloneDX bill of materials. It is made from what
// Go recorded in this binary, so it is that of this binary, and always the same.
func (cmd *sbomCmd) Run(p *program) error {
	bill, err := app.BillOfMaterials()
	if err != nil {
		return err
	}
	return p.json(bill)
}
