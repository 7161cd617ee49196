package app

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"strconv"

	"digiwijzer/bot/monitor"
	"digiwijzer/store"
)

// Build is what Go recorded when it built the program.
type Build struct {
	Version string // a release or pseudo-version; "(devel)": none
	Commit  string // empty: unknown
	Changed bool   // files differed from the commit
	Go      string
}

// ThisBuild returns the build of the running program.
func ThisBuild() Build {
	b := Build{Version: "(devel)", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version = cmp.Or(info.Main.Version, b.Version)
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Commit = setting.Value[:min(len(setting.Value), 12)]
		case "vcs.modified":
			b.Changed = setting.Value == "true"
		}
	}
	return b
}

// monitored returns the build as the metrics expose it.
func (b Build) monitored() monitor.Build {
	lib, _, _ := store.Versions()
	return monitor.Build{Version: b.Version, Commit: b.Commit, Changed: strconv.FormatBool(b.Changed), Go: b.Go, SQLite: lib}
}
