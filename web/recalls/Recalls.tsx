import { Undo2 } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { RecallOutcome, RecallView } from '../../node/recalls/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { ReasonDialog } from '../parts/ReasonDialog.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { recallWords } from '../words/recalls.js'
import { useWords } from '../words/words.js'
import styles from './Recalls.module.css'

const TONE: Record<RecallView['state'], Tone> = { noted: 'near', open: 'late', done: 'ok' }

/** On the page of a request that was entered in error: everybody who had received something, and what came of it. */
export function RecallsOf({ request }: { request: string }) {
  const t = useWords(recallWords)
  const { can } = useSession()
  const asked = useData<ListView<RecallView>>(
    ['recalls', request],
    can('recall.see') ? `/api/requests/${request}/recalls` : null,
  )
  if (asked.error && !asked.data)
    return <ErrorBox title={t('trouble')} trouble={asked.error} onRetry={() => void asked.refetch()} />
  if (!asked.data) return null
  const { items } = asked.data
  const settled = items.filter(({ state }) => state === 'done').length
  return (
    <section className={`card ${styles.recalls}`}>
      <div className="row">
        <h2>{t('title')}</h2>
        {items.length === 0 ? null : (
          <span className="push">
            <Tag tone={settled === items.length ? 'ok' : 'late'}>
              {t('settled', { done: settled, n: items.length })}
            </Tag>
          </span>
        )}
      </div>
      <p className="second">{items.length === 0 ? t('none') : t('hint')}</p>
      <List items={items} />
    </section>
  )
}

/** Above the lists of who settles them: what a person still has to take back. */
export function OpenRecalls() {
  const t = useWords(recallWords)
  const { can } = useSession()
  const asked = useData<ListView<RecallView>>(
    ['recalls'],
    can('recall.settle') ? '/api/recalls?limit=20' : null,
  )
  const items = asked.data?.items ?? []
  if (items.length === 0) return null
  const title = t('title.open', { n: items.length })
  return (
    <section className={styles.open} aria-label={title}>
      <h2>
        <Undo2 size={16} aria-hidden="true" /> {title}
      </h2>
      <List items={items} named />
    </section>
  )
}

function List({ items, named = false }: { items: readonly RecallView[]; named?: boolean }) {
  return (
    <ul className={styles.list}>
      {items.map(recall => (
        <Recall key={recall.id} recall={recall} named={named} />
      ))}
    </ul>
  )
}

function Recall({ recall, named }: { recall: RecallView; named: boolean }) {
  const t = useWords(recallWords)
  const formats = useFormats()
  const toasts = useToasts()
  const [tried, setTried] = useState(false)
  const settle = useAct<RecallView, { outcome: RecallOutcome; note?: string }>(
    said => ({ method: 'POST', path: `/api/recalls/${recall.id}/outcome`, body: said }),
    {
      refresh: [['recalls'], ['requests', recall.request]],
      onDone: () => {
        setTried(false)
        toasts.say({ text: t('saved'), detail: recall.reference, tone: 'ok' })
      },
      onProblem: problem => {
        if (!tried) toasts.trouble(problem)
      },
    },
  )
  const done = recall.doneAt
    ? [recall.by, formats.moment(recall.doneAt), recall.note].filter(Boolean).join(' · ')
    : ''
  return (
    <li>
      <div className={styles.what}>
        <strong>{recall.name}</strong>
        <span className="second">
          {[
            t(`what.${recall.what}`),
            ...(recall.what === 'finding' ? [] : [t(`channel.${recall.channel}`)]),
          ].join(' · ')}
          {named ? (
            <>
              {' · '}
              <Link href={`/requests/${recall.request}`} aria-label={`${t('open')} ${recall.reference}`}>
                {recall.reference}
              </Link>
            </>
          ) : null}
        </span>
        {recall.reason && recall.state === 'open' ? (
          <small className="second">{t('refused', { reason: recall.reason })}</small>
        ) : null}
        {done ? <small className="second">{done}</small> : null}
      </div>
      <Tag tone={recall.outcome === 'unreachable' ? 'late' : TONE[recall.state]}>
        {recall.outcome ? t(`outcome.${recall.outcome}`) : t(`state.${recall.state}`)}
      </Tag>
      {recall.may.length > 0 ? (
        <div className={styles.say}>
          {recall.may.map(outcome =>
            outcome === 'note-taken' ? null : (
              <Button
                key={outcome}
                size="s"
                look={outcome === 'unreachable' ? 'quiet' : 'plain'}
                busy={settle.isPending && settle.variables.outcome === outcome}
                onPress={() => (outcome === 'unreachable' ? setTried(true) : settle.mutate({ outcome }))}
              >
                {t(recall.mine && outcome === 'told' ? 'say.mine' : `say.${outcome}`)}
              </Button>
            ),
          )}
        </div>
      ) : null}
      {tried ? (
        <ReasonDialog
          title={`${t('dialog.title')} · ${recall.name}`}
          label={t('dialog.note')}
          hint={t('dialog.hint')}
          act={t('dialog.save')}
          keep={t('cancel')}
          busy={settle.isPending}
          trouble={settle.error}
          onAct={note => settle.mutate({ outcome: 'unreachable', note })}
          onClose={() => setTried(false)}
        >
          <p className="second">{recall.reference}</p>
        </ReasonDialog>
      ) : null}
    </li>
  )
}
