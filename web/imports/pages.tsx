import { Route, Switch } from 'wouter'
import { NotFound } from '../shell/NotFound.js'
import { Disc } from './Disc.js'
import { ImportsPage } from './ImportsPage.js'

/** /imports and /imports/:id */
export default function Imports() {
  return (
    <Switch>
      <Route path="/imports" component={ImportsPage} />
      <Route path="/imports/:id">{({ id }) => <Disc key={id} id={id} />}</Route>
      <Route component={NotFound} />
    </Switch>
  )
}
