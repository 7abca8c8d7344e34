import { GraphQLClient } from 'graphql-request';

// errorPolicy "all": an answer that lacks a part is an answer.
export const graphqlRequest = (address, key) =>
  new GraphQLClient(address, { headers: { Authorization: `Bearer ${key}` }, errorPolicy: 'all' });
