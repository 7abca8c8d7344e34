import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';

export const urql = (address, key, schema) =>
  new Client({
    url: address,
    preferGetMethod: false,
    fetchOptions: { headers: { Authorization: `Bearer ${key}` } },
    exchanges: [cacheExchange({ schema, resolvers: { Query: { people: relayPagination() } } }), fetchExchange],
  });
