// graphql-sse: subscriptions as Server-Sent Events, one connection for each.
import assert from 'node:assert/strict';
import test from 'node:test';
import { graphqlSSE } from './setup/graphql-sse.js';
import { changes, copyOfPeople } from './setup/people.js';
import { crash, deactivate, documents, events, everyone, join, keys, scheduled, served, twoApart } from './world.js';

test('graphql-sse', { timeout: 60_000 }, async (t) => {
  const serving = await served(t);
  const client = (key) => {
    const made = graphqlSSE(serving.graphql, key, 50);
    t.after(() => made.dispose());
    return made;
  };
  const follow = (of, query, variables) => {
    const told = events();
    const end = of.subscribe({ query, variables }, { next: told.push, error: (error) => told.push({ error }), complete: () => told.push({ complete: true }) });
    return { ...told, end };
  };

  await t.test('queries are answered as one event, with partial answers and refusals', async () => {
    const once = async (key, query) => {
      for await (const answer of client(key).iterate({ query })) return answer;
    };
    const { data, errors } = await once(keys.reader, documents.addresses);
    assert.ok(data.people.nodes.every((n) => n.displayName && n.primaryEmail === null));
    assert.equal(errors.length, 3);
    assert.match((await once(keys.admin, documents.refused)).errors[0].message, /surname/);
  });

  await t.test('two people who are joined are told as a merge and a change', async () => {
    const told = follow(client(keys.admin), changes, { filter: { presentIn: ['PIPEDRIVE'] } });
    await told.until((e) => e.data?.personChanged.kind === 'RESYNC', 'the first RESYNC');
    const two = await twoApart(serving.ask);
    const survivor = await join(serving.ask, two);
    const gone = two.find((p) => p.id !== survivor).id;
    await told.until((e) => e.data?.personChanged.kind === 'MERGED' && e.data.personChanged.personId === gone, 'the merge');
    await told.until((e) => e.data?.personChanged.kind === 'CHANGED' && e.data.personChanged.person.id === survivor, 'the change');
    told.end();
  });

  await t.test('an action is followed to its end, by those who may see it', async () => {
    const action = await scheduled(serving.ask);
    const query = 'subscription($id: ID!) { actionProgress(id: $id) { id state endedAt } }';
    const told = follow(client(keys.admin), query, action);
    await told.until((e) => e.data?.actionProgress.state === 'SCHEDULED', 'the state at first');
    await serving.ask('mutation($input: CancelActionInput!) { cancelAction(input: $input) { userErrors { message } } }', { input: { actionId: action.id, reason: 'the test says so' } });
    await told.until((e) => e.data?.actionProgress.state === 'CANCELLED', 'the end of the action');
    await told.until((e) => e.complete, 'the end of the stream');

    const refused = await follow(client(keys.reader), query, action).until((e) => e.errors, 'the refusal');
    assert.ok(!refused.data?.actionProgress);
    assert.equal(refused.errors[0].extensions.code, 'FORBIDDEN');
  });

  await t.test('a wrong key is told once, and not tried again', async () => {
    let attempts = 0;
    const told = events();
    client(keys.wrong).subscribe({ query: changes }, { next: told.push, error: (error) => told.push({ error }), complete: () => {} }, { connecting: () => attempts++ });
    const { error } = await told.until((e) => e.error, 'the refusal');
    assert.match(error.message, /UNAUTHENTICATED/);
    assert.equal(attempts, 1);
  });

  await t.test('after a crash it comes back by itself, and knows what changed meanwhile', async () => {
    const [left] = await twoApart(serving.ask);
    const copy = copyOfPeople(() => everyone(serving.ask));
    const told = events();
    const end = client(keys.admin).subscribe({ query: changes }, { next: ({ data }) => copy.take(data.personChanged).then(() => told.push(data.personChanged)), error: told.push, complete: () => {} });
    await told.until((e) => e.kind === 'RESYNC', 'the first RESYNC');
    assert.equal(copy.people.get(left.id).status, 'ACTIVE');
    const before = told.all.length;
    await crash(serving, () => deactivate(serving.world, left));
    await told.until((e) => e.kind === 'RESYNC' && told.all.indexOf(e) >= before, 'RESYNC after the crash');
    await told.until(() => copy.people.get(left.id)?.status === 'INACTIVE', 'what happened meanwhile');
    end();
  });
});
