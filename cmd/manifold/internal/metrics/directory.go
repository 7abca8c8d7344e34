package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// Directory is the picture of people and what was done to keep it; *collect.Collector is one.
type Directory interface {
	Current() *directory.Snapshot
	Stats() collect.Stats
}

var (
	directoryPeople = family(gauge, "directory_people",
		"People in the current snapshot.", "kind")
	directoryIdentities = family(gauge, "directory_identities",
		"Accounts in the current snapshot.", "source")
	directoryVersion = family(gauge, "directory_snapshot_version",
		"Number of the current snapshot's base. It rises by one with every whole reading.")
	directoryBuild = family(summary, "directory_build_duration_seconds",
		"Time that linking and indexing whole readings took.")
	directoryPatches = family(counter, "directory_patches_total",
		"Changes laid over the snapshot between two readings: events, single reads, acts.")

	sourceObserved = family(gauge, "source_observed_timestamp_seconds",
		"When the reading that is being served began; time() minus this is the age of a source's facts. Absent until the first.", "source")
	sourcePlanned = family(gauge, "source_next_reading_timestamp_seconds",
		"When a source will be read next. Absent before the first reading ends.", "source")
	sourceHealth = family(gauge, "source_health",
		"1 for the health that a source is in, 0 for the others. DEGRADED serves older facts, UNAVAILABLE has none.", "source", "health")
	sourceComplete = family(gauge, "source_complete",
		"1 if the last reading saw the whole source, so that absence from it is absence at the source.", "source")
	sourceReadings = family(counter, "source_readings_total",
		"Whole readings of a source by how they ended: ok or failed.", "source", "outcome")

	directoryFamilies = []Family{directoryPeople, directoryIdentities, directoryVersion, directoryBuild, directoryPatches,
		sourceObserved, sourcePlanned, sourceHealth, sourceComplete, sourceReadings}
)

var healths = []string{
	person.HealthPending.String(), person.HealthOK.String(), person.HealthDegraded.String(), person.HealthUnavailable.String(),
}

var kinds = map[person.Kind]string{
	person.KindUnknown: "unknown", person.KindHuman: "human", person.KindBot: "bot", person.KindOrganization: "organization",
}

func scrapeDirectory(d Directory) collected {
	return collected{directoryFamilies, func(s scrape) {
		snapshot, stats := d.Current(), d.Stats()
		view := snapshot.View(access.Principal{})
		one := directory.Window{First: 1}
		for kind, name := range kinds {
			page, err := view.People(directory.PeopleQuery{Filter: directory.PeopleFilter{Kinds: []person.Kind{kind}}, Window: one})
			if err == nil {
				s.put(directoryPeople, float64(page.Total), name)
			}
		}
		s.put(directoryVersion, float64(snapshot.Version()))
		s.put(directoryPatches, float64(stats.Patches))
		s <- prometheus.MustNewConstSummary(directoryBuild.desc, uint64(stats.Builds), stats.BuildTime.Seconds(), nil)
		for _, source := range view.Sources() {
			id, state := string(source.ID()), source.State()
			if page, err := view.Identities(source, one); err == nil {
				s.put(directoryIdentities, float64(page.Total), id)
			}
			if !state.AsOf.IsZero() {
				s.put(sourceObserved, float64(state.AsOf.UnixMilli())/1000, id)
			}
			if !state.RetryAt.IsZero() {
				s.put(sourcePlanned, float64(state.RetryAt.UnixMilli())/1000, id)
			}
			s.oneOf(sourceHealth, state.Health.String(), healths, id)
			s.put(sourceComplete, truth(state.Coverage.Complete), id)
			readings := stats.Readings[state.ID]
			s.put(sourceReadings, float64(readings.OK), id, "ok")
			s.put(sourceReadings, float64(readings.Failed), id, "failed")
		}
	}}
}
