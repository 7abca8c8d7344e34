// What a Relay application asks: relay-compiler reads it, nothing runs it.
graphql`
  query documentsPeopleQuery($count: Int!, $filter: PeopleFilter) {
    ...documentsPeople_query @arguments(count: $count, filter: $filter)
  }
`;

graphql`
  fragment documentsPeople_query on Query
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" }, filter: { type: "PeopleFilter" })
  @refetchable(queryName: "documentsPeoplePaginationQuery") {
    people(first: $count, after: $cursor, filter: $filter) @connection(key: "documents_people") {
      totalCount
      edges {
        node {
          id
          ...documentsPerson_person
        }
      }
    }
  }
`;

graphql`
  fragment documentsPerson_person on Person @refetchable(queryName: "documentsPersonRefetchQuery") {
    displayName
    status
    primaryEmail
    identities {
      __typename
      id
      ... on PipedriveUser {
        companyId
      }
    }
    links {
      basis
    }
  }
`;

graphql`
  mutation documentsLinkMutation($input: LinkIdentitiesInput!) {
    linkIdentities(input: $input) {
      userErrors {
        code
      }
      people {
        id
        ...documentsPerson_person
      }
    }
  }
`;

graphql`
  subscription documentsChangesSubscription($filter: PeopleFilter) {
    personChanged(filter: $filter) {
      kind
      personId
      person {
        id
        ...documentsPerson_person
      }
    }
  }
`;
