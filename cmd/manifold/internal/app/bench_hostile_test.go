package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

// hostile is documents at the edge of what is admitted to validation, each made to be dear in its own way. N varies
// their names, for an equal document is validated once.
var hostile = map[string]func(n int) string{
	"different arguments": func(n int) string { // every pair of fields that answer under one name is compared
		return "{" + each(30, func(i int) string { return fmt.Sprintf("a%d:people(first:%d){totalCount}", n, i+1) }) + "}"
	},
	"pairs at every place": func(n int) string {
		return "{" + each(9, func(a int) string {
			return fmt.Sprintf("a%d_%d:people{%s}", a, n, each(30, func(int) string { return "nodes{id displayName}" }))
		}) + "}"
	},
	"pairs within pairs": func(n int) string {
		inner := each(30, func(int) string { return "id " })
		return fmt.Sprintf("query Q%d{people{%s}}", n, each(30, func(int) string { return "nodes{" + inner + "}" }))
	},
	"repeats as far as fields go": func(n int) string {
		return fmt.Sprintf("query Q%d{%s}", n, each(30, func(int) string {
			return "people{" + each(10, func(int) string { return "nodes{id kind status} " }) + "}"
		}))
	},
	"aliases of one page": func(n int) string {
		return "{" + each(200, func(i int) string { return fmt.Sprintf("a%d_%d:people{totalCount}", i, n) }) + "}"
	},
	"fragments that spread all": func(n int) string {
		return fmt.Sprintf("query Q%d{people{nodes{...F0}}}", n) + each(22, func(i int) string {
			return fmt.Sprintf(" fragment F%d on Person{id %s}", i, each(21-i, func(j int) string { return fmt.Sprintf("...F%d ", i+j+1) }))
		})
	},
	"fragments side by side": func(n int) string {
		return fmt.Sprintf("query Q%d{people{nodes{%s}}}", n, each(99, func(i int) string { return fmt.Sprintf("...F%d ", i) })) +
			each(99, func(i int) string { return fmt.Sprintf(" fragment F%d on Person{id kind}", i) })
	},
	"fragments with conflicts": func(n int) string {
		return fmt.Sprintf("query Q%d{people{nodes{%s}}}", n, each(30, func(i int) string { return fmt.Sprintf("...F%d ", i) })) +
			each(30, func(i int) string {
				return fmt.Sprintf(" fragment F%d on Person{a:grants(first:%d){totalCount}}", i, i+1)
			})
	},
	"a chain of fragments for every operation": func(n int) string {
		return each(10, func(i int) string { return fmt.Sprintf("query Q%d_%d{people{nodes{...F0}}}", n, i) }) +
			each(100, func(i int) string {
				if i == 99 {
					return " fragment F99 on Person{id}"
				}
				return fmt.Sprintf(" fragment F%d on Person{id ...F%d}", i, i+1)
			})
	},
	"a cycle of fragments": func(n int) string {
		return fmt.Sprintf("query Q%d{people{nodes{...F0}}}", n) + each(100, func(i int) string {
			return fmt.Sprintf(" fragment F%d on Person{id %s}", i, each(4, func(j int) string { return fmt.Sprintf("...F%d ", (i+j+1)%100) }))
		})
	},
	"type conditions": func(n int) string {
		kinds := []string{"PipedriveUser", "PipefyUser", "PipedreamUser", "Person", "Node", "Identity"}
		return fmt.Sprintf(`query Q%d{node(id:"x"){%s}}`, n, each(400, func(i int) string { return "...on " + kinds[i%len(kinds)] + "{b" + fmt.Sprint(i%50) + ":id}" }))
	},
	"type conditions, same names": func(n int) string {
		kinds := []string{"PipedriveUser", "PipefyUser", "PipedreamUser", "Person", "Node", "Identity"}
		return fmt.Sprintf(`query Q%d{node(id:"x"){%s}}`, n, each(30, func(i int) string { return "...on " + kinds[i%len(kinds)] + "{" + fields + "}" }))
	},
	"variables and their uses": func(n int) string {
		return fmt.Sprintf("query Q%d(%s){%s}", n, each(100, func(i int) string { return fmt.Sprintf("$v%d:Int ", i) }),
			each(100, func(i int) string { return fmt.Sprintf("a%d:people(first:$v%d last:$v%d){totalCount}", i, i, 99-i) }))
	},
	"variables in a shared fragment": func(n int) string {
		variables := each(30, func(i int) string { return fmt.Sprintf("$v%d:Int ", i) })
		return each(10, func(i int) string { return fmt.Sprintf("query Q%d_%d(%s){...F}", n, i, variables) }) +
			"fragment F on Query{" + each(30, func(i int) string { return fmt.Sprintf("a%d:people(first:$v%d){totalCount}", i, i) }) + "}"
	},
	"unknown fields": func(n int) string {
		return fmt.Sprintf("query Q%d{people{nodes{%s}}}", n, each(1900, func(i int) string { return fmt.Sprintf("x%d ", i) }))
	},
	"unknown long fields": func(n int) string {
		return fmt.Sprintf("query Q%d{people{nodes{%s}}}", n, each(1900, func(i int) string { return fmt.Sprintf("%s%d ", strings.Repeat("displayName", 3), i) }))
	},
	"unknown very long names": func(n int) string {
		return fmt.Sprintf("query Q%d{people{nodes{%s}}}", n, each(20, func(i int) string { return fmt.Sprintf("%s%d ", strings.Repeat("displayName", 1000), i) }))
	},
	"unknown fields of interfaces": func(n int) string {
		return fmt.Sprintf(`query Q%d{node(id:"x"){%s}}`, n, each(1900, func(i int) string { return fmt.Sprintf("email%d ", i) }))
	},
	"unknown types": func(n int) string {
		return fmt.Sprintf(`query Q%d{node(id:"x"){%s}}`, n, each(700, func(i int) string { return fmt.Sprintf("...on PipedriveUsr%d{id}", i) }))
	},
	"unknown arguments": func(n int) string {
		return fmt.Sprintf(`query Q%d{people(%s){totalCount}}`, n, each(1200, func(i int) string { return fmt.Sprintf("firs%d:1 ", i) }))
	},
	"unknown input fields": func(n int) string {
		return fmt.Sprintf(`query Q%d{people(filter:{%s}){totalCount}}`, n, each(900, func(i int) string { return fmt.Sprintf("emailDomain%d:1 ", i) }))
	},
	"unknown enum values": func(n int) string {
		return fmt.Sprintf(`query Q%d{people(filter:{systems:[%s]}){totalCount}}`, n, each(900, func(i int) string { return fmt.Sprintf("PIPEDRIV%d ", i) }))
	},
	"the same argument": func(n int) string {
		return fmt.Sprintf(`query Q%d{people(%s){totalCount}}`, n, each(1200, func(i int) string { return "first:1 " }))
	},
	"the same argument to fields of one name": func(n int) string {
		return fmt.Sprintf(`query Q%d{%s}`, n, each(30, func(i int) string {
			return "people(" + each(30, func(i int) string { return fmt.Sprintf("x%d:1 ", i) }) + "){totalCount}"
		}))
	},
	"large values compared": func(n int) string {
		list := "[" + each(50, func(i int) string { return fmt.Sprintf(`"v%d" `, i) }) + "]"
		return fmt.Sprintf(`query Q%d{%s}`, n, each(30, func(i int) string { return "people(filter:{emailDomains:" + list + "}){totalCount}" }))
	},
	"long values compared": func(n int) string {
		text := strings.Repeat("x", 6000)
		return fmt.Sprintf(`query Q%d{%s}`, n, each(30, func(i int) string { return `people(filter:{search:"` + text + `"}){totalCount}` }))
	},
	"directives": func(n int) string {
		return fmt.Sprintf("query Q%d{%s}", n, each(25, func(i int) string { return "people @x @y @z @x{totalCount}" }))
	},
	"a long comment":   func(n int) string { return fmt.Sprintf("query Q%d{viewer{name}}#%s", n, strings.Repeat("x", 200_000)) },
	"many short lines": func(n int) string { return fmt.Sprintf("query Q%d{viewer{name}}%s", n, strings.Repeat("#\n", 100_000)) },
	"lines and names": func(n int) string {
		return fmt.Sprintf("query Q%d{viewer{%s}}", n, strings.Repeat("\n", 200_000)+strings.Repeat("name ", 30))
	},
	"unknown, at a far": func(n int) string {
		return fmt.Sprintf("query Q%d{viewer{%s}}", n, strings.Repeat("é", 0)+each(1900, func(i int) string { return strings.Repeat("\n", 50) + fmt.Sprintf("x%d", i) }))
	},
	"a block string": func(n int) string {
		return fmt.Sprintf(`query Q%d{people(filter:{search:"""%s"""}){totalCount}}`, n, strings.Repeat(" x\n", 60_000))
	},
	"escapes": func(n int) string {
		return fmt.Sprintf(`query Q%d{people(filter:{search:"%s"}){totalCount}}`, n, strings.Repeat(`\u0041`, 15_000))
	},
	"nested lists": func(n int) string {
		return fmt.Sprintf("query Q%d{people(first:%s1%s){totalCount}}", n, strings.Repeat("[", 900), strings.Repeat("]", 900))
	},
	"nested fields": func(n int) string {
		return fmt.Sprintf("query Q%d%s{name}%s", n, strings.Repeat("{viewer", 900), strings.Repeat("}", 900))
	},
	"nested inline": func(n int) string {
		return fmt.Sprintf("query Q%d{%sviewer{name}%s}", n, strings.Repeat("...{", 900), strings.Repeat("}", 900))
	},
	"errors beside a long comment": func(n int) string { // what is said of each is compared with what was sent
		return "{" + each(200, func(i int) string { return fmt.Sprintf("a%d_%d:people(first:-1){totalCount}", i, n) }) + "}" + comment
	},
	"wrong fields beside a long comment": func(n int) string {
		return fmt.Sprintf("query Q%d{people{nodes{%s}}}", n, each(30, func(i int) string { return fmt.Sprintf("x%d ", i) })) + comment
	},
	"unknown very long types": func(n int) string {
		return fmt.Sprintf("query Q%d{viewer{name}}", n) + each(100, func(i int) string {
			return fmt.Sprintf(" fragment F%d on %s%d{id}", i, strings.Repeat("Pipedrive", 260), i)
		})
	},
	"unknown very long directives": func(n int) string {
		return fmt.Sprintf("query Q%d{viewer{%s}}", n, each(30, func(int) string { return "name @" + strings.Repeat("include", 1000) + " " }))
	},
	"introspection": func(n int) string {
		return fmt.Sprintf("query Q%d{__schema{types{fields{type{fields{type{fields{name}}}}}}}}", n)
	},
}

// comment is no token, and full of different words.
var comment = "\n#" + each(35_000, func(i int) string { return fmt.Sprintf(" %x", 0xa000+i) })

// fields are those that all nodes have, under names that any of them may use.
const fields = "a:id b:__typename c:id d:id e:id f:id g:id h:id"

func each(n int, of func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(of(i))
	}
	return b.String()
}

// cpu is the processor time of this process so far, collection of garbage included.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// hostileLimit is what no document may take of the processor.
const hostileLimit = 50 * time.Millisecond

// An answer to a document that was refused is small, and says why, whatever the document repeats.
func TestHostileDocumentsGetSmallAnswers(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{edit: withKeys}) // with suggestions off, as where strangers may ask
	for name, document := range hostile {
		r := s.post(question(document(0)), as(fewKey))
		if len(r.Errors) == 0 {
			continue // it is dear and right
		}
		if code := r.Errors[0].Extensions.Code; code != "COST_LIMIT_EXCEEDED" && code != "BAD_USER_INPUT" && code != "FORBIDDEN" || len(r.Errors) > 101 {
			t.Errorf("%s: %d errors, the first %+v", name, len(r.Errors), r.Errors[0])
		}
		if len(r.raw) > 32<<10 {
			t.Errorf("%s: the refusal has %d bytes: %.200s", name, len(r.raw), r.raw)
		}
	}
}

// BenchmarkHostileDocuments answers each document in turn, by the graph as it is served, and tells what each takes of
// the processor. It fails where that is more than the limit.
func BenchmarkHostileDocuments(b *testing.B) {
	h, _ := served(b, 120, func(c *config.Config) { c.Introspection, c.Suggestions = "off", "off" })
	n := 0
	for name, document := range hostile {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			began := cpu()
			for b.Loop() {
				n++
				r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(question(document(n))))
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if n%50 == 0 || b.N == 1 {
					b.Logf("%d bytes, %.160s", w.Body.Len(), w.Body)
				}
			}
			each := (cpu() - began) / time.Duration(b.N)
			b.ReportMetric(float64(each.Microseconds())/1000, "cpu-ms/op")
			b.ReportMetric(each.Seconds()/hostileLimit.Seconds(), "cpu/limit")
			if each > hostileLimit {
				b.Errorf("a document takes %v of the processor, over the limit of %v", each, hostileLimit)
			}
		})
	}
}
