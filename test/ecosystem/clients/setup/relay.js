import { Environment, Network, Observable, RecordSource, Store } from 'relay-runtime';
import { graphqlWS } from './graphql-ws.js';

export function relay(address, key, socket = graphqlWS(address, key)) {
  const ask = async ({ text, name }, variables) => {
    const response = await fetch(address, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query: text, operationName: name, variables }),
    });
    return response.json();
  };
  const follow = ({ text, name }, variables) => Observable.create((sink) => socket.subscribe({ query: text, operationName: name, variables }, sink));
  return new Environment({ network: Network.create(ask, follow), store: new Store(new RecordSource()) });
}
