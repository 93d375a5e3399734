import type { ReactNode } from 'react'
import type { Language } from '../../node/accounts/view.js'
import { ApiProblem } from '../api/problem.js'
import { Choices } from '../parts/Choices.js'
import { Page } from '../parts/Page.js'
import { useToasts } from '../parts/Toast.js'
import { useSession, useSessionState } from '../session.js'
import { common } from '../words/common.js'
import { securityWords } from '../words/security.js'
import { shellWords } from '../words/shell.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './Account.module.css'
import { Factors } from './Factors.js'
import { OwnSessions } from './OwnSessions.js'
import { Password } from './Password.js'

/** /account: what opens one's account, and where it is open. */
export default function MyAccount() {
  const t = useWords(securityWords)
  const of = useWords(shellWords)
  const role = useWords(common)
  const toasts = useToasts()
  const { session } = useSession()
  const { resume, speak } = useSessionState()
  const { language } = useLanguage()
  return (
    <Page title={t('title')} note={session.account.email}>
      <div className={styles.page}>
        <Card title={t('factors.title')}>
          <Factors />
        </Card>
        <Card title={t('password.title')}>
          <Password
            onChanged={changed => {
              resume(changed)
              toasts.say({ text: t('password.done'), tone: 'ok' })
            }}
          />
        </Card>
        <Card title={t('sessions.title')}>
          <OwnSessions />
        </Card>
        <Card title={t('language.title')}>
          <Choices<Language>
            label={of('account.language')}
            value={language}
            onChange={chosen =>
              void speak(chosen).catch((problem: unknown) => {
                if (problem instanceof ApiProblem) toasts.trouble(problem)
                else throw problem
              })
            }
            choices={[
              { id: 'fr', label: 'Français' },
              { id: 'en', label: 'English' },
            ]}
          />
          <ul className={styles.rows}>
            {session.memberships.map(membership => (
              <li key={membership.id}>
                <div>
                  <strong>{role(`role.${membership.role}`)}</strong>
                  <small>{membership.siteName}</small>
                </div>
              </li>
            ))}
          </ul>
        </Card>
      </div>
    </Page>
  )
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.card} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}
