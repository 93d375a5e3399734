import { FileDown, Flame } from 'lucide-react'
import { useState } from 'react'
import type { DestructionView } from '../../node/archive/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { ReasonDialog } from '../parts/ReasonDialog.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { retentionWords as words } from '../words/retention.js'
import { useWords } from '../words/words.js'
import { ConfirmDialog } from './ConfirmDialog.js'
import styles from './Retention.module.css'

const TONE: Record<DestructionView['state'], Tone> = {
  proposed: 'near',
  withdrawn: 'plain',
  confirmed: 'near',
  executing: 'near',
  done: 'ok',
}

/** What is proposed waits for a second person; what is done has its certificate. */
export function Destructions() {
  const t = useWords(words)
  const formats = useFormats()
  const { can } = useSession()
  const [chosen, setChosen] = useState<{ row: DestructionView; act: 'confirm' | 'withdraw' } | null>(null)
  const asked = useData<{ items: DestructionView[] }>(
    ['retention', 'destructions'],
    '/api/archive/destructions',
    {
      repeat: view => (view?.items.some(({ state }) => isUnderWay(state)) === true ? 2000 : false),
    },
  )
  const items = asked.data?.items
  if (asked.error)
    return <ErrorBox title={t('trouble')} trouble={asked.error} onRetry={() => void asked.refetch()} />
  if (!items) return <Skeleton lines={4} height={44} />
  if (items.length === 0)
    return (
      <Empty icon={<Flame aria-hidden />} title={t('destructions.none')}>
        {t('destructions.none.text')}
      </Empty>
    )
  const noteOf = (note: string) =>
    note
      .split(' ')
      .map(word => {
        const key = knownKey(words, 'hold.', word)
        return key ? t(key) : word
      })
      .join(' ')
  return (
    <>
      <Table caption={t('destructions.caption')}>
        <Head
          columns={[
            t('column.reference'),
            t('column.what'),
            t('column.reason'),
            t('column.who'),
            t('column.state'),
            t('column.do'),
          ]}
        />
        <tbody>
          {items.map(row => (
            <tr key={row.id}>
              <td>
                <span className="code">{row.reference}</span>
                <span className={styles.under}>{row.site}</span>
              </td>
              <td>{t(`what.${row.what}`)}</td>
              <td>{row.reason}</td>
              <td>
                {t('who.proposed', { name: row.proposedBy, time: formats.dateTime(row.proposedAt) })}
                {row.confirmedAt ? (
                  <span className={styles.under}>
                    {t('who.confirmed', {
                      name: row.confirmedBy ?? '',
                      time: formats.dateTime(row.confirmedAt),
                    })}
                  </span>
                ) : null}
              </td>
              <td>
                <Tag tone={TONE[row.state]}>{t(`state.${row.state}`)}</Tag>
                {row.note ? <span className={styles.under}>{noteOf(row.note)}</span> : null}
                {row.replays ? <span className={styles.under}>{t('again')}</span> : null}
              </td>
              <td>
                <span className={styles.do}>
                  {row.state === 'proposed' && can('retention.destroy') ? (
                    <>
                      {row.own ? (
                        <span className="third">{t('confirm.own')}</span>
                      ) : (
                        <Button size="s" look="grave" onPress={() => setChosen({ row, act: 'confirm' })}>
                          {t('confirm')}
                        </Button>
                      )}
                      <Button size="s" onPress={() => setChosen({ row, act: 'withdraw' })}>
                        {t('withdraw')}
                      </Button>
                    </>
                  ) : null}
                  {row.fact ? (
                    <a
                      href={`/api/archive/destructions/${row.id}/certificate`}
                      download
                      className={styles.get}
                    >
                      <FileDown aria-hidden /> {t('certificate')}
                    </a>
                  ) : null}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
      {chosen?.act === 'confirm' ? <ConfirmDialog row={chosen.row} onClose={() => setChosen(null)} /> : null}
      {chosen?.act === 'withdraw' ? <Withdraw row={chosen.row} onClose={() => setChosen(null)} /> : null}
    </>
  )
}

const isUnderWay = (state: DestructionView['state']) => state === 'confirmed' || state === 'executing'

function Withdraw({ row, onClose }: { row: DestructionView; onClose: () => void }) {
  const t = useWords(words)
  const withdraw = useAct<DestructionView, string>(
    reason => ({
      method: 'POST',
      path: `/api/archive/destructions/${row.id}/withdraw`,
      body: { reason },
    }),
    { refresh: [['retention']], onDone: onClose },
  )
  return (
    <ReasonDialog
      title={t('withdraw.title')}
      label={t('mark.reason')}
      hint={t('mark.reason.hint')}
      act={t('withdraw.act')}
      keep={t('cancel')}
      busy={withdraw.isPending}
      trouble={withdraw.error}
      onAct={reason => withdraw.mutate(reason)}
      onClose={onClose}
    >
      <p>{t('withdraw.text')}</p>
    </ReasonDialog>
  )
}
