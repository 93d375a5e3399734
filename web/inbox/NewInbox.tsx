import { useState } from 'react'
import type { Language } from '../../node/accounts/view.js'
import type { NewInboxView } from '../../node/inbox/view.js'
import { soundEmail } from '../accounts/person-fields.js'
import { ShownOnce } from '../accounts/ShownOnce.js'
import { useAct } from '../api/data.js'
import { usePresets } from '../imports/presets.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Checkbox, Choices, TextArea, TextField } from '../parts/Field.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { inboxWords } from '../words/inbox.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './Inbox.module.css'

const HOURS = ['24', '72', '168'] as const
/** MiB of 1, 4 and 16 GB as they are shown. */
const MBS = ['954', '3815', '15259'] as const

/** Makes an inbox; link and code stand in its answer and nowhere else. */
export function NewInbox({ onClose }: { onClose: () => void }) {
  const t = useWords(inboxWords)
  const { session } = useSession()
  const format = useFormats()
  const { chosen, isKnown } = usePresets()
  const own = useLanguage().language
  const [recipient, setRecipient] = useState('')
  const [email, setEmail] = useState('')
  const [phone, setPhone] = useState('')
  const [purpose, setPurpose] = useState('')
  const [hours, setHours] = useState<(typeof HOURS)[number]>('72')
  const [mb, setMb] = useState<(typeof MBS)[number]>('3815')
  const [language, setLanguage] = useState<Language>(own)
  const [withCode, setWithCode] = useState(true)
  const [send, setSend] = useState(true)
  const [checked, setChecked] = useState(false)
  const mail = send && email.trim() !== ''
  const make = useAct<NewInboxView>(
    () => ({
      method: 'POST',
      path: '/api/inboxes',
      body: {
        site: session.account.site,
        recipient: recipient.trim(),
        ...(email.trim() ? { email: email.trim() } : {}),
        ...(phone.trim() ? { phone: phone.trim() } : {}),
        purpose: purpose.trim(),
        language,
        preset: chosen?.id ?? null,
        hours: Number(hours),
        mb: Number(mb),
        withCode,
        send: mail,
      },
    }),
    { refresh: [['inboxes']] },
  )
  const faults = {
    recipient: recipient.trim() ? undefined : t('fault.recipient'),
    purpose: purpose.trim() ? undefined : t('fault.purpose'),
    email: email.trim() && !soundEmail(email) ? t('fault.email') : undefined,
  }
  const problem = (field: string) =>
    (checked ? faults[field as keyof typeof faults] : undefined) ?? make.error?.field(field)
  if (make.data) return <Made made={make.data} email={mail ? email.trim() : undefined} onClose={onClose} />
  return (
    <Dialog
      title={t('new.title')}
      open
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('new.submit')}
          // Which preset its discs will meet is not known before.
          busy={make.isPending || !isKnown}
          onAct={() => {
            setChecked(true)
            if (!Object.values(faults).some(Boolean)) make.mutate()
          }}
          onClose={onClose}
        />
      }
    >
      <TextField
        label={t('new.recipient')}
        required
        autoFocus
        maxLength={120}
        value={recipient}
        onChange={setRecipient}
        problem={problem('recipient')}
        autoComplete="off"
        name="recipient"
      />
      <div className={styles.pair}>
        <TextField
          label={t('new.email')}
          type="email"
          optional
          value={email}
          onChange={setEmail}
          problem={problem('email')}
          autoComplete="off"
          name="email"
        />
        <TextField
          label={t('new.phone')}
          type="tel"
          optional
          value={phone}
          onChange={setPhone}
          problem={problem('phone')}
          autoComplete="off"
        />
      </div>
      <TextArea
        label={t('new.purpose')}
        hint={t('new.purpose.hint')}
        required
        maxLength={500}
        value={purpose}
        onChange={setPurpose}
        problem={problem('purpose')}
        name="purpose"
      />
      <div className={styles.pair}>
        <Choices
          label={t('new.hours')}
          value={hours}
          onChange={setHours}
          problem={problem('hours')}
          choices={HOURS.map(id => ({ id, label: t(`hours.${id}`) }))}
        />
        <Choices
          label={t('new.mb')}
          value={mb}
          onChange={setMb}
          problem={problem('mb')}
          choices={MBS.map(id => ({ id, label: format.bytes(Number(id) * 1024 * 1024) }))}
        />
      </div>
      <Checkbox value={withCode} onChange={setWithCode}>
        {t('new.code')}
      </Checkbox>
      <Checkbox value={mail} onChange={setSend} disabled={email.trim() === ''}>
        {t('new.send')}
      </Checkbox>
      {mail ? (
        <Choices<Language>
          label={t('new.language')}
          value={language}
          onChange={setLanguage}
          choices={(['fr', 'en'] as const).map(id => ({ id, label: t(`language.${id}`) }))}
        />
      ) : null}
      {make.error ? <ErrorBox trouble={make.error} /> : null}
    </Dialog>
  )
}

function Made({
  made,
  email,
  onClose,
}: {
  made: NewInboxView
  email: string | undefined
  onClose: () => void
}) {
  const t = useWords(inboxWords)
  const format = useFormats()
  return (
    <Dialog
      title={t('made.title')}
      open
      grave
      onClose={onClose}
      foot={
        <Button look="go" onPress={onClose}>
          {t('close')}
        </Button>
      }
    >
      <p>
        <b>{made.recipient}</b>
      </p>
      <p>{t('made.text', { time: format.dateTime(made.endsAt) })}</p>
      {email ? <p>{t('made.sent', { email })}</p> : null}
      <ShownOnce
        label={t('made.title')}
        value={`${location.origin}${made.path}`}
        copy={t('made.copy')}
        copied={t('said.copied')}
      />
      {made.code ? (
        <>
          <p>{t('made.code')}</p>
          <p className={styles.number}>
            {made.code.slice(0, 4)} {made.code.slice(4)}
          </p>
        </>
      ) : null}
    </Dialog>
  )
}
