import {
  ArrowLeftRight,
  BellRing,
  KeyRound,
  LockKeyhole,
  Mail,
  ShieldCheck,
  TableProperties,
} from 'lucide-react'
import { useLocation } from 'wouter'
import type { Language, SessionView } from '../../node/accounts/view.js'
import { useLock } from '../lock/LockProvider.js'
import { usePalette } from '../parts/Actions.js'
import { Button } from '../parts/Button.js'
import { Choices } from '../parts/Choices.js'
import { type Theme, useTheme } from '../theme/theme.js'
import { handOverWords } from '../words/hand-over.js'
import { reachWords } from '../words/reach.js'
import { securityWords } from '../words/security.js'
import { shellWords } from '../words/shell.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './AccountMenu.module.css'

/** What the account's button opens: memberships, language, appearance, the way out. */
export default function AccountPanel({
  session,
  onTake,
  onSpeak,
  onLeave,
  close,
}: {
  session: SessionView
  onTake: (membership: string) => void
  onSpeak: (language: Language) => void
  onLeave: () => void
  close: () => void
}) {
  const t = useWords(shellWords)
  const of = useWords(securityWords)
  const reach = useWords(reachWords)
  const handOver = useWords(handOverWords)
  const { lock } = useLock()
  const { language } = useLanguage()
  const [theme, setTheme] = useTheme()
  const { openSheet } = usePalette()
  const { account, memberships } = session
  const [, go] = useLocation()
  return (
    <>
      <div className={styles.who}>
        <strong>{account.name}</strong>
        <small>{account.email}</small>
      </div>
      {memberships.length > 1 ? (
        <section>
          <h3>{t('account.membership')}</h3>
          <ul>
            {memberships.map(membership => (
              <li key={membership.id}>
                <button
                  type="button"
                  className={styles.membership}
                  aria-current={membership.active ? 'true' : undefined}
                  onClick={() => {
                    close()
                    if (!membership.active) onTake(membership.id)
                  }}
                >
                  <span>{t(`role.${membership.role}`)}</span>
                  <small>{membership.siteName}</small>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <Choices<Language>
        label={t('account.language')}
        value={language}
        onChange={onSpeak}
        choices={[
          { id: 'fr', label: 'Français' },
          { id: 'en', label: 'English' },
        ]}
      />
      <Choices<Theme>
        label={t('account.theme')}
        value={theme}
        onChange={setTheme}
        choices={[
          { id: 'system', label: t('account.theme.system') },
          { id: 'dark', label: t('account.theme.dark') },
          { id: 'light', label: t('account.theme.light') },
        ]}
      />
      <div>
        <Button
          icon={<ShieldCheck aria-hidden="true" />}
          onPress={() => {
            close()
            go('/account')
          }}
        >
          {of('menu')}
        </Button>
      </div>
      <div>
        <Button
          icon={<BellRing aria-hidden="true" />}
          onPress={() => {
            close()
            go('/account/reach')
          }}
        >
          {reach('menu')}
        </Button>
      </div>
      {session.actions.includes('request.hand-over') ? (
        <div>
          <Button
            icon={<ArrowLeftRight aria-hidden="true" />}
            onPress={() => {
              close()
              go('/hand-over')
            }}
          >
            {handOver('menu')}
          </Button>
        </div>
      ) : null}
      {session.actions.includes('letter.see') ? (
        <div>
          <Button
            icon={<Mail aria-hidden="true" />}
            onPress={() => {
              close()
              go('/letters')
            }}
          >
            {reach('letters.menu')}
          </Button>
        </div>
      ) : null}
      {session.actions.includes('token.create') ? (
        <div>
          <Button
            icon={<KeyRound aria-hidden="true" />}
            onPress={() => {
              close()
              go('/accounts/tokens')
            }}
          >
            {t('account.tokens')}
          </Button>
        </div>
      ) : null}
      <div>
        <Button
          icon={<TableProperties aria-hidden="true" />}
          onPress={() => {
            close()
            go('/accounts/permissions')
          }}
        >
          {t('account.permissions')}
        </Button>
      </div>
      <div className={styles.foot}>
        <Button
          look="quiet"
          keys="?"
          onPress={() => {
            close()
            openSheet()
          }}
        >
          {t('account.shortcuts')}
        </Button>
        <Button
          icon={<LockKeyhole aria-hidden="true" />}
          onPress={() => {
            close()
            lock()
          }}
        >
          {of('lock.now')}
        </Button>
        <Button onPress={onLeave}>{t('account.signOut')}</Button>
      </div>
    </>
  )
}
