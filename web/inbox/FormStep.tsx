import { type FormEvent, useState } from 'react'
import type { InboxForm, InboxPage } from '../../node/inbox/view.js'
import { soundPhone } from '../accounts/person-fields.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Checkbox, Choices, TextArea, TextField } from '../parts/Field.js'
import { inboxWords } from '../words/inbox.js'
import { useWords } from '../words/words.js'
import styles from './Inbox.module.css'

type Sex = 'F' | 'M' | 'O'

/** Who sends the images, of whom and why: before any file. */
export function FormStep({ page, onDone }: { page: InboxPage; onDone: () => void }) {
  const t = useWords(inboxWords)
  const [form, setForm] = useState({
    organisation: page.recipient,
    name: '',
    phone: '',
    family: '',
    given: '',
    birthDate: '',
    why: '',
  })
  const [sex, setSex] = useState<Sex | ''>('')
  const [urgency, setUrgency] = useState<InboxForm['urgency']>('routine')
  const [agreed, setAgreed] = useState(false)
  const [tried, setTried] = useState(false)
  const send = useAct<InboxPage>(
    () => ({
      method: 'PUT',
      path: '/api/inbox/form',
      body: {
        agreed,
        form: {
          organisation: form.organisation.trim(),
          name: form.name.trim(),
          phone: form.phone.trim(),
          patient: {
            family: form.family.trim(),
            given: form.given.trim(),
            ...(form.birthDate ? { birthDate: form.birthDate } : {}),
            ...(sex ? { sex } : {}),
          },
          why: form.why.trim(),
          urgency,
        },
      },
    }),
    { onDone },
  )
  const needed = ['organisation', 'name', 'phone', 'family', 'given', 'why'] as const
  const own = (field: keyof typeof form) =>
    !(needed as readonly string[]).includes(field) || form[field].trim()
      ? field === 'phone' && !soundPhone(form.phone)
        ? t('form.phone.wrong')
        : undefined
      : t('form.missing')
  const bind = (field: keyof typeof form, path: string = field) => ({
    value: form[field],
    onChange: (value: string) => setForm(now => ({ ...now, [field]: value })),
    problem: (tried ? own(field) : undefined) ?? send.error?.field(`form.${path}`),
    name: field,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (needed.every(field => own(field) === undefined) && agreed) send.mutate()
  }
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <fieldset className={styles.group}>
        <legend>{t('form.you')}</legend>
        <TextField
          label={t('form.organisation')}
          required
          maxLength={120}
          autoComplete="organization"
          {...bind('organisation')}
        />
        <div className={styles.pair}>
          <TextField label={t('form.name')} required maxLength={120} autoComplete="name" {...bind('name')} />
          <TextField
            label={t('form.phone')}
            type="tel"
            required
            maxLength={30}
            autoComplete="tel"
            {...bind('phone')}
          />
        </div>
      </fieldset>
      <fieldset className={styles.group}>
        <legend>{t('form.patient')}</legend>
        <div className={styles.pair}>
          <TextField
            label={t('form.family')}
            required
            maxLength={64}
            autoComplete="off"
            {...bind('family', 'patient.family')}
          />
          <TextField
            label={t('form.given')}
            required
            maxLength={64}
            autoComplete="off"
            {...bind('given', 'patient.given')}
          />
        </div>
        <div className={styles.pair}>
          <TextField
            label={t('form.birthDate')}
            type="date"
            optional
            {...bind('birthDate', 'patient.birthDate')}
          />
          <Choices<Sex>
            label={t('form.sex')}
            optional
            value={sex}
            onChange={setSex}
            choices={(['F', 'M', 'O'] as const).map(id => ({ id, label: t(`sex.${id}`) }))}
          />
        </div>
      </fieldset>
      <TextArea label={t('form.why')} required maxLength={1000} lines={3} {...bind('why')} />
      <Choices<InboxForm['urgency']>
        label={t('form.urgency')}
        value={urgency}
        onChange={setUrgency}
        choices={(['routine', 'urgent', 'emergency'] as const).map(id => ({ id, label: t(`urgency.${id}`) }))}
      />
      <Checkbox
        value={agreed}
        onChange={setAgreed}
        problem={tried && !agreed ? t('form.agree.missing') : undefined}
      >
        {t('form.agree')}
      </Checkbox>
      {tried && !agreed ? (
        <p role="alert" className={styles.problem}>
          {t('form.agree.missing')}
        </p>
      ) : null}
      {send.error ? <ErrorBox trouble={send.error} /> : null}
      <div>
        <Button type="submit" look="go" size="l" busy={send.isPending}>
          {t('form.submit')}
        </Button>
      </div>
    </form>
  )
}
