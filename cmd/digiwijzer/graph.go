package main

import (
	"strings"

	"digiwijzer/flows"
)

type graphCmd struct {
	Format string `help:"cli.help.graph_format" enum:"mermaid,dot" default:"mermaid"`
}

// Run draws the phases of the conversation.
func (cmd *graphCmd) Run(p *program) error {
	diagram, err := flows.Dot(), error(nil)
	if cmd.Format == "mermaid" {
		diagram, err = flows.Diagram()
	}
	if err != nil {
		return err
	}
	return p.print(strings.TrimSpace(diagram))
}
