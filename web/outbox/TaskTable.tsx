import { CircleAlert, CircleDashed, MoveRight, RotateCw, TriangleAlert } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import type { JobRow, ParkedFactRow } from '../../node/outbox/view.js'
import { useAct } from '../api/data.js'
import { useFactWords } from '../journal/fact-words.js'
import { Button } from '../parts/Button.js'
import { useNow } from '../parts/now.js'
import { ReasonDialog } from '../parts/ReasonDialog.js'
import { Head, Table } from '../parts/Table.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import styles from '../transfers/Transfers.module.css'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { outbox as words } from '../words/outbox.js'
import { transfers as transferWords } from '../words/transfers.js'
import { useWords } from '../words/words.js'
import { causeOf } from './reason.js'

/** A task as the list shows it, whether it is a job or what should have followed from a fact. */
interface Task {
  id: string
  path: string
  state: ReactNode
  what: string
  under: (string | undefined)[]
  since: string
  when: ReactNode
  why?: ReactNode
  may: readonly ('retry' | 'give-up')[]
}

/** Each task in one row, and under it why it does not go on. */
export function TaskTable({ jobs, facts }: { jobs: JobRow[]; facts: ParkedFactRow[] }) {
  const t = useWords(words)
  const [givingUp, setGivingUp] = useState<Task | null>(null)
  const ofFact = useFactTask()
  const ofJob = useJobTask()
  return (
    <div className={styles.list}>
      <Table caption={t('caption')}>
        <Head
          columns={[
            t('column.state'),
            t('column.what'),
            t('column.when'),
            { label: t('column.actions'), hidden: true },
          ]}
        />
        {[...facts.map(ofFact), ...jobs.map(ofJob)].map(task => (
          <Row key={task.id} task={task} onGiveUp={() => setGivingUp(task)} />
        ))}
      </Table>
      {givingUp ? <GiveUp task={givingUp} onClose={() => setGivingUp(null)} /> : null}
    </div>
  )
}

function useJobTask(): (job: JobRow) => Task {
  const t = useWords(words)
  return job => {
    const kind = knownKey(words, 'kind.', job.kind)
    return {
      id: job.id,
      path: `/api/outbox/${job.id}`,
      state: <JobState state={job.state} />,
      what: kind ? t(kind) : t('kind.other', { kind: job.kind }),
      under: [job.peer && t('to.peer', { peer: job.peer }), job.siteName ?? t('site.none')],
      since: job.createdAt,
      when: (
        <>
          {job.attempts > 0 ? (
            <span className={styles.under}>{t('attempts', { n: job.attempts })}</span>
          ) : null}
          {job.state === 'running' ? <span className={styles.under}>{t('next.running')}</span> : null}
          {job.dueAt ? <Next at={job.dueAt} /> : null}
        </>
      ),
      ...(job.reason ? { why: <Why job={job} reason={job.reason} /> } : {}),
      may: job.may,
    }
  }
}

function useFactTask(): (fact: ParkedFactRow) => Task {
  const t = useWords(words)
  const { factOf } = useFactWords()
  return fact => {
    const part = knownKey(words, 'part.', fact.follower)
    return {
      id: fact.id,
      path: `/api/outbox/facts/${fact.id}`,
      state: (
        <Tag tone="late" icon={<TriangleAlert aria-hidden />}>
          {t('state.fact')}
        </Tag>
      ),
      what: t('fact.kind', { seq: fact.seq, fact: factOf(fact.fact) }),
      under: [t('fact.part', { part: part ? t(part) : fact.follower }), fact.siteName ?? t('site.none')],
      since: fact.at,
      when: null,
      why: (
        <>
          {t('fact.text')}
          <span className={styles.exact}>{fact.reason}</span>
        </>
      ),
      may: fact.may,
    }
  }
}

function JobState({ state }: { state: JobRow['state'] }) {
  const t = useWords(words)
  const [Icon, tone] = (
    {
      parked: [TriangleAlert, 'late'],
      waiting: [CircleDashed, 'plain'],
      running: [MoveRight, 'accent'],
    } as const
  )[state]
  return (
    <Tag tone={tone} icon={<Icon aria-hidden />}>
      {t(`state.${state}`)}
    </Tag>
  )
}

function Row({ task, onGiveUp }: { task: Task; onGiveUp: () => void }) {
  const t = useWords(words)
  const format = useFormats()
  const toasts = useToasts()
  const retry = useAct<undefined>(() => ({ method: 'POST', path: `${task.path}/retry` }), {
    refresh: [['jobs'], ['transfers']],
    onDone: () => toasts.say({ text: t('said.retry'), detail: task.what }),
    onProblem: problem => toasts.trouble(problem),
  })
  return (
    <tbody className={styles.transfer}>
      <tr>
        <td>{task.state}</td>
        <th scope="row" className={styles.study}>
          <span>{task.what}</span>
          {task.under.map(line =>
            line ? (
              <span key={line} className={styles.under}>
                {line}
              </span>
            ) : null,
          )}
        </th>
        <td>
          <span title={format.exact(task.since)}>{format.moment(task.since)}</span>
          {task.when}
        </td>
        <td>
          <span className={styles.actions}>
            {task.may.includes('retry') ? (
              <Button
                size="s"
                icon={<RotateCw aria-hidden />}
                busy={retry.isPending}
                onPress={() => retry.mutate()}
              >
                {t('retry')}
              </Button>
            ) : null}
            {task.may.includes('give-up') ? (
              <Button size="s" look="quiet" onPress={onGiveUp}>
                {t('give')}
              </Button>
            ) : null}
          </span>
        </td>
      </tr>
      {task.why ? (
        <tr className={styles.why}>
          <td />
          <td colSpan={3}>
            <div className={styles.waiting}>
              <CircleAlert size={15} aria-hidden />
              <p>{task.why}</p>
            </div>
          </td>
        </tr>
      ) : null}
    </tbody>
  )
}

/** In plain words first; the exact ones below, for whoever is called. */
function Why({ job, reason }: { job: JobRow; reason: string }) {
  const t = useWords(words)
  const ofTransfers = useWords(transferWords)
  const { can } = useSession()
  const cause = causeOf(job.kind, reason)
  const own = cause ? knownKey(words, 'reason.', cause) : undefined
  const shared = cause ? knownKey(transferWords, 'reason.', cause) : undefined
  const plain = own ? t(own) : shared ? ofTransfers(shared) : undefined
  return (
    <>
      {plain ?? reason}{' '}
      {job.kind === 'send-study' && can('transfer.see') ? (
        <Link href="/transfers">{ofTransfers('title')}</Link>
      ) : null}
      {plain ? <span className={styles.exact}>{reason}</span> : null}
    </>
  )
}

function Next({ at }: { at: string }) {
  const t = useWords(words)
  const format = useFormats()
  const leftMs = new Date(at).getTime() - useNow()
  return (
    <span className={styles.under}>
      {leftMs > 1000 ? t('next.in', { time: format.span(leftMs) }) : t('next.now')}
    </span>
  )
}

/** Nothing is given up without a reason that stays. */
function GiveUp({ task, onClose }: { task: Task; onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  const give = useAct<undefined, string>(
    reason => ({ method: 'POST', path: `${task.path}/give-up`, body: { reason } }),
    {
      refresh: [['jobs'], ['transfers']],
      onDone: () => {
        toasts.say({ text: t('said.given'), detail: task.what })
        onClose()
      },
    },
  )
  return (
    <ReasonDialog
      title={t('give.title')}
      label={t('give.reason')}
      hint={t('give.reason.hint')}
      act={t('give')}
      keep={t('give.keep')}
      busy={give.isPending}
      trouble={give.error}
      onAct={reason => give.mutate(reason)}
      onClose={onClose}
    >
      <p>
        <b>{task.what}</b>
      </p>
      <p>{t('give.text')}</p>
    </ReasonDialog>
  )
}
