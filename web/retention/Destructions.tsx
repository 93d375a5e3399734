import { FileDown, Flame } from 'lucide-react'
import { useState } from 'react'
import type { DestructionView } from '../../node/archive/view.js'
import { useAct, useData } from '../api/data.js'
import { useSaving } from '../api/saving.js'
import { Asked } from '../parts/Asked.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ReasonDialog } from '../parts/ReasonDialog.js'
import { Head, Table } from '../parts/Table.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { useSession } from '../session.js'
import { useSiteName } from '../sites/site-name.js'
import { useFormats } from '../words/format.js'
import { retentionWords as words } from '../words/retention.js'
import { useWords } from '../words/words.js'
import { ConfirmDialog } from './ConfirmDialog.js'
import styles from './Retention.module.css'
import { useNote } from './refusals.js'

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
  const asked = useData<{ items: DestructionView[] }>(
    ['retention', 'destructions'],
    '/api/archive/destructions',
    {
      repeat: view => (view?.items.some(({ state }) => isUnderWay(state)) === true ? 2000 : false),
    },
  )
  return (
    <Asked asked={asked} trouble={t('trouble')} lines={4}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty icon={<Flame aria-hidden />} title={t('destructions.none')}>
            {t('destructions.none.text')}
          </Empty>
        ) : (
          <DestructionTable items={items} />
        )
      }
    </Asked>
  )
}

function DestructionTable({ items }: { items: readonly DestructionView[] }) {
  const t = useWords(words)
  const formats = useFormats()
  const siteName = useSiteName()
  const noteOf = useNote()
  const { can } = useSession()
  const { save, busy } = useSaving()
  const [chosen, setChosen] = useState<{ row: DestructionView; act: 'confirm' | 'withdraw' } | null>(null)
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
                <span className={styles.under}>{siteName(row.site)}</span>
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
                    <Button
                      size="s"
                      icon={<FileDown aria-hidden />}
                      busy={busy}
                      onPress={() =>
                        save(
                          `/api/archive/destructions/${row.id}/certificate`,
                          `relais-destruction-${row.id}.json`,
                        )
                      }
                    >
                      {t('certificate')}
                    </Button>
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
