import { Scale } from 'lucide-react'
import { useState } from 'react'
import type { MarkView } from '../../node/archive/view.js'
import { useAct, useData } from '../api/data.js'
import { Asked } from '../parts/Asked.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ReasonDialog } from '../parts/ReasonDialog.js'
import { Head, Table } from '../parts/Table.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { useSiteName } from '../sites/site-name.js'
import { useFormats } from '../words/format.js'
import { retentionWords as words } from '../words/retention.js'
import { useWords } from '../words/words.js'
import styles from './Retention.module.css'

/** Deaths, claims and holds, with who recorded and who released them. */
export function Marks() {
  const t = useWords(words)
  const asked = useData<{ items: MarkView[] }>(['retention', 'marks'], '/api/archive/retention/marks')
  return (
    <Asked asked={asked} trouble={t('trouble')} lines={4}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty icon={<Scale aria-hidden />} title={t('marks.none')}>
            {t('marks.none.text')}
          </Empty>
        ) : (
          <MarkTable items={items} />
        )
      }
    </Asked>
  )
}

function MarkTable({ items }: { items: readonly MarkView[] }) {
  const t = useWords(words)
  const formats = useFormats()
  const siteName = useSiteName()
  const { can } = useSession()
  const [releasing, setReleasing] = useState<MarkView | null>(null)
  return (
    <>
      <Table caption={t('marks.caption')}>
        <Head
          columns={[
            t('column.what'),
            t('column.reference'),
            t('column.reason'),
            t('column.who'),
            t('column.state'),
            ...(can('retention.mark') ? [t('column.do')] : []),
          ]}
        />
        <tbody>
          {items.map(mark => (
            <tr key={mark.id}>
              <td>
                {t(`kind.${mark.kind}`)}
                <span className={styles.under}>{mark.day ? formats.day(mark.day) : t(`of.${mark.of}`)}</span>
              </td>
              <td>
                <span className="code">{mark.reference}</span>
                <span className={styles.under}>{siteName(mark.site)}</span>
              </td>
              <td>{mark.reason}</td>
              <td>
                {mark.by}
                <span className={styles.under}>{formats.dateTime(mark.at)}</span>
              </td>
              <td>
                {mark.released ? (
                  <>
                    {t('released', {
                      day: formats.day(mark.released.at.slice(0, 10)),
                      by: mark.released.by,
                    })}
                    <span className={styles.under}>{mark.released.reason}</span>
                  </>
                ) : (
                  <Tag tone={mark.kind === 'death' ? 'plain' : 'late'}>{t('standing')}</Tag>
                )}
              </td>
              {can('retention.mark') ? (
                <td>
                  {mark.released ? null : (
                    <Button size="s" onPress={() => setReleasing(mark)}>
                      {t('release')}
                    </Button>
                  )}
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </Table>
      {releasing ? <Release mark={releasing} onClose={() => setReleasing(null)} /> : null}
    </>
  )
}

function Release({ mark, onClose }: { mark: MarkView; onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  const release = useAct<MarkView, string>(
    reason => ({
      method: 'POST',
      path: `/api/archive/retention/marks/${mark.id}/release`,
      body: { reason },
    }),
    {
      refresh: [['retention']],
      onDone: () => {
        onClose()
        toasts.say({ text: t('release.done'), tone: 'ok' })
      },
    },
  )
  return (
    <ReasonDialog
      title={t('release.title')}
      label={t('mark.reason')}
      hint={t('mark.reason.hint')}
      act={t('release').replace('…', '')}
      keep={t('cancel')}
      busy={release.isPending}
      trouble={release.error}
      onAct={reason => release.mutate(reason)}
      onClose={onClose}
    >
      <p>{t('release.text')}</p>
    </ReasonDialog>
  )
}
