import { ImageOff } from 'lucide-react'
import { Suspense, useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { Link, useLocation, useParams } from 'wouter'
import type { PriorsView } from '../../node/priors/view.js'
import type { ReportView, SignedView } from '../../node/reports/view.js'
import type { ListView, RequestRow, RequestView } from '../../node/requests/view.js'
import { useAct, useData } from '../api/data.js'
import { ConversationButton } from '../conversations/Conversation.js'
import { CriticalsOf } from '../criticals/CriticalsOf.js'
import { RaiseButton } from '../criticals/RaiseButton.js'
import { draftsOf } from '../drafts/drafts.js'
import { useActions } from '../parts/Actions.js'
import { Back } from '../parts/Back.js'
import { Clock } from '../parts/Clock.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { useOnRoot } from '../parts/on-root.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tag } from '../parts/Tag.js'
import { useInWords } from '../requests/in-words.js'
import { useSession } from '../session.js'
import { Faults } from '../shell/Faults.js'
import { NotFound } from '../shell/NotFound.js'
import { NoticesBell } from '../shell/NoticesBell.js'
import { useTitle } from '../shell/title.js'
import { Editor, Viewer } from '../viewer/ahead.js'
import type { OtherStudy } from '../viewer/BesideBar.js'
import { seriesPath } from '../viewer/pictures.js'
import { useFormats } from '../words/format.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import { ConflictDialog } from './ConflictDialog.js'
import styles from './Desk.module.css'
import { openFields } from './draft.js'
import type { Insertion } from './insertion.js'
import { drawnAt, KeyImages } from './KeyImages.js'
import { MismatchDialog } from './MismatchDialog.js'
import { SignDialog } from './SignDialog.js'
import { SignedDialog } from './SignedDialog.js'
import { useDraft } from './use-draft.js'
import { useStars } from './use-stars.js'

/** /requests/:id/report: question, images and report on one screen. Opening it begins (or takes up) the draft. */
export default function Desk() {
  const t = useWords(reportWords)
  const { id = '' } = useParams()
  const request = useData<RequestView>(['requests', id], `/api/requests/${id}`)
  const [report, setReport] = useState<ReportView>()
  // Read while the draft is being opened: the viewer asks for the same list first.
  const first = request.data?.studies.find(study => study.completeness.received > 0)
  useData<unknown>(['studies'], first ? seriesPath(first.StudyInstanceUID) : null)
  useTitle(t('desk.title'))

  const [, go] = useLocation()
  const { account } = useSession().session
  const { mutate, error, isPending } = useAct<ReportView, { of: string; confirm?: string }>(
    ({ of, confirm }) => ({
      method: 'POST',
      path: `/api/requests/${of}/report`,
      body: confirm === undefined ? {} : { confirm },
    }),
    {
      refresh: [['requests']],
      onDone: opened => {
        // The text begins with what this machine kept of it; where that cannot be read, the page says so.
        const show = () => setReport(opened)
        void draftsOf(account.id)
          .then(drafts => drafts.look())
          .then(show, show)
      },
    },
  )
  useEffect(() => {
    setReport(undefined)
    mutate({ of: id })
    // Read meanwhile.
    void draftsOf(account.id)
  }, [id, mutate, account.id])

  const problem = error ?? request.error
  if (problem?.code === 'missing') return <NotFound />
  if (problem?.code === 'mismatch' && !report)
    return (
      <MismatchDialog
        problem={problem}
        busy={isPending}
        onConfirm={confirm => mutate({ of: id, confirm })}
        onClose={() => go(`/requests/${id}`)}
      />
    )
  if (problem && !(report && request.data)) {
    return (
      <div className={styles.waiting}>
        <ErrorBox trouble={problem} onRetry={() => mutate({ of: id })} />
        {request.data ? <Link href={`/requests/${id}`}>{t('desk.request')}</Link> : null}
      </div>
    )
  }
  if (!report || !request.data || report.request !== id) {
    return (
      <div className={styles.waiting}>
        <Skeleton lines={8} />
      </div>
    )
  }
  return <AtTheDesk key={report.id} opened={report} request={request.data} />
}

function AtTheDesk({ opened, request }: { opened: ReportView; request: RequestView }) {
  const t = useWords(reportWords)
  const formats = useFormats()
  const inWords = useInWords()
  const [, go] = useLocation()
  // Rights and gaps follow what happens; the text being written is the draft's own.
  const fresh = useData<ReportView>(['reports', opened.id], `/api/reports/${opened.id}`).data ?? opened
  const draft = useDraft(opened)
  const insertion = useRef<Insertion>(null)
  useOnRoot(styles.root)
  const [review, setReview] = useState(false)
  const [blocked, setBlocked] = useState<{ results?: string; conclusion?: string }>({})
  const [signed, setSigned] = useState<SignedView | null>(null)
  const studies = request.studies.filter(study => study.completeness.received > 0)
  const [shown, setShown] = useState<string>()
  const study = studies.find(one => one.StudyInstanceUID === shown) ?? studies[0]
  const others = useMyCases(request.id)
  const free = useNextToClaim(others?.length === 0)
  const earlier = useEarlier(request)
  const { stars, remove } = useStars(fresh)
  const insert = (text: string) => {
    if (insertion.current) insertion.current.insert(text)
    // The editor is still on its way: it begins with what is written here.
    else draft.write('results', [draft.sections.results.trimEnd(), text].filter(Boolean).join('\n'))
  }
  const side = request.laterality ?? 'none'

  const toReview = async () => {
    if (signed || !fresh.may.includes('sign')) return
    const open = openFields(draft.sections)
    const first = open[0]
    const problems = {
      ...(draft.sections.conclusion.trim() ? {} : { conclusion: t('sign.noConclusion') }),
      ...(first ? { [first.section]: t('sign.placeholder', { text: first.text }) } : {}),
    }
    flushSync(() => setBlocked(problems))
    if (Object.keys(problems).length > 0) {
      document.querySelector<HTMLElement>(`.${styles.report} [data-invalid] [role=textbox]`)?.focus()
      return
    }
    // The node signs what it holds: everything typed must be there first.
    if (await draft.flush()) setReview(true)
  }
  useEffect(() => {
    if (draft.sections.conclusion.trim()) setBlocked(({ conclusion: _, ...rest }) => rest)
  }, [draft.sections.conclusion])

  useActions([
    {
      id: 'sign',
      group: t('desk.editor'),
      label: t('sign.review'),
      keys: 'Ctrl+Enter',
      run: () => void toReview(),
    },
    { id: 'list', group: t('desk.title'), label: t('desk.back'), run: () => go('/requests?list=mine') },
  ])

  return (
    <div className={styles.desk}>
      <header className={styles.band}>
        <Back href="/requests?list=mine" label={t('desk.back')} />
        <h1 className={styles.name}>{inWords.name(request.patient)}</h1>
        <span className="second">{inWords.identity(request.patient)}</span>
        <Tag>
          {inWords.modality(request.modality)} {request.region}
          {study?.date ? ` · ${formats.day(study.date)}` : ''}
        </Tag>
        <Tag tone={side === 'none' ? 'plain' : 'accent'}>
          {t('desk.side', { side: t(`laterality.${side}`) })}
        </Tag>
        <span className={styles.push} />
        {request.due ? (
          <span className={styles.clock}>
            <Clock at={request.due.at} what={t('desk.due')} /> <small>{t('desk.due')}</small>
          </span>
        ) : null}
        {others ? <small className={styles.left}>{t('desk.left', { n: others.length })}</small> : null}
        <RaiseButton request={request.id} requester={request.requester} compact />
        <ConversationButton request={request.id} />
        <NoticesBell />
      </header>

      <div className={styles.images}>
        {studies.length > 1 ? (
          <div className={styles.tabs} role="tablist" aria-label={t('desk.study')}>
            {studies.map(one => (
              <button
                key={one.StudyInstanceUID}
                type="button"
                role="tab"
                aria-selected={one === study}
                onClick={() => setShown(one.StudyInstanceUID)}
              >
                {studies[0] && one.date && one.date < studies[0].date ? <b>{t('desk.prior')} </b> : null}
                {inWords.study(one)} · {formats.day(one.date)}
              </button>
            ))}
          </div>
        ) : null}
        <div className={styles.viewer}>
          {study ? (
            <Faults at={study.StudyInstanceUID}>
              <Suspense fallback={<p className={styles.quiet}>{t('desk.placeholder')}</p>}>
                <Viewer
                  studyInstanceUID={study.StudyInstanceUID}
                  others={earlier.filter(one => one.StudyInstanceUID !== study.StudyInstanceUID)}
                  {...(stars ? { stars, onInsert: insert } : {})}
                />
              </Suspense>
            </Faults>
          ) : (
            <Empty icon={<ImageOff aria-hidden="true" />} title={t('desk.noImages.title')}>
              {t('desk.noImages')}
            </Empty>
          )}
        </div>
      </div>

      <div className={styles.report}>
        <CriticalsOf request={request.id} />
        <section className={styles.question} aria-label={t('desk.question')}>
          <strong>{request.question}</strong>
          <span className="second">
            {[...inWords.risks(request.risks), request.context].filter(Boolean).join(' · ')}
          </span>
          <span className="second">
            {[request.requester.name, request.requester.service].filter(Boolean).join(' · ')} ·{' '}
            <a href={`tel:${request.requester.phone.replace(/[^\d+]/g, '')}`}>{request.requester.phone}</a> ·{' '}
            <Link href={`/requests/${request.id}`} className={styles.reference}>
              {request.reference}
            </Link>
          </span>
        </section>
        {fresh.gaps.length > 0 ? (
          <div className={styles.gaps} role="status">
            <strong>{t('gaps.title')}</strong>
            {fresh.gaps.map(gap => (
              <span key={gap}>{gap}</span>
            ))}
            <small>{t('gaps.printed')}</small>
          </div>
        ) : null}
        <KeyImages
          images={fresh.keyImages}
          src={drawnAt}
          size="strip"
          {...(remove ? { onRemove: remove } : {})}
        />
        <Suspense fallback={<Skeleton lines={8} />}>
          <Editor
            report={fresh}
            draft={draft}
            blocked={blocked}
            insertion={insertion}
            onReview={() => void toReview()}
          />
        </Suspense>
      </div>

      <ConflictDialog draft={draft} />
      {review && !signed ? (
        <SignDialog
          report={fresh}
          sections={draft.sections}
          onClose={() => setReview(false)}
          onSigned={answer => {
            draft.forget()
            setSigned(answer)
          }}
        />
      ) : null}
      {signed ? <SignedDialog signed={signed} report={opened.id} next={others ?? []} free={free} /> : null}
    </div>
  )
}

/** What may be laid beside the images: the other studies of the request, then those of before that are here, the nearest first. */
function useEarlier(request: RequestView): OtherStudy[] {
  const inWords = useInWords()
  const priors = useData<PriorsView>(['priors'], `/api/requests/${request.id}/priors`)
  const own = request.studies
    .filter(study => study.completeness.received > 0)
    .map(study => ({
      StudyInstanceUID: study.StudyInstanceUID,
      date: study.date,
      what: inWords.study(study),
    }))
  const before = (priors.data?.items ?? [])
    .filter(prior => prior.here && !own.some(one => one.StudyInstanceUID === prior.StudyInstanceUID))
    .map(prior => ({
      StudyInstanceUID: prior.StudyInstanceUID,
      date: prior.StudyDate,
      what: prior.StudyDescription || prior.ModalitiesInStudy.join(' '),
    }))
  return [...before, ...own]
}

/** The other requests this reader holds and has not signed, the most urgent first. */
function useMyCases(current: string): RequestRow[] | undefined {
  const mine = useData<ListView<RequestRow>>(
    ['requests', 'list'],
    '/api/requests?mine=true&state=claimed,accepted,reading&limit=50',
  )
  return mine.data?.items.filter(row => row.id !== current)
}

/** The first request this reader may claim now; asked for only where it is wanted. */
function useNextToClaim(wanted: boolean): RequestRow | undefined {
  const free = useData<ListView<RequestRow>>(
    ['requests', 'list'],
    wanted ? '/api/requests?toClaim=true&limit=50' : null,
  )
  return free.data?.items[0]
}
