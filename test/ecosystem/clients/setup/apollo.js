import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

export const apollo = (address, key) =>
  new ApolloClient({
    link: new HttpLink({ uri: address, headers: { Authorization: `Bearer ${key}` } }),
    cache: new InMemoryCache({
      possibleTypes: {
        Node: ['Action', 'Person', 'PipedreamUser', 'PipedriveUser', 'PipefyUser', 'Resource', 'Source'],
        Identity: ['PipedreamUser', 'PipedriveUser', 'PipefyUser'],
      },
      typePolicies: { Query: { fields: { people: relayStylePagination(['filter', 'orderBy']) } } },
    }),
  });
