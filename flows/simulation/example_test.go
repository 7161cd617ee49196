package simulation_test

import (
	"context"
	"fmt"
	"log"

	"digiwijzer/flows"
	"digiwijzer/flows/simulation"
	"digiwijzer/referral"
)

// Where would a thousand businesses of the region be placed, and what would most of
// them be advised?
func ExampleRun() {
	questions, err := flows.Load(flows.Embedded())
	if err != nil {
		log.Fatal(err)
	}
	catalogue, err := referral.Load(referral.Embedded())
	if err != nil {
		log.Fatal(err)
	}
	population, err := simulation.ParsePopulation(simulation.EmbeddedPopulation(), questions, catalogue.Region())
	if err != nil {
		log.Fatal(err)
	}
	engine := flows.NewEngine(flows.Content{Questions: questions, Catalogue: catalogue})
	sample := simulation.Sample{N: 1000, Seed: 1, Today: "2026-11-22"}
	result, err := simulation.Run(context.Background(), engine, population, sample)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("vulnerable:", result.Quadrants[string(referral.Vulnerable)], "of", result.N)
	fmt.Println("most advised:", result.Initiatives[0].ID)
	// Output:
	// vulnerable: 165 of 1000
	// most advised: kvk
}
