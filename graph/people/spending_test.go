package people_test

import (
	"testing"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
)

func TestSpendingIsSummedByWhatIsAsked(t *testing.T) {
	rows := []people.Spending{
		{Client: "key:a", Operation: "One", Field: "F", Class: "interactive", Calls: 1, Tokens: 10},
		{Client: "key:a", Operation: "Two", Field: "F", Class: "interactive", Calls: 2, Tokens: 20},
		{Client: "key:b", Field: "F", Class: "interactive", Calls: 1, Tokens: 25},
		{Class: "refresh", Calls: 1, Tokens: 20},
	}
	all, err := people.SpentBy(rows, nil, nil)
	if err != nil || len(all) != 4 || *all[0].Client != "key:b" || all[0].Operation != nil {
		t.Fatalf("all: %+v, %v", all, err)
	}
	one := 1
	clients, err := people.SpentBy(rows, []people.SpendingKey{people.SpendingClient}, &one)
	if err != nil || len(clients) != 1 || *clients[0].Client != "key:a" || clients[0].Tokens != 30 || clients[0].Calls != 3 || clients[0].Field != nil {
		t.Errorf("by client: %+v, %v", clients, err)
	}
	classes, _ := people.SpentBy(rows, []people.SpendingKey{people.SpendingClass}, nil)
	if len(classes) != 2 || *classes[0].Class != "interactive" || classes[0].Tokens != 55 {
		t.Errorf("by class: %+v", classes)
	}
	none := 0
	if _, err := people.SpentBy(rows, nil, &none); fault.KindOf(err) != fault.BadUserInput {
		t.Errorf("first: 0: %v", err)
	}
}
