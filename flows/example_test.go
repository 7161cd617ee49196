package flows_test

import (
	"fmt"
	"log"

	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

func ExampleEngine_Step() {
	questions, err := flows.Load(flows.Embedded())
	if err != nil {
		log.Fatal(err)
	}
	catalogue, err := referral.Load(referral.Embedded())
	if err != nil {
		log.Fatal(err)
	}
	texts, err := locales.BuiltIn()
	if err != nil {
		log.Fatal(err)
	}
	engine := flows.NewEngine(flows.Content{Questions: questions, Catalogue: catalogue, Languages: texts.Languages()})

	turn := engine.Step(flows.Session{}, flows.Input{Kind: flows.Start, Today: "2026-11-21"})
	for _, option := range []string{"2", "horeca", "GM0355"} {
		reply := turn.Replies[0]
		for _, block := range reply.Blocks {
			if block.Style == flows.Question {
				words, err := texts.Render("en", block.Text)
				if err != nil {
					log.Fatal(err)
				}
				fmt.Println(words, option)
			}
		}
		button := reply.Keys[0][0] // of the question: the option is chosen below
		turn = engine.Step(turn.Session, flows.Input{
			Kind: flows.Answer, Question: button.Question, Option: option, Rev: button.Rev, Today: "2026-11-21",
		})
	}
	fmt.Println(turn.Session.Phase, turn.Session.Answers)
	// Output:
	// How many people work in your business? 2
	// What is your main line of business? horeca
	// In which municipality is your business? GM0355
	// asking map[municipality:GM0355 sector:horeca size:2]
}
