import { useState } from 'react'
import type { NewTokenView } from '../../node/accounts/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Checkbox } from '../parts/Checkbox.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Choices, TextField } from '../parts/Field.js'
import { useSession } from '../session.js'
import { common } from '../words/common.js'
import { useFormats } from '../words/format.js'
import { tokens as words } from '../words/tokens.js'
import { useWords } from '../words/words.js'
import styles from './Accounts.module.css'
import { grouped, useActionWords, useRightsToGive } from './rights.js'
import { ShownOnce } from './ShownOnce.js'

type Days = '30' | '90' | '365'

export function NewToken({ onClose }: { onClose: () => void }) {
  const t = useWords(words)
  const role = useWords(common)
  const { session } = useSession()
  const { groupOf, verbOf } = useActionWords()
  const groups = grouped(useRightsToGive())
  const [name, setName] = useState('')
  const [days, setDays] = useState<Days>('90')
  const [rights, setRights] = useState<string[]>([])
  const [checked, setChecked] = useState(false)
  const make = useAct<NewTokenView, object>(body => ({ method: 'POST', path: '/api/tokens', body }), {
    refresh: [['tokens']],
  })
  if (make.data) return <Made token={make.data} onClose={onClose} />
  const active = session.memberships.find(membership => membership.active)
  const nameless = checked && name.trim() === '' ? t('fault.name') : make.error?.field('name')
  const rightless = checked && rights.length === 0
  const submit = () => {
    setChecked(true)
    if (name.trim() === '' || rights.length === 0) return
    make.mutate({ name: name.trim(), rights, days: Number(days) })
  }
  return (
    <Dialog
      title={t('new')}
      open
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('new')}
          busy={make.isPending}
          onAct={submit}
          onClose={onClose}
        />
      }
    >
      <TextField
        label={t('field.name')}
        hint={t('field.name.hint')}
        required
        autoFocus
        value={name}
        onChange={setName}
        problem={nameless}
        maxLength={80}
        autoComplete="off"
      />
      <Choices<Days>
        label={t('field.days')}
        value={days}
        onChange={setDays}
        problem={make.error?.field('days')}
        choices={(['30', '90', '365'] as const).map(id => ({ id, label: t(`days.${id}`) }))}
      />
      <fieldset className={styles.rights}>
        <legend>{t('field.rights')}</legend>
        <small>
          {t('field.rights.hint', {
            role: role(`role.${session.account.role}`),
            site: active?.siteName ?? session.account.site,
          })}
        </small>
        {rightless ? (
          <p className={styles.problem} role="alert">
            {t('fault.rights')}
          </p>
        ) : null}
        {groups.map(([group, actions]) => (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset inside a fieldset reads twice
          <div key={group} role="group" aria-label={groupOf(group)} className={styles.right}>
            <span aria-hidden="true">{groupOf(group)}</span>
            {actions.map(action => (
              <Checkbox
                key={action}
                value={rights.includes(action)}
                onChange={on =>
                  setRights(before => (on ? [...before, action] : before.filter(each => each !== action)))
                }
              >
                {verbOf(action)}
              </Checkbox>
            ))}
          </div>
        ))}
      </fieldset>
      {make.error ? <ErrorBox trouble={make.error} /> : null}
    </Dialog>
  )
}

/** The only time the secret is on a screen. */
export function Made({ token, onClose }: { token: NewTokenView; onClose: () => void }) {
  const t = useWords(words)
  const format = useFormats()
  const title = t(token.rotatedAt ? 'rotated.title' : 'made.title')
  return (
    <Dialog
      title={title}
      open
      grave
      size="s"
      onClose={onClose}
      foot={
        <Button look="go" onPress={onClose}>
          {t('close')}
        </Button>
      }
    >
      <p>{t('made.text', { name: token.name, day: format.dateTime(token.expiresAt) })}</p>
      <ShownOnce label={title} value={token.token} copy={t('made.copy')} copied={t('said.copied')} />
      {token.rotatedAt ? (
        <p>
          {token.oldSecret
            ? t('rotated.old', { moment: format.dateTime(token.oldSecret.until) })
            : t('rotated.cut')}
        </p>
      ) : null}
      <small>{t('made.use', { address: `${location.origin}/dicomweb` })}</small>
    </Dialog>
  )
}
