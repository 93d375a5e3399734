import type { RetrievalRow } from '../../node/exchange/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Head, Table } from '../parts/Table.js'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { retrievals as words } from '../words/retrievals.js'
import { useWords } from '../words/words.js'
import { RetrievalMark } from './RetrievalMark.js'
import styles from './Studies.module.css'

/** What is fetched from other PACS: from where, how far, why not, and what can be done. */
export function RetrievalTable({ rows }: { rows: RetrievalRow[] }) {
  const t = useWords(words)
  const act = useAct<RetrievalRow, { id: string; what: 'retry' | 'cancel' }>(
    ({ id, what }) => ({
      method: 'POST',
      path: `/api/retrievals/${id}/${what}`,
      body: what === 'cancel' ? { reason: t('giveUp.reason') } : {},
    }),
    { refresh: [['retrievals'], ['studies']] },
  )
  return (
    <div className={`${styles.list} ${styles.stack}`}>
      {act.error ? <ErrorBox trouble={act.error} /> : null}
      <Table caption={t('recent.caption')}>
        <Head
          columns={[
            t('column.exam'),
            t('column.pacs'),
            t('column.state'),
            { label: t('column.actions'), hidden: true },
          ]}
        />
        <tbody>
          {rows.map(row => (
            <Row
              key={row.id}
              row={row}
              busy={act.isPending}
              onAct={what => act.mutate({ id: row.id, what })}
            />
          ))}
        </tbody>
      </Table>
    </div>
  )
}

function Row({
  row,
  busy,
  onAct,
}: {
  row: RetrievalRow
  busy: boolean
  onAct: (what: 'retry' | 'cancel') => void
}) {
  const t = useWords(words)
  const format = useFormats()
  const { wanted } = row
  const why = row.trouble === undefined ? undefined : knownKey(words, 'trouble.', row.trouble)
  return (
    <tr>
      <th scope="row" className={styles.who}>
        {wanted.PatientName?.replace(/\^+/g, ' ').trim() || row.StudyInstanceUID || '—'}
        <span className={styles.under}>
          {[
            wanted.ModalitiesInStudy?.join(' '),
            wanted.StudyDescription,
            format.day(wanted.StudyDate ?? ''),
            row.cause === 'prior' ? t('prior') : '',
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </th>
      <td>
        {row.peer}
        {row.to.map(({ peer, refusal }) => (
          <span key={peer} className={styles.under}>
            {refusal === undefined
              ? t('to', { peer })
              : t('to.refused', { peer, why: t(knownKey(words, 'why.', refusal) ?? 'why.other') })}
          </span>
        ))}
      </td>
      <td>
        <RetrievalMark row={row} />
        {why ? (
          <span className={styles.under} title={row.reason}>
            {t(why)}
          </span>
        ) : null}
        {row.retryAt ? (
          <span className={styles.under}>{t('retry.at', { time: format.moment(row.retryAt) })}</span>
        ) : null}
      </td>
      <td className={styles.last}>
        {row.may.includes('retry') ? (
          <Button size="s" isDisabled={busy} onPress={() => onAct('retry')}>
            {t('retry')}
          </Button>
        ) : null}
        {row.may.includes('cancel') ? (
          <Button size="s" look="quiet" isDisabled={busy} onPress={() => onAct('cancel')}>
            {t('giveUp')}
          </Button>
        ) : null}
      </td>
    </tr>
  )
}
