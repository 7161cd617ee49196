package referral_test

import (
	"fmt"
	"log"

	"digiwijzer/referral"
)

// A shop of two to nine people in Zeist is scored and advised.
func Example() {
	catalogue, err := referral.Load(referral.Embedded())
	if err != nil {
		log.Fatal(err)
	}
	scale := &referral.Scale{Version: 1, Items: []referral.Item{
		{Question: "online_presence", Axis: referral.AxisReadiness, Points: map[string]float64{"a": 0, "b": 33, "c": 67, "d": 100}},
		{Question: "login_code", Axis: referral.AxisCyber, Points: map[string]float64{"a": 0, "b": 50, "c": 100}},
		{Question: "updates", Axis: referral.AxisCyber, Points: map[string]float64{"a": 0, "b": 50, "c": 100}},
		{Question: "customer_demand", Axis: referral.AxisImpact, Points: map[string]float64{"a": 0, "b": 33, "c": 67, "d": 100}},
	}}
	answers := referral.Answers{"online_presence": "b", "login_code": "a", "updates": "b", "customer_demand": "c"}
	asked := []string{"online_presence", "login_code", "updates", "customer_demand"}

	assessment := referral.Assess(scale, answers, asked, false)
	fmt.Printf("readiness %.1f, impact %.1f: %s\n", assessment.Readiness, assessment.Impact, assessment.Quadrant)

	advice := catalogue.Advise(referral.Case{
		Assessment: assessment, Answers: answers, Scale: scale,
		Size: referral.Micro, Sector: "retail", Municipality: "GM0355", Today: "2026-11-21",
	})
	for _, step := range advice.Steps {
		fmt.Println(step.Rule, step.Initiative.Name, step.Because)
	}
	// Output:
	// readiness 29.0, impact 67.0: vulnerable
	// R13 CyberVeilig Check [{login_code a} {updates b}]
	// R20 MKB Werkplaats Utrecht [{customer_demand c} {online_presence b}]
	// R20 KVK [{customer_demand c} {online_presence b}]
}
