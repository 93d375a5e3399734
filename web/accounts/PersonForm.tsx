import { type FormEvent, useState } from 'react'
import type { AccountView, Language } from '../../node/accounts/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Choices, TextField } from '../parts/Field.js'
import { useToasts } from '../parts/Toast.js'
import { accounts as words } from '../words/accounts.js'
import { useWords } from '../words/words.js'
import styles from './Accounts.module.css'
import { soundPassword, soundPhone } from './person-fields.js'

export function PersonForm({ account, may }: { account: AccountView; may: boolean }) {
  const t = useWords(words)
  const toasts = useToasts()
  const [name, setName] = useState(account.name)
  const [phone, setPhone] = useState(account.phone ?? '')
  const [language, setLanguage] = useState<Language>(account.language)
  const [password, setPassword] = useState('')
  const [checked, setChecked] = useState(false)
  const save = useAct<AccountView, object>(
    body => ({ method: 'PUT', path: `/api/accounts/${account.id}`, body }),
    {
      refresh: [['accounts']],
      onDone: () => {
        setPassword('')
        toasts.say({ text: t('said.saved'), tone: 'ok' })
      },
    },
  )
  const sound = {
    name: name.trim() !== '',
    phone: phone.trim() === '' || soundPhone(phone),
    password: password === '' || soundPassword(password),
  }
  const problem = (field: keyof typeof sound) =>
    (checked && !sound[field] ? t(`fault.${field}`) : undefined) ?? save.error?.field(field)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setChecked(true)
    if (!Object.values(sound).every(Boolean)) return
    save.mutate({
      name: name.trim(),
      language,
      phone: phone.trim() || null,
      ...(password ? { password } : {}),
    })
  }
  return (
    <form className={`card ${styles.form}`} onSubmit={submit} noValidate>
      <h2>{t('person.facts')}</h2>
      <TextField
        label={t('field.name')}
        hint={t('field.name.hint')}
        required
        value={name}
        onChange={setName}
        problem={problem('name')}
        disabled={!may}
        maxLength={120}
      />
      <TextField
        label={t('field.phone')}
        type="tel"
        value={phone}
        onChange={setPhone}
        problem={problem('phone')}
        disabled={!may}
      />
      <Choices<Language>
        label={t('field.language')}
        value={language}
        onChange={next => may && setLanguage(next)}
        choices={[
          { id: 'fr', label: t('language.fr') },
          { id: 'en', label: t('language.en') },
        ]}
      />
      {may ? (
        <TextField
          label={t('field.password.new')}
          hint={t('field.password.new.hint')}
          type="password"
          value={password}
          onChange={setPassword}
          problem={problem('password')}
          autoComplete="new-password"
        />
      ) : null}
      {save.error ? <ErrorBox trouble={save.error} /> : null}
      {may ? (
        <div>
          <Button type="submit" look="go" busy={save.isPending}>
            {t('save')}
          </Button>
        </div>
      ) : null}
    </form>
  )
}
