import { type FormEvent, useState } from 'react'
import type { Language } from '../../node/accounts/view.js'
import type { NewShareView, ReportView, ShareView } from '../../node/reports/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Checkbox, Choices } from '../parts/Field.js'
import { TextField } from '../parts/TextField.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { shareWords } from '../words/shares.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './Shares.module.css'

const HOURS = { day: 24, week: 24 * 7, month: 24 * 30 } as const
type Span = keyof typeof HOURS
/** Each in its own words. */
const LANGUAGES: { id: Language; label: string }[] = [
  { id: 'fr', label: 'Français' },
  { id: 'en', label: 'English' },
]

/** A report for somebody without an account: a link and a code, who opened it, and the way to end it. */
export function Shares({ report }: { report: ReportView }) {
  const t = useWords(shareWords)
  const formats = useFormats()
  const toasts = useToasts()
  const { can } = useSession()
  const may = can('report.share') && report.state !== 'draft'
  const [open, setOpen] = useState(false)
  const [name, setName] = useState('')
  const [role, setRole] = useState('')
  const [span, setSpan] = useState<Span>('week')
  const [email, setEmail] = useState('')
  const [language, setLanguage] = useState<Language>(useLanguage().language)
  const [images, setImages] = useState(true)
  const [tried, setTried] = useState(false)
  const [made, setMade] = useState<NewShareView>()
  const key = ['reports', report.id, 'links']
  const known = useData<ListView<ShareView>>(key, may ? `/api/reports/${report.id}/links` : null)
  const make = useAct<NewShareView>(
    () => ({
      method: 'POST',
      path: `/api/reports/${report.id}/links`,
      body: {
        name: name.trim(),
        role: role.trim(),
        hours: HOURS[span],
        images,
        ...(email.trim() ? { email: email.trim(), language } : {}),
      },
    }),
    {
      refresh: [['reports']],
      onDone: share => {
        setMade(share)
        setName('')
        setRole('')
        setEmail('')
        setTried(false)
      },
    },
  )
  const revoke = useAct<ListView<ShareView>, string>(
    share => ({ method: 'POST', path: `/api/reports/${report.id}/links/${share}/revoke` }),
    { refresh: [['reports']], onProblem: toasts.trouble },
  )
  if (!may || known.error?.code === 'forbidden' || known.error?.code === 'missing') return null
  const items = known.data?.items ?? []
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (name.trim() && role.trim() && !make.isPending) make.mutate()
  }
  const copy = async (link: string) => {
    await navigator.clipboard.writeText(link)
    toasts.say({ text: t('share.copied'), tone: 'ok' })
  }
  return (
    <details
      className={styles.shares}
      open={open || items.length > 0}
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>
        <h2>{t('share.title')}</h2>
      </summary>
      <p className="second">{t('share.lead')}</p>
      {items.length > 0 ? (
        <ul>
          {items.map(share => {
            const last = share.openings.at(-1)
            return (
              <li key={share.id}>
                <span>
                  <strong>
                    {share.name}, {share.role}
                  </strong>{' '}
                  · {t(`share.${share.standing}`)}
                  {share.standing === 'open'
                    ? ` ${t('share.until', { at: formats.dateTime(share.expiresAt) })}`
                    : ''}
                  {share.images ? ` · ${t('share.withImages')}` : ''} ·{' '}
                  {last
                    ? t('share.opened', {
                        n: share.openings.length,
                        at: formats.moment(last.at),
                        address: last.address,
                      })
                    : t('share.never')}
                  {share.letter
                    ? ` · ${t(`share.letter.${share.letter.state}`, {
                        email: share.letter.email,
                        at: formats.moment(share.letter.at),
                        reason: share.letter.reason ?? '',
                      })}`
                    : ''}
                </span>
                {share.standing === 'open' ? (
                  <Button
                    size="s"
                    look="grave"
                    busy={revoke.isPending && revoke.variables === share.id}
                    onPress={() => revoke.mutate(share.id)}
                  >
                    {t('share.revoke')}
                  </Button>
                ) : null}
              </li>
            )
          })}
        </ul>
      ) : null}
      {made ? (
        <div className={styles.made} role="status">
          <p>{t(made.mailed ? 'share.mailed' : 'share.once')}</p>
          <dl>
            <dt>{t('share.code')}</dt>
            <dd className={styles.code}>{made.code.replace(/(\d{4})/, '$1 ')}</dd>
            <dt>{t('share.link')}</dt>
            <dd className="code">{made.link}</dd>
          </dl>
          <Button size="s" onPress={() => void copy(made.link)}>
            {t('share.copy')}
          </Button>
        </div>
      ) : null}
      <form onSubmit={submit} noValidate>
        <TextField
          label={t('share.name')}
          name="share-name"
          autoComplete="off"
          value={name}
          onChange={setName}
          problem={tried && !name.trim() ? t('share.missing') : undefined}
        />
        <TextField
          label={t('share.role')}
          name="share-role"
          autoComplete="off"
          value={role}
          onChange={setRole}
          problem={tried && !role.trim() ? t('share.missing') : undefined}
        />
        <TextField
          label={t('share.email')}
          hint={t('share.email.hint')}
          name="share-email"
          type="email"
          autoComplete="off"
          value={email}
          onChange={setEmail}
          problem={make.error?.field('email') === undefined ? undefined : t('share.email.wrong')}
        />
        {email.trim() ? (
          <Choices label={t('share.language')} value={language} onChange={setLanguage} choices={LANGUAGES} />
        ) : null}
        <Choices
          label={t('share.hours')}
          value={span}
          onChange={setSpan}
          choices={(['day', 'week', 'month'] as const).map(id => ({ id, label: t(`share.${id}`) }))}
        />
        <Checkbox value={images} onChange={setImages}>
          {t('share.images')}
        </Checkbox>
        {make.error ? <ErrorBox trouble={make.error} /> : null}
        <Button type="submit" busy={make.isPending}>
          {t('share.make')}
        </Button>
      </form>
    </details>
  )
}
