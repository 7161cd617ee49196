package flows

import (
	"context"
	"slices"

	"github.com/looplab/fsm"
)

// Phase is where a conversation stands. Questions are not phases: which question
// comes next follows from the answers.
type Phase string

// The phases.
const (
	PhaseNew      Phase = "new"
	PhaseAsking   Phase = "asking"
	PhaseAdvised  Phase = "advised" // the result is shown, not rated yet
	PhaseRated    Phase = "rated"
	PhaseIncident Phase = "incident" // something is wrong now: the incident card
	PhaseStopped  Phase = "stopped"
)

// The events that move a conversation from one phase to another. Answering a
// question is none: it moves the answers, not the phase.
const (
	evBegin  = "begin"
	evAdvise = "advise" // every question has an answer
	evRate   = "rate"
	evReopen = "reopen" // an answer is changed after the result
	evAlarm  = "alarm"  // something is wrong now
	evResume = "resume" // on with the check
	evStop   = "stop"
)

// phases is the whole table.
var phases = fsm.Events{
	{Name: evBegin, Src: []string{string(PhaseNew), string(PhaseStopped)}, Dst: string(PhaseAsking)},
	{Name: evAdvise, Src: []string{string(PhaseAsking)}, Dst: string(PhaseAdvised)},
	{Name: evRate, Src: []string{string(PhaseAdvised)}, Dst: string(PhaseRated)},
	{Name: evReopen, Src: []string{string(PhaseAdvised), string(PhaseRated)}, Dst: string(PhaseAsking)},
	{Name: evAlarm, Src: []string{string(PhaseNew), string(PhaseAsking), string(PhaseAdvised), string(PhaseRated), string(PhaseStopped)}, Dst: string(PhaseIncident)},
	{Name: evResume, Src: []string{string(PhaseIncident)}, Dst: string(PhaseAsking)},
	{Name: evStop, Src: []string{string(PhaseNew), string(PhaseAsking), string(PhaseAdvised), string(PhaseRated), string(PhaseIncident)}, Dst: string(PhaseStopped)},
}

var allPhases = []Phase{PhaseNew, PhaseAsking, PhaseAdvised, PhaseRated, PhaseIncident, PhaseStopped}

// after returns the phase that the event leads to; where the table has no such step
// the phase stays. A machine is built per event and thrown away: it holds locks and
// cannot be trusted after a failed transition.
func (p Phase) after(event string) Phase {
	machine := fsm.NewFSM(string(p), phases, nil)
	if err := machine.Event(context.Background(), event); err != nil {
		return p
	}
	return Phase(machine.Current())
}

// normalised turns a stored phase into one of the table: anything else is a new
// conversation.
func (p Phase) normalised() Phase {
	if slices.Contains(allPhases, p) {
		return p
	}
	return PhaseNew
}

// Diagram draws the phases as a mermaid state diagram.
func Diagram() (string, error) {
	return fsm.VisualizeForMermaidWithGraphType(fsm.NewFSM(string(PhaseNew), phases, nil), fsm.StateDiagram)
}

// Dot draws the phases as a graph in the DOT language of Graphviz.
func Dot() string {
	return fsm.Visualize(fsm.NewFSM(string(PhaseNew), phases, nil))
}
