package fleet_test

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim"
	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
)

const report = `nodes { id state endedAt steps { kind state message identityId attempts isReconciled begunAt endedAt } }`

// A process is killed at any moment of an offboarding, twenty times. The next one finishes it: nothing is left, no user is
// deactivated twice, and the audit log verifies.
func TestAnOffboardingOutlivesItsProcess(t *testing.T) {
	offboardThroughKills(t, smallWorld(), "path: manifold.db", "1500ms", 26, 20)
}

// offboardThroughKills offboards people of a world, and kills the process that does it at any moment of each.
// Grace is how long a call may still be on its way to a busy simulator after whoever made it is gone.
func offboardThroughKills(t *testing.T, w *sim.World, store, grace string, seed uint64, kills int) {
	// Each new process reads everything anew: two hundred in half an hour are more than Pipedream's window has room for.
	f := begin(t, 1, setup{alone: true, sim: sim.Options{World: w, Latency: 8 * time.Millisecond, Pipedream: pipedream.Options{AccountRequests: 1 << 20}},
		with: "acts: {call_timeout: 1s, grace: " + grace + "}\nstore: {" + store + "}\n"})
	random := rand.New(rand.NewPCG(20, seed))
	leavers := f.users(2 * kills)
	runs, deactivated, before := 0, 0, f.requests("updateUser")
	for _, id := range leavers {
		if runs == kills {
			break
		}
		r := f.replicas[len(f.replicas)-1]
		p := r.must(fmt.Sprintf(`mutation { offboardPerson(input: {personIds: [%q], reason: "left", dryRun: true}) { planToken userErrors { code } } }`, id))
		token, _ := dig(p.Data, "offboardPerson", "planToken").(string)
		if token == "" {
			continue // an administrator, or the owner of a credential
		}
		runs++
		started := make(chan struct{})
		go func() {
			defer close(started)
			_, _ = r.ask(fmt.Sprintf(`mutation { offboardPerson(input: {personIds: [%q], reason: "left", planToken: %q, idempotencyKey: %q}) { action { id } userErrors { code } } }`, id, token, id))
		}()
		time.Sleep(time.Duration(random.IntN(120)) * time.Millisecond)
		r.kill()
		<-started
		next := f.launch()
		next.awaitReady()
		// Who heard no answer asks again: under the same key nothing is done twice, whether the first was decided or not.
		again := next.must(fmt.Sprintf(`mutation { offboardPerson(input: {personIds: [%q], reason: "left", planToken: %q, idempotencyKey: %q}) { action { id } userErrors { code message } } }`, id, token, id))
		if errs, _ := dig(again.Data, "offboardPerson", "userErrors").([]any); len(errs) > 0 {
			t.Fatalf("run %d: %v", runs, errs)
		}
		var action any
		f.until("the act has ended", func() bool {
			action = dig(next.must(`{ actions(first: 1) { `+report+` } }`).Data, "actions", "nodes", 0)
			return dig(action, "endedAt") != nil
		})
		steps, _ := dig(action, "steps").([]any)
		for _, s := range steps {
			switch state := dig(s, "state"); {
			case state == "DONE" && dig(s, "kind") == "DEACTIVATE":
				deactivated++
				if n := f.requests("updateUser") - before; n > deactivated {
					t.Fatalf("run %d: %d users deactivated by %d calls: %v", runs, deactivated, n, steps)
				}
			case state != "DONE" && state != "SKIPPED":
				t.Errorf("run %d: a step is %v: %v", runs, state, s)
			}
		}
	}
	if n := f.requests("updateUser") - before; n != deactivated || runs < kills {
		t.Errorf("%d runs, %d users deactivated by %d calls", runs, deactivated, n)
	}
	f.replicas[len(f.replicas)-1].kill()
	if out, err := exec.Command(binary, "audit", "verify", "--config", f.config).CombinedOutput(); err != nil {
		t.Errorf("the audit log: %v\n%s", err, out)
	}
}
