import { ArrowLeft, Download, Search } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { RetrievalRow, SearchView } from '../../node/exchange/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useAct, useData } from '../api/data.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/Field.js'
import { Page } from '../parts/Page.js'
import { Select } from '../parts/Select.js'
import { Head, Table } from '../parts/Table.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { retrievals as words } from '../words/retrievals.js'
import { useWords } from '../words/words.js'
import { PullDialog } from './PullDialog.js'
import { RetrievalMark } from './RetrievalMark.js'
import { RetrievalTable } from './RetrievalTable.js'
import styles from './Studies.module.css'

type Item = SearchView['items'][number]

const modalities = ['CT', 'MR', 'DX', 'CR', 'US', 'MG', 'PT', 'NM', 'XA']
const blank = { PatientName: '', PatientID: '', AccessionNumber: '', StudyDate: '', modality: '' }
/** How often what slow PACS have said meanwhile is read. */
const readEveryMs = 500

/** /studies/search: all PACS of the site at once, answers as they come, and what is fetched from them. */
export function SearchPage() {
  const t = useWords(words)
  const { session } = useSession()
  const [asked, setAsked] = useState(blank)
  const [empty, setEmpty] = useState(false)
  const [id, setId] = useState('')
  const begin = useAct<SearchView, Record<string, string>>(
    keys => ({ method: 'POST', path: '/api/searches', body: { site: session?.account.site, ...keys } }),
    { onDone: ({ id: begun }) => setId(begun) },
  )
  const search = useData<SearchView>(['searches'], id === '' ? null : `/api/searches/${id}`, {
    repeat: data => (data === undefined || data.done ? false : readEveryMs),
  })
  const fetched = useData<ListView<RetrievalRow>>(['retrievals'], '/api/retrievals?limit=50')
  const view = search.data?.id === id ? search.data : undefined

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const keys = Object.fromEntries(
      Object.entries(asked)
        .map(([key, value]) => [key, key === 'StudyDate' ? value.replaceAll('-', '') : value.trim()])
        .filter(([, value]) => value !== ''),
    )
    const any = Object.keys(keys).length > 0
    setEmpty(!any)
    if (any) begin.mutate(keys)
  }
  const set = (name: keyof typeof blank) => (value: string) => setAsked(now => ({ ...now, [name]: value }))

  return (
    <Page
      title={t('title')}
      actions={
        <ButtonLink href="/studies" icon={<ArrowLeft aria-hidden />}>
          {t('back')}
        </ButtonLink>
      }
    >
      <section className="card">
        <p className="second">{t('lead')}</p>
        <search>
          <form className={styles.ask} onSubmit={submit}>
            <TextField
              label={t('name')}
              placeholder={t('name.hint')}
              value={asked.PatientName}
              onChange={set('PatientName')}
              autoComplete="off"
              autoFocus
            />
            <TextField
              label={t('patientId')}
              value={asked.PatientID}
              onChange={set('PatientID')}
              autoComplete="off"
            />
            <TextField
              label={t('accession')}
              value={asked.AccessionNumber}
              onChange={set('AccessionNumber')}
              autoComplete="off"
            />
            <TextField label={t('date')} type="date" value={asked.StudyDate} onChange={set('StudyDate')} />
            <Select
              label={t('modality')}
              value={asked.modality || 'any'}
              onChange={code => set('modality')(code === 'any' ? '' : code)}
              options={[
                { id: 'any', label: t('modality.any') },
                ...modalities.map(code => ({ id: code, label: code })),
              ]}
            />
            <Button type="submit" look="go" icon={<Search aria-hidden />} busy={begin.isPending}>
              {t('go')}
            </Button>
          </form>
        </search>
        {empty ? <p role="alert">{t('ask.more')}</p> : null}
        {begin.error ? <ErrorBox trouble={begin.error} /> : null}
        {search.error ? <ErrorBox trouble={search.error} onRetry={() => search.refetch()} /> : null}
      </section>
      {view ? <Found view={view} fetched={fetched.data?.items ?? []} /> : null}
      <section>
        <h2 className={styles.heading}>{t('recent')}</h2>
        {fetched.error ? <ErrorBox trouble={fetched.error} onRetry={() => fetched.refetch()} /> : null}
        {fetched.data && fetched.data.items.length > 0 ? (
          <RetrievalTable rows={fetched.data.items} />
        ) : fetched.data ? (
          <p className="card second">{t('recent.none')}</p>
        ) : null}
      </section>
    </Page>
  )
}

function Found({ view, fetched }: { view: SearchView; fetched: RetrievalRow[] }) {
  const t = useWords(words)
  const format = useFormats()
  const toasts = useToasts()
  const [, go] = useLocation()
  const { can } = useSession()
  const [sendingOn, setSendingOn] = useState<Item | null>(null)
  const pull = useAct<RetrievalRow, { item: Item; to?: string }>(
    ({ item, to }) => ({
      method: 'POST',
      path: '/api/retrievals',
      body: {
        peer: item.peer,
        StudyInstanceUID: item.StudyInstanceUID,
        ...(to === undefined ? {} : { to }),
        wanted: {
          PatientID: item.PatientID,
          PatientName: item.PatientName,
          PatientBirthDate: item.PatientBirthDate,
          StudyDate: item.StudyDate,
          StudyDescription: item.StudyDescription,
          AccessionNumber: item.AccessionNumber,
          ModalitiesInStudy: item.ModalitiesInStudy,
        },
      },
    }),
    {
      refresh: [['retrievals']],
      onDone: row => toasts.say({ text: t('said.pulled'), detail: row.peer, tone: 'ok' }),
    },
  )
  const countOf = (peer: string) => view.items.filter(item => item.peer === peer).length
  return (
    <section aria-live="polite">
      <h2 className={styles.heading}>{t(view.done ? 'found' : 'found.sofar', { n: view.items.length })}</h2>
      <ul className={styles.answers}>
        {view.peers.length === 0 ? <li>{t('peer.none')}</li> : null}
        {view.peers.map(({ peer, outcome, cut, reason, ms }) => (
          <li key={peer} data-silent={outcome === 'refused' || outcome === 'no-answer' || undefined}>
            {t(cut ? 'peer.cut' : `peer.${outcome}`, {
              peer,
              n: countOf(peer),
              reason: reason ?? '',
              time: `${format.number(Math.max(1, Math.round(ms / 100)) / 10)} s`,
            })}
          </li>
        ))}
      </ul>
      {pull.error ? <ErrorBox trouble={pull.error} /> : null}
      {view.items.length === 0 && view.done ? <p className="card second">{t('nothing.text')}</p> : null}
      {view.items.length > 0 ? (
        <div className={`${styles.list} ${styles.stack}`}>
          <Table caption={t('caption')}>
            <Head
              columns={[
                t('column.patient'),
                t('column.exam'),
                t('column.date'),
                t('column.pacs'),
                t('column.state'),
                { label: t('column.actions'), hidden: true },
              ]}
            />
            <tbody>
              {view.items.map(item => {
                const row = fetched.find(
                  each => each.StudyInstanceUID === item.StudyInstanceUID && each.peer === item.peer,
                )
                const name = item.PatientName.replace(/\^+/g, ' ').trim()
                return (
                  <tr key={`${item.peer} ${item.StudyInstanceUID}`}>
                    <th scope="row" className={styles.who}>
                      {name || '—'}
                      <span className={styles.under}>
                        {[format.day(item.PatientBirthDate), item.PatientID, item.IssuerOfPatientID]
                          .filter(Boolean)
                          .join(' · ')}
                      </span>
                    </th>
                    <td>
                      <span className={styles.modality}>{item.ModalitiesInStudy.join(' ')}</span>{' '}
                      {item.StudyDescription}
                      {item.AccessionNumber ? (
                        <span className={styles.under}>{item.AccessionNumber}</span>
                      ) : null}
                    </td>
                    <td>{format.day(item.StudyDate)}</td>
                    <td>{item.peer}</td>
                    <td>
                      {row ? <RetrievalMark row={row} /> : null}
                      {item.here || row?.state === 'complete' ? (
                        <Link className={styles.under} href={`/studies/${item.StudyInstanceUID}`}>
                          {t('here.open')}
                        </Link>
                      ) : null}
                    </td>
                    <td className={styles.last}>
                      {can('request.create') && item.PatientID ? (
                        <Button
                          size="s"
                          aria-label={t('ask.of', { exam: item.StudyDescription, name })}
                          onPress={() => go('/requests/new', { state: { asks: [item] } })}
                        >
                          {t('ask')}
                        </Button>
                      ) : null}
                      {can('study.retrieve') ? (
                        <>
                          <Button
                            size="s"
                            icon={<Download aria-hidden />}
                            isDisabled={pull.isPending || row?.state === 'queued' || row?.state === 'moving'}
                            aria-label={t('pull.of', { exam: item.StudyDescription, name })}
                            onPress={() => pull.mutate({ item })}
                          >
                            {t('pull')}
                          </Button>
                          <Button size="s" look="quiet" onPress={() => setSendingOn(item)}>
                            {t('pull.to')}
                          </Button>
                        </>
                      ) : null}
                    </td>
                  </tr>
                )
              })}
            </tbody>
          </Table>
        </div>
      ) : null}
      {sendingOn ? (
        <PullDialog
          item={sendingOn}
          onClose={() => setSendingOn(null)}
          onPull={to => {
            pull.mutate({ item: sendingOn, to })
            setSendingOn(null)
          }}
        />
      ) : null}
    </section>
  )
}
