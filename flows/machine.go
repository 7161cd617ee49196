package flows

import (
	"context"
	"slices"

	"github.com/looplab/fsm"
)

// Phase is the state of a conversation. Questions are not phases: which question
// comes next follows from the answers.
type Phase string

// The phases.
const (
	PhaseNew      Phase = "new"
	PhaseAsking   Phase = "asking"
	PhaseAdvised  Phase = "advised" // the result is shown, not rated yet
	PhaseRated    Phase = "rated"
	PhaseIncident Phase = "incident" // a security incident was reported: the incident card
	PhaseStopped  Phase = "stopped"
)

// The events that change the phase. Answering a question is not one of them.
const (
	evBegin  = "begin"
	evAdvise = "advise" // every question has an answer
	evRate   = "rate"
	evReopen = "reopen" // an answer is changed after the result
	evAlarm  = "alarm"  // an incident is reported
	evResume = "resume" // the check continues
	evStop   = "stop"
)

// phases is the transition table.
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

// after returns the phase that the event leads to, or the same phase when the table
// has no such transition. The machine is built per event: it holds locks and must not
// be used after a failed transition.
func (p Phase) after(event string) Phase {
	machine := fsm.NewFSM(string(p), phases, nil)
	if err := machine.Event(context.Background(), event); err != nil {
		return p
	}
	return Phase(machine.Current())
}

// hasAdvice reports whether the advice is shown.
func (p Phase) hasAdvice() bool { return p == PhaseAdvised || p == PhaseRated }

// normalised returns a known phase; an unknown one becomes PhaseNew.
func (p Phase) normalised() Phase {
	if slices.Contains(allPhases, p) {
		return p
	}
	return PhaseNew
}

// Diagram returns the phases as a Mermaid state diagram.
func Diagram() (string, error) {
	return fsm.VisualizeForMermaidWithGraphType(fsm.NewFSM(string(PhaseNew), phases, nil), fsm.StateDiagram)
}

// Dot returns the phases as a graph in the DOT language of Graphviz.
func Dot() string {
	return fsm.Visualize(fsm.NewFSM(string(PhaseNew), phases, nil))
}
