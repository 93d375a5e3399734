import { ChevronDown } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { useLocation } from 'wouter'
import { ApiProblem } from '../api/problem.js'
import { useLock } from '../lock/LockProvider.js'
import { useActions } from '../parts/Actions.js'
import { Flyout } from '../parts/Flyout.js'
import { useToasts } from '../parts/Toast.js'
import { useSession, useSessionState } from '../session.js'
import { useTheme } from '../theme/theme.js'
import { reachWords } from '../words/reach.js'
import { securityWords } from '../words/security.js'
import { shellWords } from '../words/shell.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './AccountMenu.module.css'

const AccountPanel = lazy(() => import('./AccountPanel.js'))

export function AccountMenu() {
  const t = useWords(shellWords)
  const security = useWords(securityWords)
  const reach = useWords(reachWords)
  const { lock } = useLock()
  const { session } = useSession()
  const { signOut, actAs, speak } = useSessionState()
  const { language } = useLanguage()
  const [, setTheme] = useTheme()
  const toasts = useToasts()
  const [, go] = useLocation()
  const { account, memberships } = session
  const active = memberships.find(membership => membership.active)
  const site = active?.siteName ?? account.site

  const tried = (work: Promise<void>) =>
    work.catch((problem: unknown) => {
      if (problem instanceof ApiProblem) toasts.trouble(problem)
      else throw problem
    })
  const leave = () => tried(signOut().then(() => go('/sign-in')))
  const take = (id: string) =>
    tried(
      actAs(id).then(() => {
        const now = memberships.find(membership => membership.id === id)
        go('/')
        if (now)
          toasts.say({ text: t('account.switched', { role: t(`role.${now.role}`), site: now.siteName }) })
      }),
    )

  const group = t('account.menu', { name: account.name, role: t(`role.${account.role}`), site })
  const short = account.name
  useActions([
    {
      id: 'theme-dark',
      group: t('account.theme'),
      label: t('account.theme.dark'),
      run: () => setTheme('dark'),
    },
    {
      id: 'theme-light',
      group: t('account.theme'),
      label: t('account.theme.light'),
      run: () => setTheme('light'),
    },
    {
      id: 'theme-system',
      group: t('account.theme'),
      label: t('account.theme.system'),
      run: () => setTheme('system'),
    },
    language === 'fr'
      ? { id: 'language', group: t('account.language'), label: 'English', run: () => void tried(speak('en')) }
      : {
          id: 'language',
          group: t('account.language'),
          label: 'Français',
          run: () => void tried(speak('fr')),
        },
    ...memberships
      .filter(membership => !membership.active)
      .map(membership => ({
        id: `as-${membership.id}`,
        group: t('account.membership'),
        label: `${t(`role.${membership.role}`)} · ${membership.siteName}`,
        run: () => void take(membership.id),
      })),
    { id: 'my-account', group: short, label: security('menu'), run: () => go('/account') },
    { id: 'my-reach', group: short, label: reach('menu'), run: () => go('/account/reach') },
    session.actions.includes('letter.see') && {
      id: 'letters',
      group: short,
      label: reach('letters.menu'),
      run: () => go('/letters'),
    },
    { id: 'lock', group: short, label: security('lock.now'), run: lock },
    { id: 'sign-out', group: short, label: t('account.signOut'), run: () => void leave() },
  ])

  return (
    <Flyout
      label={group}
      buttonClass={styles.button}
      panelClass={styles.popover}
      button={
        <>
          <span className={styles.name}>{account.name}</span>
          <span className={styles.role}>
            {t(`role.${account.role}`)} · {site}
          </span>
          <ChevronDown aria-hidden="true" />
        </>
      }
    >
      {close => (
        <div className={styles.dialog}>
          <Suspense fallback={null}>
            <AccountPanel
              session={session}
              onTake={id => void take(id)}
              onSpeak={chosen => void tried(speak(chosen))}
              onLeave={() => void leave()}
              close={close}
            />
          </Suspense>
        </div>
      )}
    </Flyout>
  )
}
