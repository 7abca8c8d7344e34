import { createGraphiQLFetcher } from '@graphiql/toolkit'
import { GraphiQL } from 'graphiql'
import { createRoot } from 'react-dom/client'
import 'graphiql/graphiql.css'
import './page.css'

const ask = createGraphiQLFetcher({ url: new URL('graphql', document.baseURI).href })

// Right after a change of tabs the editor still names the former tab's operation. A document with one operation
// needs no name, so none is sent.
function fetcher(params, options) {
  const operations = options?.documentAST?.definitions.filter(({ kind }) => kind === 'OperationDefinition')
  const { operationName, ...rest } = params
  return ask(operations?.length > 1 ? params : rest, options)
}

function Page({ tabs }) {
  return (
    <GraphiQL fetcher={fetcher} defaultTabs={tabs} isHeadersEditorEnabled>
      <GraphiQL.Logo>
        <span className="manifold-logo"><img src="icon.svg" alt="" width="22" height="22" />Manifold</span>
      </GraphiQL.Logo>
    </GraphiQL>
  )
}

// The examples come from the server, which also tests them: the page cannot hold older ones.
async function start() {
  const answer = await fetch('examples.json')
  const tabs = answer.ok ? (await answer.json()).map(({ query }) => ({ query })) : undefined
  createRoot(document.getElementById('page')).render(<Page tabs={tabs} />)
}

start()
