package people_test

import (
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

func (o office) ann(t *testing.T) (directory.View, *directory.Person) {
	t.Helper()
	v, who := o.view(access.ReadScopes...)
	ann, err := o.Person(v, who, people.Ref{PipedriveUser: &people.VendorUser{UserID: "1"}})
	if err != nil || ann == nil {
		t.Fatalf("no Ann: %v", err)
	}
	return v, ann
}

func TestGrantsSpeakOneVocabulary(t *testing.T) {
	o := newOffice(t)
	v, ann := o.ann(t)
	all, err := o.Grants(v, *ann, people.Paging{}, nil)
	if err != nil || all.TotalCount() != 6 {
		t.Fatalf("Ann has %d grants, %v; want 6", all.TotalCount(), err)
	}
	readers, err := o.Grants(v, *ann, people.Paging{}, &directory.GrantFilter{Levels: []person.Level{person.LevelReader}})
	if err != nil || readers.TotalCount() != 1 || *readers.Nodes()[0].Role() != "read_and_comment" {
		t.Errorf("as a reader: %d, %v", readers.TotalCount(), err)
	}
	if all.IsComplete {
		t.Error("a source was never read, and the grants claim to be complete")
	}
}

func TestMembershipsAreOfOneKindAndPage(t *testing.T) {
	o := newOffice(t)
	v, ann := o.ann(t)
	users, err := people.InSystem[people.PipefyUser](o.Service, v, *ann, person.Pipefy)
	if err != nil || len(users) != 1 {
		t.Fatalf("%v, %v", users, err)
	}
	page, err := o.Memberships(users[0], person.ResourcePipe, people.Paging{First: new(2)})
	if err != nil || len(page.Nodes()) != 2 || page.TotalCount() != 3 || !page.PageInfo().HasNextPage || !page.IsComplete {
		t.Fatalf("first two pipes: %+v, %v", page, err)
	}
	rest, err := o.Memberships(users[0], person.ResourcePipe, people.Paging{After: page.PageInfo().EndCursor})
	if err != nil || len(rest.Nodes()) != 1 || rest.Nodes()[0].Resource().Name() != "Pipe 13" {
		t.Errorf("the last pipe: %+v, %v", rest, err)
	}
	tables, err := o.Memberships(users[0], person.ResourceTable, people.Paging{})
	if err != nil || tables.TotalCount() != 0 {
		t.Errorf("tables: %d, %v", tables.TotalCount(), err)
	}
}

// Pipefy lists only the pipes of its credential, but every member of the organization.
func TestMembershipsAreNotCompleteWhileAPipeIsHidden(t *testing.T) {
	o := newOffice(t, func(in *directory.Input) { in.Batches[1].Coverage.GrantsComplete = false })
	v, ann := o.ann(t)
	users, err := people.InSystem[people.PipefyUser](o.Service, v, *ann, person.Pipefy)
	if err != nil || len(users) != 1 {
		t.Fatalf("%v, %v", users, err)
	}
	for kind, want := range map[person.ResourceKind]bool{person.ResourcePipe: false, person.ResourceTable: false, person.ResourceOrganization: true} {
		if page, err := o.Memberships(users[0], kind, people.Paging{}); err != nil || page.IsComplete != want {
			t.Errorf("kind %d: complete %v, %v; want %v", kind, page.IsComplete, err, want)
		}
	}
}

func TestMembersCarryTheirRoles(t *testing.T) {
	o := newOffice(t)
	v, _ := o.ann(t)
	pipe, ok := v.Resource(person.ResourceKey{System: person.Pipefy, Account: "301", Kind: person.ResourcePipe, ID: "11"})
	if !ok {
		t.Fatal("no pipe 11")
	}
	members, err := o.Members(v, pipe, people.Paging{})
	if err != nil || len(members.Edges()) != 1 || len(members.Nodes()) != 1 {
		t.Fatalf("%+v, %v", members, err)
	}
	edge := members.Edges()[0]
	if *edge.Role() != "member" || edge.Level() != person.LevelMember || edge.Node().Entry().Key().ID != "900" {
		t.Errorf("the member of pipe 11 is %+v", edge)
	}
}

// The account in effect is the newest of its app, whatever its health.
func TestEffectiveAccountIsTheNewest(t *testing.T) {
	o := newOffice(t)
	v, ann := o.ann(t)
	users, err := people.InSystem[people.PipedreamUser](o.Service, v, *ann, person.Pipedream)
	if err != nil || len(users) != 1 {
		t.Fatalf("%v, %v", users, err)
	}
	slack := users[0].Effective("slack")
	if slack == nil || slack.AccountID() != "apn_3" || slack.Health() != people.AccountDead {
		t.Errorf("slack uses %+v", slack)
	}
	if users[0].Effective("absent") != nil {
		t.Error("an account of an app that nobody connected")
	}
	page, err := o.ConnectedAccounts(users[0], new("slack"), people.Paging{First: new(1)})
	if err != nil || page.TotalCount() != 2 || !page.Nodes()[0].IsEffective() {
		t.Fatalf("slack accounts: %+v, %v", page, err)
	}
	older, err := o.ConnectedAccounts(users[0], new("slack"), people.Paging{After: page.PageInfo().EndCursor})
	if err != nil || len(older.Nodes()) != 1 || older.Nodes()[0].AccountID() != "apn_2" || older.Nodes()[0].IsEffective() {
		t.Errorf("the older slack account: %+v, %v", older, err)
	}
}

func TestFollowersAreUsersWhereKnown(t *testing.T) {
	o := newOffice(t)
	v, ann := o.ann(t)
	users, err := people.InSystem[people.PipedriveUser](o.Service, v, *ann, person.Pipedrive)
	if err != nil {
		t.Fatal(err)
	}
	page, err := o.Followers(v, users[0], []person.Follower{{UserID: 2, AddedAt: noon}, {UserID: 999}}, people.Paging{})
	if err != nil || page.TotalCount() != 2 {
		t.Fatalf("%+v, %v", page, err)
	}
	edges := page.Edges()
	if edges[0].Node == nil || edges[0].Node.DisplayName() != "Bob Builder" || !edges[0].AddTime.Equal(noon) {
		t.Errorf("the first follower is %+v", edges[0])
	}
	if edges[1].Node != nil || edges[1].UserID != "999" || edges[1].AddTime != nil {
		t.Errorf("the unknown follower is %+v", edges[1])
	}
}

// A phone is the credential owner's own: nobody else's record ever shows one.
func TestPhoneIsTheOwnersAlone(t *testing.T) {
	o := newOffice(t)
	v, who := o.view(access.ReadScopes...)
	for number, want := range map[string]bool{"1": true, "2": false} {
		p, err := o.Person(v, who, people.Ref{PipedriveUser: &people.VendorUser{UserID: number}})
		if err != nil {
			t.Fatal(err)
		}
		users, err := people.InSystem[people.PipedriveUser](o.Service, v, *p, person.Pipedrive)
		if err != nil || users[0].IsYou() != want || (users[0].Phone() != nil) != want {
			t.Errorf("user %s: isYou %v, phone %v, %v", number, users[0].IsYou(), users[0].Phone(), err)
		}
	}
}

func TestNodeAnswersEveryKindOfID(t *testing.T) {
	o := newOffice(t)
	v, ann := o.ann(t)
	company := person.ResourceKey{System: person.Pipedrive, Account: "7001", Kind: person.ResourceCompany, ID: "7001"}
	ids := []string{
		o.ids.Person(ann.ID()), o.ids.Identity(pipedriveKey("1")), o.ids.Resource(company), o.ids.Source("pd"),
		o.ids.Identity(pipedriveKey("77")),
	}
	nodes, errs, err := o.Nodes(v, access.NewPrincipal("test", access.ReadScopes...), append(ids, "garbage"))
	if err != nil || len(nodes) != 6 {
		t.Fatalf("%v, %v", nodes, err)
	}
	if _, ok := nodes[0].(directory.Person); !ok {
		t.Errorf("a person's id answers %T", nodes[0])
	}
	if _, ok := nodes[1].(people.PipedriveUser); !ok {
		t.Errorf("an identity's id answers %T", nodes[1])
	}
	if _, ok := nodes[2].(directory.Resource); !ok {
		t.Errorf("a resource's id answers %T", nodes[2])
	}
	if _, ok := nodes[3].(directory.Source); !ok {
		t.Errorf("a source's id answers %T", nodes[3])
	}
	if nodes[4] != nil || fault.KindOf(errs[4]) != fault.SourceUnavailable {
		t.Errorf("nobody's id answers %v, %v, while a source was never read", nodes[4], errs[4])
	}
	if nodes[5] != nil || fault.KindOf(errs[5]) != fault.BadUserInput || errs[0] != nil {
		t.Errorf("a malformed id: %v, and beside it %v", errs[5], errs[0])
	}
	if _, _, err := o.Nodes(v, access.NewPrincipal("test", access.ReadScopes...), make([]string, 101)); fault.KindOf(err) != fault.BadUserInput {
		t.Errorf("101 ids: %v", err)
	}
}

func TestNeverReadSaysWhenToComeBack(t *testing.T) {
	o := newOffice(t)
	v, who := o.view(access.ReadScopes...)
	bob, err := o.Person(v, who, people.Ref{PipedriveUser: &people.VendorUser{UserID: "2"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = people.InSystem[people.PipedreamUser](o.Service, v, *bob, person.Pipedream)
	if f := fault.From(err); f == nil || f.RetryAfter != 30*time.Second {
		t.Errorf("%v; want to come back after 30 s", f)
	}
}
