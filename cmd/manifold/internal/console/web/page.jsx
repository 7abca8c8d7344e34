import { createGraphiQLFetcher } from '@graphiql/toolkit'
import { GraphiQL } from 'graphiql'
import { createRoot } from 'react-dom/client'
import 'graphiql/graphiql.css'
import './page.css'

const fetcher = createGraphiQLFetcher({ url: new URL('graphql', document.baseURI).href })

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
