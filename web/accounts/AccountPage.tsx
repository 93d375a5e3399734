import { Ban, KeyRound, RotateCcw, ShieldCheck, ShieldOff, UserX } from 'lucide-react'
import { useState } from 'react'
import type { AccountView } from '../../node/accounts/view.js'
import { useAct } from '../api/data.js'
import { usePages } from '../api/pages.js'
import { Back } from '../parts/Back.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { useTitle } from '../shell/title.js'
import { accounts as words } from '../words/accounts.js'
import { useFormats } from '../words/format.js'
import { securityWords } from '../words/security.js'
import { useWords } from '../words/words.js'
import { AccountState } from './AccountState.js'
import styles from './Accounts.module.css'
import { Invitation } from './Invitation.js'
import { Memberships } from './Memberships.js'
import { PersonForm } from './PersonForm.js'

/** /accounts/:id. The node lists accounts but gives none alone: this one is taken from the list. */
export function AccountPage({ id }: { id: string }) {
  const t = useWords(words)
  useTitle(t('person.title'))
  const list = usePages<AccountView>(['accounts'], '/api/accounts?limit=500')
  const account = list.items?.find(each => each.id === id)
  if (list.problem) {
    return (
      <div className={styles.page}>
        <ErrorBox title={t('trouble')} trouble={list.problem} onRetry={() => list.readAgain()} />
      </div>
    )
  }
  if (!list.items) {
    return (
      <div className={styles.page}>
        <Skeleton lines={6} height={28} />
      </div>
    )
  }
  if (!account) {
    return (
      <Page title={t('person.title')}>
        <Empty
          icon={<UserX aria-hidden />}
          title={t('person.missing')}
          action={<ButtonLink href="/accounts">{t('person.back')}</ButtonLink>}
        >
          {t('person.missing.text')}
        </Empty>
      </Page>
    )
  }
  return <Person account={account} />
}

function Person({ account }: { account: AccountView }) {
  const t = useWords(words)
  const { session, can } = useSession()
  const toasts = useToasts()
  const format = useFormats()
  const security = useWords(securityWords)
  const [disabling, setDisabling] = useState(false)
  const [clearing, setClearing] = useState(false)
  const change = useAct<AccountView, 'active' | 'disabled'>(
    state => ({ method: 'PUT', path: `/api/accounts/${account.id}`, body: { state } }),
    {
      refresh: [['accounts']],
      onDone: (_, state) => {
        toasts.say({
          text: t(state === 'disabled' ? 'said.disabled' : 'said.enabled'),
          detail: account.name,
        })
        setDisabling(false)
      },
      onProblem: problem => toasts.trouble(problem),
    },
  )
  const renew = useAct<AccountView>(() => ({ method: 'POST', path: `/api/accounts/${account.id}/link` }), {
    onProblem: problem => toasts.trouble(problem),
  })
  const link = renew.data?.invitation ?? renew.data?.reset
  const clear = useAct<AccountView>(
    () => ({ method: 'DELETE', path: `/api/accounts/${account.id}/second-factor` }),
    {
      refresh: [['accounts']],
      onDone: () => {
        toasts.say({ text: security('clear.done'), detail: account.name })
        setClearing(false)
      },
    },
  )
  const may = can('account.change')
  const mine = account.id === session.account.id
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <Back href="/accounts" label={t('person.back')} />
        <h1>{account.name}</h1>
        <span className="second">{account.email}</span>
        <AccountState state={account.state} />
        <Tag
          tone={account.secondFactor ? 'ok' : 'plain'}
          icon={account.secondFactor ? <ShieldCheck aria-hidden /> : <ShieldOff aria-hidden />}
        >
          {security(account.secondFactor ? 'state.factor' : 'state.noFactor')}
        </Tag>
        {may && !mine ? (
          <span className={`push ${styles.acts}`}>
            {account.secondFactor ? (
              <Button icon={<ShieldOff aria-hidden />} onPress={() => setClearing(true)}>
                {security('clear.action')}
              </Button>
            ) : null}
            {account.state === 'disabled' ? (
              <Button
                icon={<RotateCcw aria-hidden />}
                busy={change.isPending}
                onPress={() => change.mutate('active')}
              >
                {t('enable')}
              </Button>
            ) : (
              <span className="row">
                <Button icon={<KeyRound aria-hidden />} busy={renew.isPending} onPress={() => renew.mutate()}>
                  {t(account.state === 'invited' ? 'link.invite' : 'link.reset')}
                </Button>
                <Button look="grave" icon={<Ban aria-hidden />} onPress={() => setDisabling(true)}>
                  {t('disable')}
                </Button>
              </span>
            )}
          </span>
        ) : null}
      </header>
      <div className={styles.columns}>
        <PersonForm key={account.id} account={account} may={may} />
        <Memberships account={account} may={may} />
      </div>
      {link ? (
        <Dialog
          title={t(renew.data?.reset ? 'link.reset.title' : 'invitation.title')}
          open
          grave
          size="s"
          onClose={() => renew.reset()}
          foot={
            <Button look="go" onPress={() => renew.reset()}>
              {t('close')}
            </Button>
          }
        >
          <Invitation
            name={account.name}
            invitation={link}
            text={t(renew.data?.reset ? 'link.reset.text' : 'invitation.text', {
              time: format.dateTime(link.expiresAt),
            })}
          />
        </Dialog>
      ) : null}
      {clearing ? (
        <Dialog
          title={security('clear.title', { name: account.name })}
          open
          grave
          size="s"
          onClose={() => setClearing(false)}
          foot={
            <>
              <Button look="quiet" onPress={() => setClearing(false)}>
                {t('cancel')}
              </Button>
              <Button look="grave" busy={clear.isPending} onPress={() => clear.mutate()}>
                {security('clear.action')}
              </Button>
            </>
          }
        >
          <p>{security('clear.text')}</p>
          {clear.error ? <ErrorBox trouble={clear.error} /> : null}
        </Dialog>
      ) : null}
      {disabling ? (
        <Dialog
          title={t('disable.title')}
          open
          grave
          size="s"
          onClose={() => setDisabling(false)}
          foot={
            <>
              <Button look="quiet" onPress={() => setDisabling(false)}>
                {t('cancel')}
              </Button>
              <Button look="grave" busy={change.isPending} onPress={() => change.mutate('disabled')}>
                {t('disable')}
              </Button>
            </>
          }
        >
          <p>{t('disable.text', { name: account.name })}</p>
        </Dialog>
      ) : null}
    </div>
  )
}
