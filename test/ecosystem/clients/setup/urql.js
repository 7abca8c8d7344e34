import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { graphqlWS } from './graphql-ws.js';

// Of the schema, Graphcache wants the answer to an introspection.
export const urql = (address, key, schema, socket = graphqlWS(address, key)) =>
  new Client({
    url: address,
    fetchOptions: { headers: { Authorization: `Bearer ${key}`, 'GraphQL-Require-Preflight': '1' } },
    exchanges: [
      cacheExchange({ schema, resolvers: { Query: { people: relayPagination() } } }),
      subscriptionExchange({ forwardSubscription: (request) => ({ subscribe: (sink) => ({ unsubscribe: socket.subscribe(request, sink) }) }) }),
      fetchExchange,
    ],
  });
