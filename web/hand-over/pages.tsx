import { ArrowLeftRight } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { HandOverItem, HandOverView } from '../../node/program/view.js'
import type { RequestView } from '../../node/requests/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Clock } from '../parts/Clock.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Picker } from '../parts/Picker.js'
import { Select } from '../parts/Select.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { Tag } from '../parts/Tag.js'
import { TextField } from '../parts/TextField.js'
import { useToasts } from '../parts/Toast.js'
import { useInWords } from '../requests/in-words.js'
import { useFormats } from '../words/format.js'
import { handOverWords as words } from '../words/hand-over.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import styles from './HandOver.module.css'

const KEEP = 'keep'

/** /hand-over: everything a reader has open, each line with the colleague it goes to. */
export default function HandOver() {
  const t = useWords(words)
  const formats = useFormats()
  const asked = useData<HandOverView>(['hand-over'], '/api/hand-over', { staleTimeMs: 0 })
  const view = asked.data
  return (
    <Page title={t('title')}>
      <p className="second">
        {t('intro')}{' '}
        {view?.endsAt ? (
          <span className={styles.ends}>
            {t(Date.parse(view.endsAt) > Date.now() ? 'ends' : 'ended', {
              time: formats.moment(view.endsAt),
            })}
          </span>
        ) : null}
      </p>
      {asked.error ? (
        <ErrorBox title={t('trouble')} trouble={asked.error} onRetry={() => void asked.refetch()} />
      ) : !view ? (
        <Skeleton lines={6} height={44} />
      ) : (
        <>
          <ForMe view={view} />
          {view.items.length === 0 && view.forMe.length > 0 ? null : view.items.length === 0 ? (
            <Empty icon={<ArrowLeftRight aria-hidden />} title={t('empty')}>
              {t('empty.text')}
            </Empty>
          ) : (
            <Mine view={view} />
          )}
        </>
      )}
    </Page>
  )
}

function ForMe({ view }: { view: HandOverView }) {
  const t = useWords(words)
  const formats = useFormats()
  const toasts = useToasts()
  const take = useAct<RequestView, HandOverItem>(
    item => ({ method: 'POST', path: `/api/requests/${item.id}/take-over`, body: {} }),
    {
      refresh: [['hand-over'], ['requests']],
      onDone: (_, item) => toasts.say({ text: t('taken', { reference: item.reference }), tone: 'ok' }),
      onProblem: problem => toasts.trouble(problem),
    },
  )
  if (view.forMe.length === 0) return null
  return (
    <section className="card" aria-labelledby="hand-over-for-me">
      <h2 id="hand-over-for-me">{t('for-me')}</h2>
      {view.forMe.map(item => (
        <div key={item.id} className={styles.for}>
          <span>
            <What item={item} />
            <span className={styles.under}>
              {t('for-me.by', { name: item.by, time: formats.moment(item.to?.at) })}
              {item.to?.reason ? ` · ${item.to.reason}` : ''}
            </span>
          </span>
          <Button
            look="go"
            busy={take.isPending && take.variables.id === item.id}
            aria-label={t('take.of', { reference: item.reference })}
            onPress={() => take.mutate(item)}
          >
            {t('take')}
          </Button>
        </div>
      ))}
    </section>
  )
}

function Mine({ view }: { view: HandOverView }) {
  const t = useWords(words)
  const of = useWords(requestWords)
  const formats = useFormats()
  const toasts = useToasts()
  const { colleagues, items } = view
  const [all, setAll] = useState(colleagues[0]?.account ?? '')
  const [apart, setApart] = useState<Record<string, string>>({})
  const [reason, setReason] = useState(t('reason.usual'))
  const takerOf = ({ id, to }: HandOverItem) => apart[id] ?? (to ? KEEP : all)
  const going = items.filter(item => ![KEEP, ''].includes(takerOf(item)))
  const send = useAct<RequestView, HandOverItem>(
    item => ({
      method: 'POST',
      path: `/api/requests/${item.id}/hand-over`,
      body: { reader: takerOf(item), reason: reason.trim() },
    }),
    { refresh: [['hand-over'], ['requests']], onProblem: problem => toasts.trouble(problem) },
  )
  const sendAll = async () => {
    let n = 0
    for (const item of going) {
      // What fails is said by its own toast and stays in the list; the others go on.
      const done = await send.mutateAsync(item).then(
        () => true,
        () => false,
      )
      if (done) n += 1
    }
    setApart({})
    if (n > 0) toasts.say({ text: t('sent', { n }), tone: 'ok' })
  }
  const options = colleagues.map(({ account, name, presence, onDuty }) => ({
    id: account,
    label: `${name} · ${onDuty ? t('on-duty') : t(`presence.${presence}`)}`,
  }))
  return (
    <section className={`card ${styles.list}`} aria-labelledby="hand-over-mine">
      <h2 id="hand-over-mine">{t('mine')}</h2>
      {colleagues.length === 0 ? (
        <p className="second">{t('alone')}</p>
      ) : (
        <div className={styles.all}>
          <Select label={t('all')} value={all} onChange={setAll} options={options} />
          <TextField label={t('reason')} value={reason} onChange={setReason} maxLength={200} />
        </div>
      )}
      <Table caption={t('mine')}>
        <Head columns={[t('column.act'), t('column.what'), t('column.due'), t('to')]} />
        <tbody>
          {items.map(item => (
            <tr key={item.id}>
              <th scope="row" className={styles.act}>
                <What item={item} />
              </th>
              <td>
                <span className="row">
                  {item.what.map(what => (
                    <Tag
                      key={what}
                      tone={what === 'critical' ? 'late' : what === 'claimed' ? 'plain' : 'near'}
                    >
                      {t(`what.${what}`)}
                    </Tag>
                  ))}
                </span>
                {item.to ? (
                  <span className={styles.under}>
                    {t('waiting', { name: item.to.name, time: formats.moment(item.to.at) })}
                  </span>
                ) : null}
              </td>
              <td>{item.due ? <Clock at={item.due.at} what={of(`due.${item.due.for}`)} /> : '–'}</td>
              <td>
                <Picker
                  label={t('to.of', { reference: item.reference })}
                  value={takerOf(item)}
                  onChange={account => setApart(now => ({ ...now, [item.id]: account }))}
                  options={[{ id: KEEP, label: t('keep') }, ...options]}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
      <div className={styles.foot}>
        <Button
          look="go"
          busy={send.isPending}
          isDisabled={going.length === 0}
          onPress={() => void sendAll()}
        >
          {t('send', { n: going.length })}
        </Button>
      </div>
    </section>
  )
}

function What({ item }: { item: HandOverItem }) {
  const of = useWords(requestWords)
  const inWords = useInWords()
  return (
    <>
      <Link href={`/requests/${item.id}`}>{item.reference}</Link> · {inWords.name(item.patient)}
      <span className={styles.under}>
        {of(`urgency.${item.urgency}`)} · {inWords.exam(item)} · {item.siteName}
      </span>
    </>
  )
}
