import { createGraphiQLFetcher } from '@graphiql/toolkit'
import { GraphiQL } from 'graphiql'
import { Kind, parse } from 'graphql'
import { createRoot } from 'react-dom/client'
import 'graphiql/graphiql.css'
import './page.css'

const url = new URL('graphql', document.baseURI)
// Subscriptions go over a WebSocket. It cannot have headers, so those of the editor go into connection_init.
const ask = createGraphiQLFetcher({ url: url.href, subscriptionUrl: url.href.replace(/^http/, 'ws') })

// Right after a change of tabs the editor still speaks of the former tab's operations. What is sent is read anew, and a
// document with one operation is sent with that one's name.
function fetcher(params, options) {
  const documentAST = parsed(params.query)
  const operations = documentAST?.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
  const operationName = operations?.length === 1 ? operations[0].name?.value : params.operationName
  return ask({ ...params, operationName }, { ...options, documentAST })
}

// What is no document is for the server to refuse.
function parsed(query) {
  try {
    return parse(query)
  } catch {
    return undefined
  }
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
