import { Mail, RotateCw, Stethoscope } from 'lucide-react'
import type { CheckGroup, CheckRow, DoctorView, Outcome, TestLetterView } from '../../node/doctor/view.js'
import { useAct, useData } from '../api/data.js'
import { useAddress } from '../api/url.js'
import { Bar } from '../parts/Bar.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tabs, useFilterHref } from '../parts/Tabs.js'
import { useToasts } from '../parts/Toast.js'
import { doctor as words } from '../words/doctor.js'
import { useFormats } from '../words/format.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './Doctor.module.css'
import { OutcomeSign, OutcomeTag } from './Outcome.js'

const isTodo = ({ outcome }: CheckRow) => outcome === 'broken' || outcome === 'attention'

/** /doctor?show: everything the node stands on, with what to do. */
export default function Doctor() {
  const t = useWords(words)
  const address = useAddress()
  const hrefWith = useFilterHref()
  const { language } = useLanguage()
  const asked = useData<DoctorView>(['doctor', language], '/api/doctor', {
    // The socket tells of each check; this is for what it could not tell.
    repeat: data => (data?.state === 'running' ? 3000 : false),
  })
  const start = useAct<DoctorView>(() => ({ method: 'POST', path: '/api/doctor' }), { refresh: [['doctor']] })
  const view = asked.data
  const running = view?.state === 'running' || start.isPending
  const shown = address.get('show') === 'todo' ? 'todo' : 'all'
  const todo = view?.rows.filter(isTodo).length ?? 0
  const rows = view?.rows.filter(row => shown === 'all' || isTodo(row)) ?? []
  const problem = asked.error ?? start.error
  const begin = (
    <Button look="go" icon={<RotateCw aria-hidden />} busy={running} onPress={() => start.mutate()}>
      {t(view?.state === 'never' ? 'run.first' : 'run')}
    </Button>
  )

  return (
    <Page
      title={t('title')}
      actions={
        <>
          <Letter />
          {view && view.state !== 'never' ? begin : null}
        </>
      }
      filters={
        view && view.rows.length > 0 ? (
          <Tabs
            label={t('show.label')}
            tabs={[
              { label: t('show.all'), href: hrefWith('show', ''), current: shown === 'all' },
              {
                label: t('show.todo'),
                href: hrefWith('show', 'todo'),
                current: shown === 'todo',
                count: todo,
              },
            ]}
          />
        ) : null
      }
    >
      {problem ? (
        <ErrorBox title={t('trouble')} trouble={problem} onRetry={() => void asked.refetch()} />
      ) : null}
      {!view ? (
        asked.error ? null : (
          <Skeleton lines={6} height={44} />
        )
      ) : view.state === 'never' && !running ? (
        <Empty icon={<Stethoscope aria-hidden />} title={t('never.title')} action={begin}>
          {t('never.text')}
        </Empty>
      ) : (
        <>
          <Summary view={view} />
          {shown === 'todo' && rows.length === 0 && !running ? (
            <Empty icon={<Stethoscope aria-hidden />} title={t('todo.none')}>
              {t('todo.none.text')}
            </Empty>
          ) : null}
          {groupsOf(rows).map(([group, members]) => (
            <Group key={group} group={group} rows={members} />
          ))}
          <p className="second">
            {t('command')} <code>relais doctor</code>
          </p>
        </>
      )}
    </Page>
  )
}

/** The worst first, in words; while it is under way, how far it is. */
function Summary({ view }: { view: DoctorView }) {
  const t = useWords(words)
  const format = useFormats()
  const { state, counts, checks, of, endedAt, reason } = view
  return (
    <div role="status" className={styles.summary}>
      {(['broken', 'attention', 'good', 'not-checked'] satisfies Outcome[]).map(outcome =>
        counts[outcome] > 0 || (outcome === 'broken' && state === 'done') ? (
          <OutcomeTag key={outcome} outcome={outcome} calm={counts[outcome] === 0}>
            {t(`count.${outcome}`, { n: counts[outcome] })}
          </OutcomeTag>
        ) : null,
      )}
      {state === 'running' ? (
        <span className={styles.progress}>
          <Bar value={checks} of={Math.max(1, of)} look="moving" />
          <span className="second">{t('running', { checks, of })}</span>
        </span>
      ) : endedAt ? (
        <span className="second" title={format.exact(endedAt)}>
          {state === 'failed' ? t('failed') : t('at', { time: format.moment(endedAt) })}
        </span>
      ) : null}
      {reason ? <span lang="en">{reason}</span> : null}
    </div>
  )
}

/** In the order they come. */
function groupsOf(rows: readonly CheckRow[]): [CheckGroup, CheckRow[]][] {
  const groups = new Map<CheckGroup, CheckRow[]>()
  for (const row of rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row])
  return [...groups]
}

function Group({ group, rows }: { group: CheckGroup; rows: CheckRow[] }) {
  const t = useWords(words)
  return (
    <section className={styles.group} aria-labelledby={`group-${group}`}>
      <h2 id={`group-${group}`}>{t(`group.${group}`)}</h2>
      <ul className={styles.list}>
        {rows.map(row => (
          <li key={`${row.check} ${row.subject ?? ''} ${row.found}`} className={styles.row}>
            <OutcomeSign outcome={row.outcome} />
            <span className={styles.name}>
              {row.name}
              {row.subject ? <small>{row.subject}</small> : null}
            </span>
            <span className={row.outcome === 'not-checked' ? styles.unknown : styles.found}>
              {row.found}
              {row.remedy ? (
                <span className={styles.remedy}>
                  <b>{t('todo')}</b> {row.remedy}
                </span>
              ) : null}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** One letter to oneself, now: what the mail server answers is said at once. */
function Letter() {
  const t = useWords(words)
  const toasts = useToasts()
  const send = useAct<TestLetterView>(() => ({ method: 'POST', path: '/api/doctor/letter' }), {
    onDone: ({ outcome, to, reason }) =>
      toasts.say({
        text: t(`letter.${outcome}`),
        detail: outcome === 'not-sent' ? t('letter.none') : (reason ?? to),
        tone: outcome === 'sent' || outcome === 'captured' ? 'accent' : 'late',
      }),
    onProblem: problem => toasts.trouble(problem),
  })
  return (
    <Button icon={<Mail aria-hidden />} busy={send.isPending} onPress={() => send.mutate()}>
      {t('letter')}
    </Button>
  )
}
