package sim_test

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/manifold-graph/manifold/upstream/sim"
	"github.com/manifold-graph/manifold/upstream/sim/chaos"
)

// Serve a small world, make one of its services fail once, and ask it twice.
func ExampleStart() {
	world := sim.NewWorld(sim.WorldOptions{Seed: 7, People: 20})
	running, err := sim.Start(context.Background(), sim.Options{World: world, Budget: 1000})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer running.Close()

	err = running.Pipedrive.Chaos.Add(chaos.Fault{Name: "full window", Kind: chaos.Burst429, Count: 1, Match: chaos.Match{Operation: "me"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		req, _ := http.NewRequest(http.MethodGet, running.Pipedrive.URL+"/v1/users/me", nil)
		req.Header.Set("x-api-token", world.Credentials.Pipedrive[0].Token)
		res, err := client.Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		fmt.Println(res.StatusCode, res.Header.Get("x-ratelimit-remaining"))
	}
	fmt.Println(running.Pipedrive.Chaos.Unfired())
	// Output:
	// 429 0
	// 200 19
	// []
}
