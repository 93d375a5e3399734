import { CircleAlert, RotateCw } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { TransferRow } from '../../node/studies/view.js'
import { useAct } from '../api/data.js'
import { Bar } from '../parts/Bar.js'
import { Button } from '../parts/Button.js'
import { useNow } from '../parts/now.js'
import { Head, Table } from '../parts/Table.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useFormats } from '../words/format.js'
import { transfers as words } from '../words/transfers.js'
import { useWords } from '../words/words.js'
import { GiveUp } from './GiveUp.js'
import { meaningOf } from './reason.js'
import { StateMark } from './StateMark.js'
import styles from './Transfers.module.css'

/** Each transfer in one row, and under it, over the whole width, why it does not go on. */
export function TransferTable({ rows, ofStudy = false }: { rows: TransferRow[]; ofStudy?: boolean }) {
  const t = useWords(words)
  const [givingUp, setGivingUp] = useState<TransferRow | null>(null)
  return (
    <div className={styles.list}>
      <Table caption={t('caption')}>
        <Head
          columns={[
            t('column.state'),
            t('column.study'),
            t('column.images'),
            t('column.amount'),
            t('column.when'),
            { label: t('column.actions'), hidden: true },
          ]}
        />
        {rows.map(row => (
          <Row key={row.id} row={row} ofStudy={ofStudy} onGiveUp={() => setGivingUp(row)} />
        ))}
      </Table>
      {givingUp ? <GiveUp transfer={givingUp} onClose={() => setGivingUp(null)} /> : null}
    </div>
  )
}

function Row({ row, ofStudy, onGiveUp }: { row: TransferRow; ofStudy: boolean; onGiveUp: () => void }) {
  const t = useWords(words)
  const format = useFormats()
  const toasts = useToasts()
  const retry = useAct<TransferRow>(() => ({ method: 'POST', path: `/api/transfers/${row.id}/retry` }), {
    refresh: [['transfers'], ['studies']],
    onDone: () => toasts.say({ text: t('said.retry'), detail: row.peer }),
    onProblem: problem => toasts.trouble(problem),
  })
  const { instances, bytes } = row
  const proven = instances.confirmed >= instances.total && instances.total > 0
  const settled = row.state === 'confirmed' || row.state === 'cancelled'
  return (
    <tbody className={styles.transfer}>
      <tr>
        <td>
          <StateMark state={row.state} />
          {row.priority === 'routine' || settled ? null : (
            <span className={styles.turn}>
              <Tag tone={row.priority === 'emergency' ? 'late' : 'near'}>{t(`priority.${row.priority}`)}</Tag>
            </span>
          )}
        </td>
        <th scope="row" className={styles.study}>
          {ofStudy ? null : row.StudyInstanceUID ? (
            <Link href={`/studies/${row.StudyInstanceUID}`}>{row.study}</Link>
          ) : (
            <span>{t('study.hidden', { what: row.study })}</span>
          )}
          <span className={ofStudy ? undefined : styles.under}>
            {t('to', { peer: row.peer })}
            {row.peerSite ? ` (${row.peerSite})` : ''}
          </span>
          <span className={styles.under}>{useCause(row.cause)}</span>
        </th>
        <td className={styles.images}>
          <span>
            {proven
              ? t('images.all', { total: instances.total })
              : t('images.of', { sent: instances.sent, total: instances.total })}
          </span>
          <Bar
            value={instances.sent}
            of={instances.total}
            look={row.state === 'confirmed' ? 'done' : row.state === 'failed' ? 'failed' : 'moving'}
          />
          {instances.confirmed > 0 && !proven ? (
            <span className={styles.under}>{t('images.confirmed', { n: instances.confirmed })}</span>
          ) : null}
          {row.converted ? (
            <span className={styles.under}>{t('images.converted', { n: row.converted })}</span>
          ) : null}
          {instances.failed > 0 ? (
            <span className={styles.refused}>{t('images.failed', { n: instances.failed })}</span>
          ) : null}
        </td>
        <td>
          {settled
            ? format.bytes(bytes.sent)
            : t('amount.of', { sent: format.bytes(bytes.sent), total: format.bytes(bytes.total) })}
          <Speed row={row} />
        </td>
        <td>
          <span title={format.exact(row.settledAt ?? row.queuedAt)}>
            {row.settledAt
              ? t('when.settled', { time: format.moment(row.settledAt) })
              : t('when.queued', { time: format.moment(row.queuedAt) })}
          </span>
          {row.attempts > 1 ? (
            <span className={styles.under}>{t('when.attempt', { n: row.attempts })}</span>
          ) : null}
          {row.retryAt && !settled ? <RetryIn at={row.retryAt} /> : null}
        </td>
        <td>
          <span className={styles.actions}>
            {row.may.includes('retry') ? (
              <Button
                size="s"
                icon={<RotateCw aria-hidden />}
                busy={retry.isPending}
                onPress={() => retry.mutate()}
              >
                {t('retry')}
              </Button>
            ) : null}
            {row.may.includes('cancel') ? (
              <Button size="s" look="quiet" onPress={onGiveUp}>
                {t('give')}
              </Button>
            ) : null}
          </span>
        </td>
      </tr>
      {row.reason && row.state !== 'confirmed' ? (
        <tr className={styles.why}>
          <td />
          <td colSpan={5}>
            <Why reason={row.reason} state={row.state} />
          </td>
        </tr>
      ) : null}
    </tbody>
  )
}

/** In plain words first; the exact ones below, for whoever is called. A person's own reason stays as written. */
function Why({ reason, state }: { reason: string; state: TransferRow['state'] }) {
  const t = useWords(words)
  const meaning = state === 'cancelled' ? undefined : meaningOf(reason)
  return (
    <div className={state === 'failed' ? styles.failed : styles.waiting}>
      <CircleAlert size={15} aria-hidden />
      <p>
        {meaning ? t(`reason.${meaning}`) : reason}{' '}
        {state === 'queued' && meaning !== 'hours' && meaning !== 'overtaken' ? t('reason.again') : null}
        {meaning && meaning !== 'hours' && meaning !== 'overtaken' ? (
          <span className={styles.exact}>{reason}</span>
        ) : null}
      </p>
    </div>
  )
}

function Speed({ row: { bytes, bytesPerSecond, state } }: { row: TransferRow }) {
  const t = useWords(words)
  const format = useFormats()
  if (state !== 'moving' || !bytesPerSecond) return null
  const leftMs = ((bytes.total - bytes.sent) / bytesPerSecond) * 1000
  return (
    <span className={styles.under}>
      {t('amount.speed', { speed: format.bytes(bytesPerSecond) })} ·{' '}
      {t('amount.left', { time: format.span(leftMs) })}
    </span>
  )
}

function RetryIn({ at }: { at: string }) {
  const t = useWords(words)
  const format = useFormats()
  const leftMs = Date.parse(at) - useNow()
  return (
    <span className={styles.under}>
      {leftMs > 0 ? t('when.retry', { time: format.span(leftMs) }) : t('when.retry.now')}
    </span>
  )
}

function useCause(cause: string): string {
  const t = useWords(words)
  if (cause.startsWith('report')) return t('cause.report')
  if (cause.startsWith('manual')) return t('cause.manual')
  if (cause.startsWith('rejection')) return t('cause.rejection')
  return t('cause.route', { route: cause })
}
