package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strconv"

	"digiwijzer/store"
)

type versionCmd struct{ contentFlag }

// Run prints what this program is made of.
func (cmd *versionCmd) Run(p *program) error {
	c, err := cmd.load(p)
	if err != nil {
		return err
	}
	b, state, stats := thisBuild(), 0, 0
	b.sqlite, state, stats = store.Versions()
	commit := cmp.Or(b.commit, "-")
	if b.changed {
		commit = p.say("cli.version_changed", "Commit", commit)
	}
	_, err = fmt.Fprintln(p.stdout, p.say("cli.version",
		"Version", b.version, "Commit", commit, "Go", b.golang,
		"Content", c.ID, "Questions", strconv.Itoa(c.Questions.Version), "Scoring", strconv.Itoa(c.Questions.Scale().Version),
		"SQLite", b.sqlite, "State", strconv.Itoa(state), "Stats", strconv.Itoa(stats), "Licence", licence))
	return err
}

// licence is that of this program, as an SPDX identifier.
const licence = "EUPL-1.2"

// build is what Go recorded when it built the program.
type build struct {
	version string // a release or pseudo-version; "(devel)": none
	commit  string // empty: unknown
	changed bool   // files differed from the commit
	golang  string
	sqlite  string
}

func thisBuild() build {
	b := build{version: "(devel)", golang: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.version = cmp.Or(info.Main.Version, b.version)
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.commit = setting.Value[:min(len(setting.Value), 12)]
		case "vcs.modified":
			b.changed = setting.Value == "true"
		}
	}
	return b
}
