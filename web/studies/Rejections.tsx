import { Check, TriangleAlert } from 'lucide-react'
import type { ListView } from '../../node/requests/view.js'
import type { RejectionView, StudyView } from '../../node/studies/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { StateMark } from '../transfers/StateMark.js'
import { useFormats } from '../words/format.js'
import { rejections as words } from '../words/rejections.js'
import { useWords } from '../words/words.js'
import styles from './Rejections.module.css'

/** What was withdrawn from a study, why, by whom, and who still has to hear of it; nothing where nothing was. */
export function Rejections({ study }: { study: StudyView }) {
  const t = useWords(words)
  const list = useData<ListView<RejectionView>>(
    ['studies', 'rejections'],
    `/api/studies/${study.StudyInstanceUID}/rejections`,
  )
  if (list.error) return <ErrorBox trouble={list.error} title={t('trouble')} onRetry={() => list.refetch()} />
  if (!list.data || list.data.items.length === 0) return null
  return (
    <section>
      <h2 className={styles.heading}>{t('title')}</h2>
      <div className="card">
        <p className="second">{t('title.text')}</p>
        <ul className={styles.list}>
          {list.data.items.map(rejection => (
            <Rejection key={rejection.id} rejection={rejection} />
          ))}
        </ul>
      </div>
    </section>
  )
}

function Rejection({ rejection }: { rejection: RejectionView }) {
  const t = useWords(words)
  const format = useFormats()
  return (
    <li className={styles.rejection}>
      <h3 className={styles.reason}>{t(`code.${rejection.code}`)}</h3>
      {rejection.text ? <p className={styles.text}>{rejection.text}</p> : null}
      <p className={styles.under} title={format.exact(rejection.at)}>
        {t(rejection.madeHere ? 'line.here' : 'line', {
          n: rejection.instances,
          by: rejection.by,
          time: format.dateTime(rejection.at),
        })}
      </p>
      {rejection.holders.length === 0 ? <p className={styles.under}>{t('holders.none')}</p> : null}
      <Holders rejection={rejection} label={t('holders')} />
    </li>
  )
}

/** Who holds what was withdrawn, and where the note about it stands there; nothing where nobody does. */
export function Holders({ rejection, label }: { rejection: RejectionView; label: string }) {
  if (rejection.holders.length === 0) return null
  return (
    <ul className={styles.holders} aria-label={label}>
      {rejection.holders.map(holder => (
        <Holder key={holder.peer} holder={holder} rejection={rejection} />
      ))}
    </ul>
  )
}

function Holder({
  holder: { peer, state, task },
  rejection,
}: {
  holder: RejectionView['holders'][number]
  rejection: RejectionView
}) {
  const t = useWords(words)
  const format = useFormats()
  const toasts = useToasts()
  const done = useAct<RejectionView>(
    () => ({ method: 'POST', path: `/api/rejections/${rejection.id}/done`, body: { peer } }),
    {
      refresh: [['studies'], ['imports']],
      onDone: () => toasts.say({ text: t('said.done'), detail: peer, tone: 'ok' }),
    },
  )
  const isOpen = task !== undefined && task.doneAt === undefined
  return (
    <li className={styles.holder}>
      <b>{peer}</b>
      {isOpen ? (
        <Tag tone="late" icon={<TriangleAlert aria-hidden />}>
          {t('task.open')}
        </Tag>
      ) : task?.doneBy ? (
        <Tag tone="ok" icon={<Check aria-hidden />}>
          {t('task.closed')}
        </Tag>
      ) : (
        <StateMark state={state} />
      )}
      {isOpen ? (
        <span className={styles.under} title={task.reason}>
          {t('task.open.text', { peer })}
        </span>
      ) : null}
      {task?.doneAt ? (
        <span className={styles.under}>
          {task.doneBy
            ? t('task.done', { by: task.doneBy, time: format.dateTime(task.doneAt) })
            : t('task.taken')}
        </span>
      ) : null}
      {isOpen && rejection.may.includes('done') ? (
        <Button
          size="s"
          icon={<Check aria-hidden />}
          aria-label={t('task.do.of', { peer })}
          busy={done.isPending}
          onPress={() => done.mutate()}
        >
          {t('task.do')}
        </Button>
      ) : null}
      {done.error ? <ErrorBox trouble={done.error} /> : null}
    </li>
  )
}
