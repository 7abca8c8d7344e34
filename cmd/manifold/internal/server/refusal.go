package server

import (
	"encoding/json"
	"net/http"

	"github.com/manifold-graph/manifold/graph/fault"
)

type refusal struct {
	Message    string            `json:"message"`
	Extensions map[string]string `json:"extensions"`
}

// refuse answers in the form that GraphQL clients read, whatever was asked.
func refuse(w http.ResponseWriter, status int, kind fault.Kind, message string) {
	refuseAs(w, mediaJSON, status, kind, message)
}

func refuseAs(w http.ResponseWriter, media string, status int, kind fault.Kind, message string) {
	body, err := json.Marshal(map[string][]refusal{"errors": {{message, map[string]string{"code": kind.Code()}}}})
	if err != nil {
		panic(err) // strings alone: cannot happen
	}
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}
