export const changes = `subscription Changes($filter: PeopleFilter) {
  personChanged(filter: $filter) { kind personId person { id displayName status } }
}`;

// Keeps people as they are: readAll answers a Map of all by id, and take is given each event in turn.
export function copyOfPeople(readAll) {
  const copy = { people: new Map() };
  let last = Promise.resolve();
  const apply = async ({ kind, personId, person }) => {
    if (kind === 'RESYNC') copy.people = await readAll();
    else if (person) copy.people.set(personId, person);
    else copy.people.delete(personId);
  };
  copy.take = (change) => (last = last.then(() => apply(change)));
  return copy;
}
