import { useState } from 'react'
import type { NamedPatient, PatientView, RequestView } from '../../node/requests/view.js'
import { useAct } from '../api/data.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Choices, TextArea, TextField } from '../parts/Field.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { newRequestWords } from '../words/new-request.js'
import { useWords } from '../words/words.js'
import form from './new/Form.module.css'

const established = ['retrieved', 'validated', 'qualified'] as const

/** Who an unknown patient turned out to be, who checked it and from what. */
export default function NamePatient({ request, onClose }: { request: RequestView; onClose: () => void }) {
  const t = useWords(newRequestWords)
  const { session } = useSession()
  const toasts = useToasts()
  const [given, setGiven] = useState({
    family: '',
    given: '',
    birthName: '',
    birthDate: '',
    id: request.patient.id,
    issuer: request.patient.issuer,
    reason: '',
    by: session.account.name,
  })
  const [sex, setSex] = useState<PatientView['sex']>(request.patient.sex)
  const [status, setStatus] = useState<(typeof established)[number] | ''>('')
  const [how, setHow] = useState<NonNullable<NamedPatient['identityCheck']>['how'] | ''>('')
  const [tried, setTried] = useState(false)
  const missing = (value: string) => (tried && !value.trim() ? t('gap.required') : undefined)
  const name = useAct<RequestView>(
    () => ({
      method: 'POST',
      path: `/api/requests/${request.id}/patient`,
      body: {
        patient: {
          id: given.id.trim(),
          issuer: given.issuer.trim(),
          family: given.family.trim(),
          given: given.given.trim(),
          ...(given.birthName.trim() ? { birthName: given.birthName.trim() } : {}),
          birthDate: given.birthDate,
          sex,
          ...(status ? { identityStatus: status } : {}),
        },
        reason: given.reason.trim(),
        identityCheckedBy: given.by.trim(),
        ...(how
          ? {
              identityCheck: {
                how,
                ...(how === 'told' || how === 'other' ? { note: given.reason.trim() } : {}),
              },
            }
          : {}),
      } satisfies NamedPatient,
    }),
    {
      refresh: [['requests']],
      onDone: () => {
        toasts.say({ text: t('name.done'), detail: request.reference, tone: 'ok' })
        onClose()
      },
    },
  )
  const field = (key: keyof typeof given) => ({
    value: given[key],
    onChange: (value: string) => setGiven(now => ({ ...now, [key]: value })),
    autoComplete: 'off',
  })
  const send = () => {
    setTried(true)
    if (
      [given.family, given.birthDate, given.id, given.issuer, given.reason, given.by, status, how].some(
        value => !value.trim(),
      )
    )
      return
    name.mutate()
  }
  return (
    <Dialog
      title={t('name.title')}
      open
      grave
      size="l"
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('edit.back')}
          act={t('name.act')}
          busy={name.isPending}
          onAct={send}
          onClose={onClose}
        />
      }
    >
      <p className="second">{t('name.text')}</p>
      <div className={form.three}>
        <TextField
          label={t('family')}
          required
          autoFocus
          problem={missing(given.family)}
          {...field('family')}
        />
        <TextField label={t('given')} {...field('given')} />
        <TextField label={t('birthName')} optional {...field('birthName')} />
        <TextField
          label={t('birthDate')}
          required
          type="date"
          problem={missing(given.birthDate) ?? name.error?.field('patient.birthDate')}
          {...field('birthDate')}
        />
        <TextField label={t('patientId')} required problem={missing(given.id)} {...field('id')} />
        <TextField label={t('issuer')} required problem={missing(given.issuer)} {...field('issuer')} />
      </div>
      <Choices
        label={t('sex')}
        value={sex}
        onChange={setSex}
        choices={(['F', 'M', 'O', 'U'] as const).map(id => ({ id, label: t(`sex.${id}`) }))}
      />
      <Choices
        label={t('identityStatus')}
        required
        value={status}
        onChange={setStatus}
        problem={missing(status)}
        choices={established.map(id => ({ id, label: t(`identity.${id}`) }))}
      />
      <div className={form.two}>
        <TextField label={t('identityCheckedBy')} required problem={missing(given.by)} {...field('by')} />
        <Choices
          label={t('checkHow')}
          required
          value={how}
          onChange={setHow}
          problem={missing(how)}
          choices={(['bracelet', 'document', 'told', 'other'] as const).map(id => ({
            id,
            label: t(`checkHow.${id}`),
          }))}
        />
      </div>
      <TextArea
        label={t('name.reason')}
        required
        lines={2}
        problem={missing(given.reason)}
        value={given.reason}
        onChange={reason => setGiven(now => ({ ...now, reason }))}
        maxLength={4000}
      />
      {name.error ? <ErrorBox trouble={name.error} /> : null}
    </Dialog>
  )
}
