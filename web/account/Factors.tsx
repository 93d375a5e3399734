import { useState } from 'react'
import type { FactorsView, RecoveryView } from '../../node/accounts/view.js'
import { useAct, useData } from '../api/data.js'
import { passkeysHere } from '../api/passkey.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { securityWords } from '../words/security.js'
import { useWords } from '../words/words.js'
import styles from './Account.module.css'
import { RecoveryCodes } from './RecoveryCodes.js'
import SetUp, { type Kind } from './SetUp.js'

interface Removing {
  name: string
  path: string
}

/** What opens the account besides the password. */
export function Factors() {
  const t = useWords(securityWords)
  const format = useFormats()
  const { session } = useSession()
  const factors = useData<FactorsView>(['factors'], '/api/session/factors')
  const [setting, setSetting] = useState<Kind | null>(null)
  const [removing, setRemoving] = useState<Removing | null>(null)
  const recovery = useAct<RecoveryView>(() => ({ method: 'POST', path: '/api/session/recovery' }), {
    refresh: [['factors']],
  })
  const has = factors.data
  if (factors.error) return <ErrorBox trouble={factors.error} onRetry={() => void factors.refetch()} />
  if (!has) return <Skeleton lines={4} height={32} />
  const enrolled = has.authenticatorSince !== undefined || has.passkeys.length > 0
  const here = passkeysHere(has.passkeyHost)
  return (
    <>
      {enrolled ? null : (
        <p className={styles.warning}>
          {t('factors.none')} {session.secondFactor.required ? t('factors.required') : ''}
        </p>
      )}
      <ul className={styles.rows}>
        <li>
          <div>
            <strong>{t('factors.authenticator')}</strong>
            <small>
              {has.authenticatorSince
                ? t('factors.since', { day: format.day(has.authenticatorSince.slice(0, 10)) })
                : t('factors.authenticator.text')}
            </small>
          </div>
          {has.authenticatorSince ? (
            <Button
              size="s"
              look="quiet"
              aria-label={t('factors.remove.of', { name: t('factors.authenticator') })}
              onPress={() =>
                setRemoving({ name: t('factors.authenticator'), path: '/api/session/authenticator' })
              }
            >
              {t('factors.remove')}
            </Button>
          ) : (
            <Button size="s" onPress={() => setSetting('authenticator')}>
              {t('factors.add')}
            </Button>
          )}
        </li>
        <li>
          <div>
            <strong>{t('factors.passkeys')}</strong>
            <small>
              {has.passkeyHost === undefined
                ? t('factors.passkeys.nowhere')
                : here
                  ? t('factors.passkeys.text')
                  : t('factors.passkeys.elsewhere', { host: has.passkeyHost })}
            </small>
          </div>
          {here ? (
            <Button size="s" onPress={() => setSetting('passkey')}>
              {t('factors.addKey')}
            </Button>
          ) : null}
        </li>
        {has.passkeys.map(({ id, name, usedAt }) => (
          <li key={id} className={styles.under}>
            <div>
              <span>{name}</span>
              <small title={format.exact(usedAt)}>
                {usedAt
                  ? t('factors.passkey.used', { at: format.moment(usedAt) })
                  : t('factors.passkey.never')}
              </small>
            </div>
            <Button
              size="s"
              look="quiet"
              aria-label={t('factors.remove.of', { name })}
              onPress={() => setRemoving({ name, path: `/api/session/passkeys/${id}` })}
            >
              {t('factors.remove')}
            </Button>
          </li>
        ))}
        {enrolled ? (
          <li>
            <div>
              <strong>{t('factors.recovery')}</strong>
              <small>{t('factors.recovery.left', { n: has.recoveryLeft })}</small>
            </div>
            <Button size="s" busy={recovery.isPending} onPress={() => recovery.mutate()}>
              {t('factors.recovery.make')}
            </Button>
          </li>
        ) : null}
      </ul>
      {recovery.error ? <ErrorBox trouble={recovery.error} /> : null}
      {recovery.data?.codes ? (
        <Dialog
          title={t('codes.title')}
          open
          grave
          foot={
            <Button look="go" onPress={() => recovery.reset()}>
              {t('codes.done')}
            </Button>
          }
        >
          <RecoveryCodes codes={recovery.data.codes} />
        </Dialog>
      ) : null}
      {setting ? (
        <SetUp kind={setting} onDone={() => setSetting(null)} onClose={() => setSetting(null)} />
      ) : null}
      {removing ? <Remove {...removing} onClose={() => setRemoving(null)} /> : null}
    </>
  )
}

function Remove({ name, path, onClose }: Removing & { onClose: () => void }) {
  const t = useWords(securityWords)
  const toasts = useToasts()
  const remove = useAct<undefined>(() => ({ method: 'DELETE', path }), {
    refresh: [['factors'], ['session']],
    onDone: () => {
      toasts.say({ text: t('factors.removed') })
      onClose()
    },
  })
  return (
    <Dialog
      title={t('factors.remove.title')}
      open
      grave
      size="s"
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('factors.remove')}
          look="grave"
          busy={remove.isPending}
          onAct={() => remove.mutate()}
          onClose={onClose}
        />
      }
    >
      <p>{t('factors.remove.text', { name })}</p>
      {remove.error ? <ErrorBox trouble={remove.error} /> : null}
    </Dialog>
  )
}
