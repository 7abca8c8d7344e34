package server

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

const (
	mediaJSON    = "application/json"
	mediaGraphQL = "application/graphql-response+json"
)

// answerMedia chooses between the two media types of answers by the Accept header (RFC 9110, 12.5.1):
// application/json, unless the other is named and liked no less. False: the client takes neither.
func answerMedia(r *http.Request) (string, bool) {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(accept) == "" {
		return mediaJSON, true
	}
	plain, _ := quality(accept, mediaJSON)
	rich, named := quality(accept, mediaGraphQL)
	switch {
	case rich > plain, named && rich > 0 && rich == plain:
		return mediaGraphQL, true
	case plain > 0:
		return mediaJSON, true
	}
	return "", false
}

// quality is how much accept likes media: the weight of the most specific range that covers it.
// Named tells that it was written out.
func quality(accept, media string) (q float64, named bool) {
	best := -1
	for part := range strings.SplitSeq(accept, ",") {
		ranged, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil || !utf8Charset(params) {
			continue
		}
		specific := -1
		switch ranged {
		case media:
			specific = 2
		case "application/*":
			specific = 1
		case "*/*":
			specific = 0
		}
		if specific <= best {
			continue
		}
		weight := 1.0
		if given, ok := params["q"]; ok {
			if weight, err = strconv.ParseFloat(given, 64); err != nil || !(weight >= 0 && weight <= 1) {
				continue
			}
		}
		best, q, named = specific, weight, specific == 2
	}
	return q, named
}

// utf8Charset tells whether a media type's charset, if it names one, is the one there is.
func utf8Charset(params map[string]string) bool {
	charset, named := params["charset"]
	return !named || strings.EqualFold(charset, "utf-8")
}
