package persisted_test

import (
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/persisted"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhatIsRegisteredIsBoundedInBytes(t *testing.T) {
	d := persisted.New(false, nil)
	body := strings.Repeat("#", 64<<10)
	const n = 1000
	for i := range n {
		text := fmt.Sprint(i, body)
		d.Register(persisted.Hash(text), text)
	}
	held := 0
	d.Settle()
	for i := range n {
		if _, ok := d.Registered("sha256:" + persisted.Hash(fmt.Sprint(i, body))); ok {
			held++
		}
	}
	if held == 0 || held*len(body) > 16<<20 {
		t.Errorf("%d of %d are held, %d bytes", held, n, held*len(body))
	}
	huge := strings.Repeat("#", 2<<20)
	d.Register(persisted.Hash(huge), huge)
	if _, ok := d.Registered("sha256:" + persisted.Hash(huge)); ok {
		t.Error("a huge one is held")
	}
}
