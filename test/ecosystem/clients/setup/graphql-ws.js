import { createClient } from 'graphql-ws';

// It reconnects for ever, but not with a key that was refused (4403), nor where nothing was closed.
export const graphqlWS = (address, key, more) =>
  createClient({
    url: address.replace(/^http/, 'ws'),
    connectionParams: () => ({ Authorization: `Bearer ${key}` }),
    retryAttempts: Infinity,
    shouldRetry: ({ code }) => code > 0 && code !== 4403,
    ...more,
  });
