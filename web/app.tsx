import { QueryClientProvider } from '@tanstack/react-query'
import { lazy, useState } from 'react'
import { Redirect, Route, Router, Switch } from 'wouter'
import { Proving } from './account/Proving.js'
import { AlarmOverlay } from './alarm/AlarmOverlay.js'
import { openClient } from './api/data.js'
import { LiveProvider } from './live/live.js'
import { LockProvider } from './lock/LockProvider.js'
import { ActionsProvider } from './parts/Actions.js'
import { ToastProvider } from './parts/Toast.js'
import { SessionProvider, useSessionState } from './session.js'
import { NotFound } from './shell/NotFound.js'
import { Banner, Shell, Starting } from './shell/Shell.js'
import { Desk, RequestPage, ViewerPage } from './viewer/ahead.js'
import { LanguageProvider } from './words/words.js'

// One chunk a page: the first screen loads nothing of the others, the viewer least of all.
const SignIn = lazy(() => import('./sign-in/SignIn.js'))
const First = lazy(() => import('./sign-in/First.js'))
const Forgotten = lazy(() => import('./sign-in/Forgotten.js'))
const Reset = lazy(() => import('./sign-in/Reset.js'))
const Outside = lazy(() => import('./inbox/Outside.js'))
const AnswerPage = lazy(() => import('./reports/AnswerPage.js'))
const Verification = lazy(() => import('./verification/VerificationPage.js'))
const OpenLink = lazy(() => import('./sign-in/OpenLink.js'))
const loadWorklist = () => import('./requests/Worklist.js')
const Worklist = lazy(loadWorklist)
const NewRequest = lazy(() => import('./requests/NewRequest.js'))
const EditRequest = lazy(() => import('./requests/EditRequest.js'))
const Reports = lazy(() => import('./reports/Reports.js'))
const Templates = lazy(() => import('./templates/TemplatesPage.js'))
const Criticals = lazy(() => import('./criticals/CriticalsPage.js'))
const ReportPage = lazy(() => import('./reports/ReportPage.js'))
const Studies = lazy(() => import('./studies/pages.js'))
const Conflicts = lazy(() => import('./conflicts/pages.js'))
const Imports = lazy(() => import('./imports/pages.js'))
const Transfers = lazy(() => import('./transfers/pages.js'))
const Outbox = lazy(() => import('./outbox/pages.js'))
const Network = lazy(() => import('./network/pages.js'))
const Accounts = lazy(() => import('./accounts/pages.js'))
const Journal = lazy(() => import('./journal/pages.js'))
const Channels = lazy(() => import('./channels/pages.js'))
const Rosters = lazy(() => import('./rosters/pages.js'))
const Activity = lazy(() => import('./activity/pages.js'))
const HandOver = lazy(() => import('./hand-over/pages.js'))
const Board = lazy(() => import('./board/pages.js'))
const Downtime = lazy(() => import('./downtime/pages.js'))
const Doctor = lazy(() => import('./doctor/pages.js'))
const MyAccount = lazy(() => import('./account/MyAccount.js'))
const ChangePassword = lazy(() => import('./sign-in/ChangePassword.js'))
const Reach = lazy(() => import('./reach/pages.js'))
const Letters = lazy(() => import('./letters/pages.js'))
const AlarmPage = lazy(() => import('./alarm/AlarmPage.js'))
const Mailbox = lazy(() => import('./mailbox/pages.js'))

// Where nearly everybody begins: its code is fetched while the session is asked for.
if (/^\/(requests)?$/.test(location.pathname)) void loadWorklist()

export function App() {
  const [client] = useState(openClient)
  return (
    <QueryClientProvider client={client}>
      <LanguageProvider>
        <SessionProvider>
          <ToastProvider>
            <LockProvider>
              <ActionsProvider>
                <Proving />
                <Router>
                  <Switch>
                    <Route path="/sign-in">
                      <Starting>
                        <SignIn />
                      </Starting>
                    </Route>
                    <Route path="/first">
                      <Starting>
                        <First />
                      </Starting>
                    </Route>
                    <Route path="/forgotten">
                      <Starting>
                        <Forgotten />
                      </Starting>
                    </Route>
                    <Route path="/reset">
                      <Starting>
                        <Reset />
                      </Starting>
                    </Route>
                    <Route path="/inbox">
                      <Starting>
                        <Outside />
                      </Starting>
                    </Route>
                    <Route path="/answer">
                      <Starting>
                        <AnswerPage />
                      </Starting>
                    </Route>
                    <Route path="/v/:code">
                      <Starting>
                        <Verification />
                      </Starting>
                    </Route>
                    <Route path="/open">
                      <Starting>
                        <OpenLink />
                      </Starting>
                    </Route>
                    <Route>
                      <Inside />
                    </Route>
                  </Switch>
                </Router>
              </ActionsProvider>
            </LockProvider>
          </ToastProvider>
        </SessionProvider>
      </LanguageProvider>
    </QueryClientProvider>
  )
}

/** Where a role begins its day. */
const starts: Partial<Record<string, string>> = {
  administrator: '/network',
  operator: '/network',
  auditor: '/journal',
}

function Inside() {
  const { session, problem } = useSessionState()
  if (session === null) {
    const here = location.pathname + location.search
    return <Redirect to={here === '/' ? '/sign-in' : `/sign-in?back=${encodeURIComponent(here)}`} replace />
  }
  if (!session) return <Starting problem={problem} />
  if (session.changePassword)
    return (
      <Starting>
        <ChangePassword />
      </Starting>
    )
  const start = starts[session.account.role]
  return (
    <LiveProvider key={`${session.account.id} ${session.account.role} ${session.account.site}`}>
      <Switch>
        {/* The images alone, for a second screen: no bar takes their place. */}
        <Route path="/viewer/:uid">
          {({ uid }) => (
            <Starting>
              <Banner />
              <ViewerPage uid={uid} />
            </Starting>
          )}
        </Route>
        <Route path="/alarm/:alert">
          <Starting>
            <Banner />
            <AlarmPage />
          </Starting>
        </Route>
        <Route>
          <Shell>
            <Switch>
              <Route path="/">{start ? <Redirect to={start} replace /> : <Worklist />}</Route>
              <Route path="/requests" component={Worklist} />
              <Route path="/requests/new" component={NewRequest} />
              <Route path="/requests/:id" component={RequestPage} />
              <Route path="/requests/:id/edit" component={EditRequest} />
              <Route path="/requests/:id/report" component={Desk} />
              <Route path="/reports" component={Reports} />
              <Route path="/reports/:id" component={ReportPage} />
              <Route path="/criticals" component={Criticals} />
              <Route path="/templates" component={Templates} />
              <Route path="/studies/*?" component={Studies} />
              <Route path="/conflicts/*?" component={Conflicts} />
              <Route path="/imports/*?" component={Imports} />
              <Route path="/transfers/*?" component={Transfers} />
              <Route path="/outbox/*?" component={Outbox} />
              <Route path="/network/*?" component={Network} />
              <Route path="/accounts/*?" component={Accounts} />
              <Route path="/journal/*?" component={Journal} />
              <Route path="/rosters/*?" component={Rosters} />
              <Route path="/board" component={Board} />
              <Route path="/hand-over" component={HandOver} />
              <Route path="/activity" component={Activity} />
              <Route path="/downtime" component={Downtime} />
              <Route path="/doctor" component={Doctor} />
              <Route path="/channels" component={Channels} />
              <Route path="/account" component={MyAccount} />
              <Route path="/account/reach" component={Reach} />
              <Route path="/letters" component={Letters} />
              <Route path="/mailbox/*?" component={Mailbox} />
              <Route component={NotFound} />
            </Switch>
          </Shell>
        </Route>
      </Switch>
      <AlarmOverlay />
    </LiveProvider>
  )
}
