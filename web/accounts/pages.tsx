import { KeyRound, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import { Button } from '../parts/Button.js'
import { Page } from '../parts/Page.js'
import { Tabs } from '../parts/Tabs.js'
import { useSession } from '../session.js'
import { NotFound } from '../shell/NotFound.js'
import { accounts as words } from '../words/accounts.js'
import { tokens as tokenWords } from '../words/tokens.js'
import { useWords } from '../words/words.js'
import { AccountPage } from './AccountPage.js'
import { NewAccount } from './NewAccount.js'
import { NewToken } from './NewToken.js'
import { People } from './People.js'
import { PermissionMatrix } from './PermissionMatrix.js'
import { Tokens } from './Tokens.js'

/** /accounts, /accounts/permissions, /accounts/tokens, /accounts/:id */
export default function Accounts() {
  return (
    <Switch>
      <Route path="/accounts" component={Lists} />
      <Route path="/accounts/permissions" component={Lists} />
      <Route path="/accounts/tokens" component={Programs} />
      <Route path="/accounts/:id">{({ id }) => <AccountPage id={id} />}</Route>
      <Route component={NotFound} />
    </Switch>
  )
}

type Part = 'people' | 'permissions' | 'tokens'

/** For who keeps accounts; others come here for their own tokens only. */
function Parts({ current }: { current: Part }) {
  const t = useWords(words)
  const of = useWords(tokenWords)
  return (
    <Tabs
      label={t('parts')}
      tabs={[
        { label: t('tab.people'), href: '/accounts', current: current === 'people' },
        { label: t('tab.permissions'), href: '/accounts/permissions', current: current === 'permissions' },
        { label: of('tab'), href: '/accounts/tokens', current: current === 'tokens' },
      ]}
    />
  )
}

function Programs() {
  const t = useWords(tokenWords)
  const { can } = useSession()
  const [making, setMaking] = useState(false)
  return (
    <Page
      title={t('title')}
      filters={can('account.see') ? <Parts current="tokens" /> : undefined}
      actions={
        can('token.create') ? (
          <Button look="go" icon={<KeyRound aria-hidden />} onPress={() => setMaking(true)}>
            {t('new')}
          </Button>
        ) : undefined
      }
    >
      <Tokens />
      {making ? <NewToken onClose={() => setMaking(false)} /> : null}
    </Page>
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
      title={t(matrix ? 'permissions.title' : 'title')}
      filters={can('account.see') ? <Parts current={matrix ? 'permissions' : 'people'} /> : undefined}
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
