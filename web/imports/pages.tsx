import { Route, Switch, useLocation } from 'wouter'
import { NotFound } from '../shell/NotFound.js'
import { Disc } from './Disc.js'
import { ImportsPage } from './ImportsPage.js'
import { PresetPage } from './PresetPage.js'

/** /imports, /imports/links, /imports/presets, /imports/presets/:id and /imports/:id */
export default function Imports() {
  const [, go] = useLocation()
  return (
    <Switch>
      <Route path="/imports" component={ImportsPage} />
      <Route path="/imports/presets" component={ImportsPage} />
      <Route path="/imports/links" component={ImportsPage} />
      <Route path="/imports/presets/:id">
        {({ id }) => <PresetPage key={id} id={decodeURIComponent(id)} base="/imports/presets" go={go} />}
      </Route>
      <Route path="/imports/:id">{({ id }) => <Disc key={id} id={id} />}</Route>
      <Route component={NotFound} />
    </Switch>
  )
}
