import { useLocation } from 'wouter'
import { Page } from '../parts/Page.js'
import { Tabs } from '../parts/Tabs.js'
import { useSession } from '../session.js'
import { rosters as words } from '../words/rosters.js'
import { useWords } from '../words/words.js'
import { MyDuties } from './MyDuties.js'
import { RosterPage } from './RosterPage.js'

/** /rosters, /rosters/mine */
export default function Rosters() {
  const t = useWords(words)
  const [here] = useLocation()
  const { can } = useSession()
  const mine = here === '/rosters/mine'
  return (
    <Page
      title={t(mine ? 'mine.title' : 'title')}
      filters={
        can('duty.take') ? (
          <Tabs
            label={t('parts')}
            tabs={[
              { label: t('tab.mine'), href: '/rosters/mine', current: mine },
              { label: t('tab.week'), href: '/rosters', current: !mine },
            ]}
          />
        ) : undefined
      }
    >
      {mine ? <MyDuties /> : <RosterPage />}
    </Page>
  )
}
