import { Route, Switch } from 'wouter'
import { NotFound } from '../shell/NotFound.js'
import { CertificatePage } from './CertificatePage.js'
import { SearchPage } from './SearchPage.js'
import { StudyList } from './StudyList.js'
import { StudyPage } from './StudyPage.js'

/** /studies, /studies/:uid and its certificate */
export default function Studies() {
  return (
    <Switch>
      <Route path="/studies" component={StudyList} />
      <Route path="/studies/search" component={SearchPage} />
      <Route path="/studies/:uid/certificate">{({ uid }) => <CertificatePage uid={uid} />}</Route>
      <Route path="/studies/:uid">{({ uid }) => <StudyPage uid={uid} />}</Route>
      <Route component={NotFound} />
    </Switch>
  )
}
