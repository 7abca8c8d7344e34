// No client at all: documents sent by fetch, as an integrator's first script does.
import assert from 'node:assert/strict';
import { simulated } from '../simulator.js';

/** Sends one document and answers the status and the body. */
export async function send(url, token, query, variables) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, body: await response.json() };
}

/** Asks for a service account's token, as JSON. */
export async function serviceToken({ url, organizations: [{ clientId, clientSecret }] }) {
  const response = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }),
  });
  assert.equal(response.status, 200);
  return (await response.json()).access_token;
}

/** A fresh world asked by the service account, an administrator of the organization. */
export async function organization(t) {
  const { pipefy } = await simulated(t);
  const token = await serviceToken(pipefy);
  const [{ id, personalToken }] = pipefy.organizations;
  const raw = (query, variables) => send(pipefy.url, token, query, variables);
  const ask = async (query, variables) => {
    const { status, body } = await raw(query, variables);
    assert.equal(status, 200);
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    return body.data;
  };
  return { url: pipefy.url, id, token, personalToken, raw, ask };
}

/** The members of a place as the API lists them: e-mail address to {id, role}. */
export async function members({ ask }, field, id) {
  const data = await ask(`{ ${field}(id: ${JSON.stringify(id)}) { members { role_name user { id email } } } }`);
  return new Map(data[field].members.map((m) => [m.user.email, { id: m.user.id, role: m.role_name }]));
}

/** The pipes and tables that the caller administers, ids as the API prints them. */
export async function places({ ask, id }) {
  const { organization: o } = await ask(`{ organization(id: ${id}) { pipes { id uuid name } tables { nodes { id internal_id } } } }`);
  return { pipes: o.pipes, tables: o.tables.nodes };
}

/** Somebody without rights of their own who is in the pipe and in the table. */
export async function colleague(api, pipe, table) {
  const email = 'colleague@acme.example';
  await api.ask(`mutation { inviteMembers(input: {organization_id: ${api.id}, emails: {email: "${email}", role_name: "normal"}}) { clientMutationId } }`);
  await api.ask(`mutation { inviteMembers(input: {pipe_id: ${pipe}, emails: {email: "${email}", role_name: "member"}}) { clientMutationId } }`);
  await api.ask(`mutation { inviteMembers(input: {table_id: "${table}", emails: {email: "${email}", role_name: "member"}}) { clientMutationId } }`);
  return { email, ...(await members(api, 'organization', String(api.id))).get(email) };
}
