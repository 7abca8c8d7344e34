import { createClient } from 'graphql-sse';

// It reconnects for ever, but not with a key that was refused (401).
export function graphqlSSE(address, key, wait = 1000) {
  let refused;
  return createClient({
    url: address,
    headers: { Authorization: `Bearer ${key}` },
    fetchFn: async (...request) => {
      const response = await fetch(...request);
      refused = response.status === 401 && response;
      return response;
    },
    retryAttempts: Infinity,
    retry: async () => {
      if (refused) throw new Error(await refused.text());
      await new Promise((next) => setTimeout(next, wait));
    },
  });
}
