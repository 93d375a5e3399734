import { useState } from 'react'
import { useLocation } from 'wouter'
import type { AccountView, Language, Role } from '../../node/accounts/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Choices, TextField } from '../parts/Field.js'
import { useToasts } from '../parts/Toast.js'
import { accounts as words } from '../words/accounts.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import styles from './Accounts.module.css'
import { Invitation } from './Invitation.js'
import { soundEmail, soundPassword, soundPhone } from './person-fields.js'
import { RoleAtSite } from './RoleAtSite.js'

export function NewAccount({ onClose }: { onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  const format = useFormats()
  const [, go] = useLocation()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [phone, setPhone] = useState('')
  const [password, setPassword] = useState('')
  const [language, setLanguage] = useState<Language>('fr')
  const [role, setRole] = useState<Role | ''>('')
  const [site, setSite] = useState('')
  const [checked, setChecked] = useState(false)
  const create = useAct<AccountView, object>(body => ({ method: 'POST', path: '/api/accounts', body }), {
    refresh: [['accounts']],
    onDone: account => {
      toasts.say({ text: t('said.created'), detail: account.name, tone: 'ok' })
      if (!account.invitation) go(`/accounts/${account.id}`)
    },
  })
  const sound = {
    name: name.trim() !== '',
    email: soundEmail(email),
    phone: phone.trim() === '' || soundPhone(phone),
    password: password === '' || soundPassword(password),
    role: role !== '',
    site: site !== '',
  }
  const problem = (field: keyof typeof sound) =>
    (checked && !sound[field] ? t(`fault.${field}`) : undefined) ?? create.error?.field(field)
  const submit = () => {
    setChecked(true)
    if (!Object.values(sound).every(Boolean)) return
    create.mutate({
      name: name.trim(),
      email: email.trim(),
      role,
      site,
      language,
      ...(phone.trim() ? { phone: phone.trim() } : {}),
      ...(password ? { password } : {}),
    })
  }
  const invitation = create.data?.invitation
  if (create.data && invitation) {
    return (
      <Dialog
        title={t('invitation.title')}
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
        <Invitation
          name={create.data.name}
          invitation={invitation}
          text={t('invitation.text', { time: format.dateTime(invitation.expiresAt) })}
        />
      </Dialog>
    )
  }
  return (
    <Dialog
      title={t('new')}
      open
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('create')}
          busy={create.isPending}
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
        problem={problem('name')}
        maxLength={120}
      />
      <TextField
        label={t('field.email')}
        hint={t('field.email.hint')}
        type="email"
        required
        value={email}
        onChange={setEmail}
        problem={problem('email')}
        autoComplete="off"
      />
      <RoleAtSite
        role={role}
        site={site}
        onRole={setRole}
        onSite={setSite}
        roleProblem={problem('role')}
        siteProblem={problem('site')}
      />
      <div className={styles.pair}>
        <TextField
          label={t('field.phone')}
          type="tel"
          optional
          value={phone}
          onChange={setPhone}
          problem={problem('phone')}
        />
        <Choices<Language>
          label={t('field.language')}
          value={language}
          onChange={setLanguage}
          choices={[
            { id: 'fr', label: t('language.fr') },
            { id: 'en', label: t('language.en') },
          ]}
        />
      </div>
      <TextField
        label={t('field.password')}
        hint={t('field.password.hint')}
        type="password"
        optional
        value={password}
        onChange={setPassword}
        problem={problem('password')}
        autoComplete="new-password"
      />
      {create.error ? <ErrorBox trouble={create.error} /> : null}
    </Dialog>
  )
}
