import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { graphqlWS } from './graphql-ws.js';

export const apollo = (address, key, socket = graphqlWS(address, key)) =>
  new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === 'subscription',
      new GraphQLWsLink(socket),
      new HttpLink({ uri: address, headers: { Authorization: `Bearer ${key}` } }),
    ),
    cache: new InMemoryCache({
      possibleTypes: {
        Node: ['Action', 'Person', 'PipedreamUser', 'PipedriveUser', 'PipefyUser', 'Resource', 'Source'],
        Identity: ['PipedreamUser', 'PipedriveUser', 'PipefyUser'],
      },
      typePolicies: { Query: { fields: { people: relayStylePagination(['filter', 'orderBy']) } } },
    }),
  });
