package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strconv"

	"digiwijzer/bot/monitor"
	"digiwijzer/store"
)

type versionCmd struct{ contentFlag }

// Run prints what this program is made of.
func (cmd *versionCmd) Run(p *program) error {
	c, err := cmd.load(p)
	if err != nil {
		return err
	}
	b := thisBuild()
	lib, state, stats := store.Versions()
	commit := cmp.Or(b.commit, "-")
	if b.changed {
		commit = p.say("cli.version_changed", "Commit", commit)
	}
	_, err = fmt.Fprintln(p.stdout, p.say("cli.version",
		"Version", b.version, "Commit", commit, "Go", b.golang,
		"Content", c.ID, "Questions", strconv.Itoa(c.Questions.Version), "Scoring", strconv.Itoa(c.Questions.Scale().Version),
		"SQLite", lib, "State", strconv.Itoa(state), "Stats", strconv.Itoa(stats), "Licence", licence))
	return err
}

// licence is that of this program, as an SPDX identifier.
const licence = "EUPL-1.2"

// newMetrics returns the metrics of this program.
func newMetrics() *monitor.Metrics {
	b := thisBuild()
	lib, _, _ := store.Versions()
	return monitor.NewMetrics(monitor.Build{Version: b.version, Commit: b.commit, Changed: strconv.FormatBool(b.changed), Go: b.golang, SQLite: lib})
}

// build is what Go recorded when it built the program.
type build struct {
	version string // a release or pseudo-version; "(devel)": none
	commit  string // empty: unknown
	changed bool   // files differed from the commit
	golang  string
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
