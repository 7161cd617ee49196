package flows

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
