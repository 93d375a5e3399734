import { type FormEvent, useState } from 'react'
import type { ClocksView, PolicyView } from '../../node/archive/view.js'
import { useAct, useData } from '../api/data.js'
import { Asked } from '../parts/Asked.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextArea, TextField } from '../parts/Field.js'
import { Head, Table } from '../parts/Table.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { useSiteName } from '../sites/site-name.js'
import { useFormats } from '../words/format.js'
import { retentionWords as words } from '../words/retention.js'
import { useWords } from '../words/words.js'
import styles from './Retention.module.css'

/** Every clock: records and images by site, discs that were brought, papers for a breakdown. */
export function Clocks() {
  const t = useWords(words)
  const asked = useData<ClocksView>(['retention', 'clocks'], '/api/archive/retention/policies')
  return (
    <Asked asked={asked} trouble={t('trouble')} lines={3}>
      {({ items, uploads, papersDays }) => (
        <>
          <ClockTable items={items} />
          <p className="second">
            {t('uploads', { days: uploads.keptDays, hours: uploads.abandonedHours, papers: papersDays })}
          </p>
        </>
      )}
    </Asked>
  )
}

function ClockTable({ items }: { items: readonly PolicyView[] }) {
  const t = useWords(words)
  const formats = useFormats()
  const siteName = useSiteName()
  const { can } = useSession()
  const [changing, setChanging] = useState<PolicyView | null>(null)
  return (
    <>
      <Table caption={t('clocks.caption')}>
        <Head
          columns={[
            t('column.site'),
            t('column.records'),
            t('column.imageClock'),
            t('column.said'),
            ...(can('retention.mark') ? [t('column.do')] : []),
          ]}
        />
        <tbody>
          {items.map(policy => (
            <tr key={policy.site}>
              <td>{siteName(policy.site)}</td>
              <td>{t('years', { n: policy.recordYears })}</td>
              <td>{t('years', { n: policy.imageYears })}</td>
              <td>
                {policy.at ? (
                  <>
                    {policy.by}, {formats.dateTime(policy.at)}
                    <span className={styles.under}>{policy.reason}</span>
                  </>
                ) : (
                  t('law')
                )}
              </td>
              {can('retention.mark') ? (
                <td>
                  <Button size="s" onPress={() => setChanging(policy)}>
                    {t('change')}
                  </Button>
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </Table>
      {changing ? <Change policy={changing} onClose={() => setChanging(null)} /> : null}
    </>
  )
}

function Change({ policy, onClose }: { policy: PolicyView; onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  const siteName = useSiteName()
  const [records, setRecords] = useState(String(policy.recordYears))
  const [images, setImages] = useState(String(policy.imageYears))
  const [reason, setReason] = useState('')
  const save = useAct<PolicyView>(
    () => ({
      method: 'PUT',
      path: `/api/archive/retention/policies/${encodeURIComponent(policy.site)}`,
      body: { recordYears: Number(records), imageYears: Number(images), reason: reason.trim() },
    }),
    {
      refresh: [['retention']],
      onDone: () => {
        onClose()
        toasts.say({ text: t('policy.done'), tone: 'ok' })
      },
    },
  )
  const ready = [records, images].every(text => /^\d{1,3}$/.test(text)) && reason.trim() !== ''
  const send = () => {
    if (ready && !save.isPending) save.mutate()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send()
  }
  return (
    <Dialog
      title={t('policy.title', { site: siteName(policy.site) })}
      open
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('policy.save')}
          isDisabled={!ready}
          busy={save.isPending}
          onAct={send}
          onClose={onClose}
        />
      }
    >
      <form className={styles.form} onSubmit={submit} noValidate>
        <p className="second">{t('policy.text')}</p>
        <TextField
          label={t('policy.records')}
          value={records}
          onChange={setRecords}
          maxLength={3}
          problem={save.error?.field('recordYears') ? '20–100' : undefined}
          autoFocus
          required
        />
        <TextField
          label={t('policy.images')}
          value={images}
          onChange={setImages}
          maxLength={3}
          problem={save.error?.field('imageYears') ? `1–${records}` : undefined}
          required
        />
        <TextArea
          label={t('mark.reason')}
          hint={t('mark.reason.hint')}
          lines={2}
          value={reason}
          onChange={setReason}
          maxLength={1000}
          required
        />
        {save.error && save.error.fields.length === 0 ? <ErrorBox trouble={save.error} /> : null}
      </form>
    </Dialog>
  )
}
