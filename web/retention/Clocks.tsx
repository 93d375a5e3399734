import { type FormEvent, useState } from 'react'
import type { ClocksView, PolicyView } from '../../node/archive/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextArea, TextField } from '../parts/Field.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { retentionWords as words } from '../words/retention.js'
import { useWords } from '../words/words.js'
import styles from './Retention.module.css'

/** Every clock: records and images by site, discs that were brought, papers for a breakdown. */
export function Clocks() {
  const t = useWords(words)
  const formats = useFormats()
  const { can } = useSession()
  const [changing, setChanging] = useState<PolicyView | null>(null)
  const asked = useData<ClocksView>(['retention', 'clocks'], '/api/archive/retention/policies')
  const view = asked.data
  if (asked.error)
    return <ErrorBox title={t('trouble')} trouble={asked.error} onRetry={() => void asked.refetch()} />
  if (!view) return <Skeleton lines={3} height={44} />
  const { uploads, papersDays } = view
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
          {view.items.map(policy => (
            <tr key={policy.site}>
              <td>{policy.site}</td>
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
      <p className="second">
        {t('uploads', { days: uploads.keptDays, hours: uploads.abandonedHours, papers: papersDays })}
      </p>
      {changing ? <Change policy={changing} onClose={() => setChanging(null)} /> : null}
    </>
  )
}

function Change({ policy, onClose }: { policy: PolicyView; onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
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
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready && !save.isPending) save.mutate()
  }
  return (
    <Dialog title={t('policy.title', { site: policy.site })} open onClose={onClose}>
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
        {save.error ? <ErrorBox trouble={save.error} /> : null}
        <div className={styles.buttons}>
          <Button look="quiet" onPress={onClose}>
            {t('cancel')}
          </Button>
          <Button type="submit" look="go" isDisabled={!ready} busy={save.isPending}>
            {t('policy.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
