import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import { Button } from '../parts/Button.js'
import { Page } from '../parts/Page.js'
import { Tabs } from '../parts/Tabs.js'
import { useSession } from '../session.js'
import { NotFound } from '../shell/NotFound.js'
import { accounts as words } from '../words/accounts.js'
import { useWords } from '../words/words.js'
import { AccountPage } from './AccountPage.js'
import { NewAccount } from './NewAccount.js'
import { People } from './People.js'
import { PermissionMatrix } from './PermissionMatrix.js'

/** /accounts, /accounts/permissions, /accounts/:id */
export default function Accounts() {
  return (
    <Switch>
      <Route path="/accounts" component={Lists} />
      <Route path="/accounts/permissions" component={Lists} />
      <Route path="/accounts/:id">{({ id }) => <AccountPage id={id} />}</Route>
      <Route component={NotFound} />
    </Switch>
  )
}

function Lists() {
  const t = useWords(words)
  const { can } = useSession()
  const [here] = useLocation()
  const [making, setMaking] = useState(false)
  const matrix = here === '/accounts/permissions'
  return (
    <Page
      title={t('title')}
      filters={
        <Tabs
          label={t('parts')}
          tabs={[
            { label: t('tab.people'), href: '/accounts', current: !matrix },
            { label: t('tab.permissions'), href: '/accounts/permissions', current: matrix },
          ]}
        />
      }
      actions={
        can('account.create') && !matrix ? (
          <Button look="go" icon={<UserPlus aria-hidden />} onPress={() => setMaking(true)}>
            {t('new')}
          </Button>
        ) : undefined
      }
    >
      {matrix ? <PermissionMatrix /> : <People />}
      {making ? <NewAccount onClose={() => setMaking(false)} /> : null}
    </Page>
  )
}
