package wire_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// A call that does not end OK is a Failure for the log, and a fault for clients.
func ExampleClient_Do() {
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("x-api-token") != "right" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		io.WriteString(w, `{"name":"Ann"}`)
	}))
	defer vendor.Close()
	transport := wire.NewTransport()
	defer transport.CloseIdleConnections()

	for _, token := range []string{"right", "wrong"} {
		client, err := wire.New(wire.Config{
			Source: "pipedrive-acme", BaseURL: vendor.URL, Credential: wire.HeaderToken("x-api-token", token), Transport: transport,
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		var user struct{ Name string }
		req := wire.Request{Method: http.MethodGet, Path: "/api/v1/users/7", Operation: "users.get"}
		_, err = client.As(wire.Interactive, nil).Do(context.Background(), req, &user)
		if err != nil {
			fmt.Println(err)
			fmt.Println(fault.From(err).Kind.Code(), fault.From(err).Message)
			continue
		}
		fmt.Println(user.Name)
	}
	// Output:
	// Ann
	// pipedrive-acme users.get: unauthorized (status 401)
	// SOURCE_UNAVAILABLE pipedrive-acme is unavailable: its credential was refused. Check the token in the configuration.
}
