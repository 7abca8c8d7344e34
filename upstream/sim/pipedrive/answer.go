package pipedrive

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// answer is what goes back: a status and an envelope, or a page of HTML.
type answer struct {
	status int
	header map[string]string
	body   any
	html   string
}

// envelope wraps what an operation answers.
type envelope struct {
	Success        bool `json:"success"`
	Data           any  `json:"data"`
	AdditionalData any  `json:"additional_data,omitempty"`
}

// failure is the envelope of refusals; any of its last three keys may be missing on the wire.
type failure struct {
	Success        bool    `json:"success"`
	Error          string  `json:"error"`
	ErrorCode      int     `json:"errorCode,omitempty"`
	ErrorInfo      string  `json:"error_info,omitempty"`
	Data           *string `json:"data"`
	AdditionalData *string `json:"additional_data"`
}

// notFound has the short form that was seen for users.
type notFound struct {
	Success bool   `json:"success"`
	Error   string `json:"error"`
}

const errorInfo = "Please check developers.pipedrive.com"

func succeeded(data, additional any) answer {
	return answer{status: http.StatusOK, body: envelope{Success: true, Data: data, AdditionalData: additional}}
}

func failed(status int, message string) answer {
	return answer{status: status, body: failure{Error: message, ErrorInfo: errorInfo}}
}

func forbidden(message string) answer { return failed(http.StatusForbidden, message) }

func userNotFound() answer {
	return answer{status: http.StatusNotFound, body: notFound{Error: "User not found or not accessible."}}
}

func unauthorized(oauth bool) answer {
	message := "unauthorized access"
	if oauth {
		message = "Invalid token: access_token is invalid"
	}
	a := failed(http.StatusUnauthorized, message)
	a.body = failure{Error: message, ErrorCode: http.StatusUnauthorized, ErrorInfo: errorInfo}
	a.header = map[string]string{"x-401-by-gw": "true"}
	return a
}

// overLimit is a 429. Its body is undocumented but for the sentence.
func overLimit() answer {
	return answer{status: http.StatusTooManyRequests,
		body: failure{Error: "Request over limit", ErrorCode: http.StatusTooManyRequests, ErrorInfo: errorInfo}}
}

// blocked is what the edge answers to a token that went on after 429s.
func blocked() answer {
	return answer{status: http.StatusForbidden, html: "<!DOCTYPE html>\n<html><head><title>Access denied</title></head>" +
		"<body><h1>Error 1015</h1><p>You are being rate limited.</p></body></html>\n"}
}

func (a answer) write(w http.ResponseWriter) {
	for k, v := range a.header {
		w.Header().Set(k, v)
	}
	if a.html != "" {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		w.WriteHeader(a.status)
		w.Write([]byte(a.html))
		return
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a.body); err != nil {
		// Every body is a struct of this package: it can always be encoded.
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	w.Write(b.Bytes())
}
