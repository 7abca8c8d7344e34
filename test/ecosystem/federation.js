// Manifold as a subgraph: the example of docs/federation.md beside it, and what routers say to both.
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { createGatewayRuntime } from '@graphql-hive/gateway';
import { parse } from 'graphql';
import { binary } from '../sdk/simulator.js';

const printed = (...flags) => execFileSync(binary, ['schema', '--federation', ...flags], { encoding: 'utf8', maxBuffer: 16 << 20 });

/** Manifold's part of a supergraph, with what each field needs, and without for the one router that takes no such thing. */
export const subgraph = printed();
export const subgraphWithoutScopes = printed('--no-scopes');

/**
 * The files of the documentation's example, in a folder of their own that the test removes.
 *
 * @returns the module of one: load('desks.js')
 */
export async function example(t) {
  const text = await readFile(new URL('../../docs/federation.md', import.meta.url), 'utf8');
  const folder = await mkdtemp(join(tmpdir(), 'manifold-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [, name, body] of text.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)) await writeFile(join(folder, name), body);
  await symlink(new URL('node_modules', import.meta.url).pathname, join(folder, 'node_modules'));
  return { load: (name) => import(pathToFileURL(join(folder, name)).href), read: (name) => readFile(join(folder, name), 'utf8') };
}

/** Serves on loopback until the test ends; answers the address of /graphql. */
export async function listen(t, server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}/graphql`;
}

/** Stands before a subgraph and notes what is asked of it: { method, headers, body }, body being what a POST holds. */
export async function overheard(t, url) {
  const heard = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    heard.push({ method: request.method, headers: request.headers, body: text && JSON.parse(text) });
    const { host, connection, 'content-length': length, 'transfer-encoding': coding, 'accept-encoding': packing, ...headers } = request.headers;
    const answer = await fetch(url + new URL(request.url, url).search, { method: request.method, headers, body: text || undefined });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(await answer.text());
  });
  return { url: await listen(t, server), heard };
}

/**
 * The routers by name: sdl is Manifold's part that each can load, extendsInterfaces whether it answers what another subgraph
 * adds by @interfaceObject (Hive's 2.15 answers null). join(t, supergraph) takes a supergraph and answers ask(query, authorization), which
 * answers data and errors.
 */
export const gateways = {
  '@apollo/gateway': { sdl: subgraphWithoutScopes, extendsInterfaces: true, join: async (t, supergraphSdl) => {
    class Authorized extends RemoteGraphQLDataSource {
      willSendRequest({ request, context }) {
        if (context.authorization) request.http.headers.set('authorization', context.authorization);
      }
    }
    const silent = { debug() {}, info() {}, warn() {}, error() {} };
    const gateway = new ApolloGateway({ supergraphSdl, buildService: ({ url }) => new Authorized({ url }), logger: silent });
    const { executor } = await gateway.load();
    t.after(() => gateway.stop());
    return async (query, authorization) => {
      const answer = await executor({
        document: parse(query), source: query, queryHash: query, request: { query, variables: {} }, operationName: null,
        context: { authorization }, metrics: {}, logger: silent, cache: undefined, schema: gateway.schema,
      });
      return JSON.parse(JSON.stringify(answer));
    };
  } },
  '@graphql-hive/gateway': { sdl: subgraph, extendsInterfaces: false, join: async (t, supergraph) => {
    const gateway = createGatewayRuntime({
      supergraph, logging: false, maskedErrors: false,
      propagateHeaders: { fromClientToSubgraphs: ({ request }) => ({ authorization: request.headers.get('authorization') ?? undefined }) },
    });
    t.after(() => gateway[Symbol.asyncDispose]());
    return async (query, authorization) => {
      const headers = { 'content-type': 'application/json', accept: 'application/json', ...(authorization && { authorization }) };
      const answer = await gateway.fetch('http://localhost/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
      return answer.json();
    };
  } },
};
