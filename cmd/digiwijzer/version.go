package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCmd struct{ contentFlag }

// Run prints the version of the program and the id of the content.
func (cmd *versionCmd) Run(p *program) error {
	c, err := cmd.load(p)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, p.say("cli.version",
		"Version", buildVersion(), "Go", runtime.Version(), "Content", c.ID,
		"Questions", fmt.Sprint(c.Questions.Version), "Scoring", fmt.Sprint(c.Questions.Scale().Version)))
	return err
}

// buildVersion returns the release or commit that Go recorded in the build.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(devel)"
	}
	version := info.Main.Version
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" && (version == "" || version == "(devel)") {
			version = setting.Value[:min(len(setting.Value), 12)]
		}
	}
	if version == "" {
		return "(devel)"
	}
	return version
}
