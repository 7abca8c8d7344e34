package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

type explainCommand struct {
	File      string `arg:"" help:"The operation, as a GraphQL document; - reads standard input." placeholder:"FILE"`
	Variables string `placeholder:"JSON|@FILE" help:"The variables, as a JSON object or a file that holds one."`
	Operation string `placeholder:"NAME" help:"Which operation, where the document has several."`
	URL       string `default:"http://127.0.0.1:4000/graphql" help:"The running Manifold to ask."`
	Key       string `env:"MANIFOLD_KEY" help:"The API key, where it needs one; better set as MANIFOLD_KEY in the environment."`
	JSON      bool   `help:"Print the plan as JSON."`
}

// foretold is the part of an answer that holds a plan.
type foretold struct {
	Errors []struct {
		Message    string `json:"message"`
		Extensions struct {
			Code string `json:"code"`
		} `json:"extensions"`
	} `json:"errors"`
	Extensions struct {
		Manifold struct {
			Plan json.RawMessage `json:"plan"`
		} `json:"manifold"`
	} `json:"extensions"`
}

// shownPlan is as much of a plan as the table shows.
type shownPlan struct {
	Sources []struct {
		Source        string
		Calls, Tokens shownSpan
		Saved         int
		Remaining     *shownSpan
		Reason        string
		Steps         []struct {
			Operation, Field, Reason string
			Calls, Tokens            shownSpan
			Saved                    int
		}
	}
	Price struct {
		Limit   int
		Systems []struct {
			System string
			Tokens int
		}
	}
}

type shownSpan struct{ AtLeast, AtMost int }

func (s shownSpan) String() string {
	if s.AtLeast == s.AtMost {
		return fmt.Sprint(s.AtLeast)
	}
	return fmt.Sprintf("%d to %d", s.AtLeast, s.AtMost)
}

// Run asks a running Manifold what an operation would cost, which costs nothing.
func (c *explainCommand) Run(s *streams) error {
	request, err := c.request()
	if err != nil {
		return err
	}
	answer, err := c.ask(s.ctx, request)
	if err != nil {
		return err
	}
	raw := answer.Extensions.Manifold.Plan
	if len(raw) == 0 {
		if len(answer.Errors) > 0 {
			return fmt.Errorf("%s: %s", answer.Errors[0].Extensions.Code, answer.Errors[0].Message)
		}
		return fmt.Errorf("%s answered without a plan; is it a Manifold of this version?", c.URL)
	}
	var told []string // once, though every person of a page says it
	for _, e := range answer.Errors {
		if line := e.Extensions.Code + ": " + e.Message; !slices.Contains(told, line) {
			told = append(told, line)
			fmt.Fprintln(s.errors, "the operation would also answer", line)
		}
	}
	if c.JSON {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, raw, "", "  "); err != nil {
			return fmt.Errorf("read the plan: %w", err)
		}
		_, err := fmt.Fprintln(s.out, pretty.String())
		return err
	}
	var p shownPlan
	if err := json.Unmarshal(raw, &p); err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	return p.print(s.out)
}

// request is the body to send.
func (c *explainCommand) request() ([]byte, error) {
	document, err := read(c.File)
	if err != nil {
		return nil, err
	}
	variables := map[string]any{}
	if c.Variables != "" {
		text := []byte(c.Variables)
		if file, ok := strings.CutPrefix(c.Variables, "@"); ok {
			if text, err = read(file); err != nil {
				return nil, err
			}
		}
		if err := json.Unmarshal(text, &variables); err != nil {
			return nil, errors.New("--variables is no JSON object, such as {\"first\": 10}")
		}
	}
	return json.Marshal(map[string]any{"query": string(document), "variables": variables, "operationName": c.Operation})
}

func read(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(file)
}

// maxPlan bounds what is read of an answer.
const maxPlan = 16 << 20

func (c *explainCommand) ask(ctx context.Context, body []byte) (foretold, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var answer foretold
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return answer, fmt.Errorf("--url: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Manifold-Explain", "plan")
	if c.Key != "" {
		r.Header.Set("Authorization", "Bearer "+c.Key)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer, fmt.Errorf("no Manifold answers: %w; start one, or name another with --url", errors.Unwrap(err))
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxPlan)).Decode(&answer); err != nil {
		return answer, fmt.Errorf("%s answered %s and no JSON; --url names the address of the API, as in http://127.0.0.1:4000/graphql", c.URL, resp.Status)
	}
	return answer, nil
}

func (p shownPlan) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(p.Sources) == 0 {
		fmt.Fprintln(w, "Answered from memory: no call, nothing spent.")
	} else {
		fmt.Fprintln(w, "SOURCE\tFOR\tCALLS\tTOKENS\tSAVED\tWHY")
	}
	for _, s := range p.Sources {
		for _, step := range s.Steps {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", s.Source, cmp.Or(step.Field, step.Operation), step.Calls, step.Tokens, step.Saved, step.Reason)
		}
		left := ""
		if s.Remaining != nil {
			left = fmt.Sprintf("%s left after it. ", s.Remaining)
		}
		fmt.Fprintf(w, "%s\tin all\t%s\t%s\t%d\t%s\n", s.Source, s.Calls, s.Tokens, s.Saved, strings.TrimSpace(left+s.Reason))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, each := range p.Price.Systems {
		fmt.Fprintf(out, "At worst, with nothing held: %d of one %s source; the limit is %d.\n", each.Tokens, each.System, p.Price.Limit)
	}
	return nil
}
