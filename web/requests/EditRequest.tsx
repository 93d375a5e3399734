import { useEffect, useRef, useState } from 'react'
import { useLocation, useParams } from 'wouter'
import type { EditedRequest, ListView, RequestView } from '../../node/requests/view.js'
import type { ContractView, SiteView } from '../../node/sites/view.js'
import { useAct, useData } from '../api/data.js'
import { useKept } from '../drafts/kept.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextArea } from '../parts/Field.js'
import { goToFirstGap } from '../parts/first-gap.js'
import { Meanwhile } from '../parts/Meanwhile.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { NotFound } from '../shell/NotFound.js'
import { useTitle } from '../shell/title.js'
import { newRequestWords } from '../words/new-request.js'
import { useWords } from '../words/words.js'
import { mayEdit } from './events.js'
import styles from './NewRequest.module.css'
import { Form } from './new/Form.js'
import { bodyOf, emptyForm, formOfRequest, gapsOf, type RequestForm } from './new/form.js'

/** /requests/:id/edit: the form of a request nobody has claimed, corrected as another version. */
export default function EditRequest() {
  const { id = '' } = useParams()
  const t = useWords(newRequestWords)
  const { session, can } = useSession()
  const asked = useData<RequestView>(['requests', id], `/api/requests/${id}`)
  if (!can('request.edit') || asked.error?.code === 'missing') return <NotFound />
  if (asked.error && !asked.data)
    return <ErrorBox trouble={asked.error} onRetry={() => void asked.refetch()} />
  if (!asked.data) return <Skeleton lines={10} height={32} />
  if (!mayEdit(asked.data, session.account.site)) return <Empty title={t('edit.later')} />
  return <Begun current={asked.data} />
}

/** The version the form began with stays in it while others write theirs. */
function Begun({ current }: { current: RequestView }) {
  const [request, begin] = useState(current)
  return (
    <Correcting key={request.revision} request={request} current={current} onBegin={() => begin(current)} />
  )
}

interface CorrectingProps {
  /** As it was when the form was opened. */
  request: RequestView
  /** As it is now. */
  current: RequestView
  /** Begins anew with what it says now. */
  onBegin: () => void
}

function Correcting({ request, current, onBegin }: CorrectingProps) {
  const t = useWords(newRequestWords)
  const { session } = useSession()
  const toasts = useToasts()
  const [, go] = useLocation()
  const { account } = session
  const sites = useData<ListView<SiteView>>(['sites'], '/api/sites').data?.items ?? []
  const contracts = useData<ListView<ContractView>>(['contracts'], '/api/contracts').data?.items ?? []
  const fresh = () => ({
    form: formOfRequest(request, emptyForm(account, request.patient.issuer)),
    reason: '',
  })
  const [kept, setKept, clear] = useKept<{ form: RequestForm; reason: string }>(
    ['relais.editRequest', account.id, request.id, request.revision].join('.'),
    fresh,
  )
  // The version that is corrected; another one than the form began with once the person has chosen so.
  const [over, setOver] = useState(request.revision)
  const isMoved = current.revision > over
  const isTyped = JSON.stringify(kept) !== JSON.stringify(fresh())
  useEffect(() => {
    if (isMoved && !isTyped) onBegin()
  }, [isMoved, isTyped, onBegin])
  const form = { ...kept.form, studies: [] }
  const [tried, setTried] = useState(false)
  const page = useRef<HTMLDivElement>(null)
  useTitle(t('edit.title', { reference: request.reference }))
  // What is asked before an exam is not asked of one that is done.
  const gaps = gapsOf(form, request.studies.length > 0)
  const save = useAct<RequestView>(
    () => {
      const { site: _site, studies: _studies, submit: _submit, ...body } = bodyOf(form, request.site)
      const edited: EditedRequest = {
        ...body,
        revision: over,
        ...(kept.reason.trim() ? { reason: kept.reason.trim() } : {}),
      }
      return { method: 'PUT', path: `/api/requests/${request.id}`, body: edited }
    },
    {
      refresh: [['requests']],
      onDone: () => {
        clear()
        toasts.say({ text: t('edit.done'), detail: request.reference, tone: 'ok' })
        go(`/requests/${request.id}`, { replace: true })
      },
      onProblem: () => goToFirstGap(page.current),
    },
  )
  const submit = () => {
    setTried(true)
    if (gaps.size > 0) goToFirstGap(page.current)
    else if (!isMoved) save.mutate()
  }
  return (
    <div className={styles.page} ref={page}>
      <header className={styles.head}>
        <h1>{t('edit.title', { reference: request.reference })}</h1>
        <span className="second">{request.siteName}</span>
      </header>
      <Form
        form={form}
        set={change => setKept(now => ({ ...now, form: { ...now.form, ...change } }))}
        gaps={tried ? gaps : new Map()}
        problem={save.error}
        me={account.name}
        groups={{ contracts: contracts.filter(contract => contract.requesting === request.site), sites }}
      />
      <section className="card">
        <TextArea
          label={t('edit.reason')}
          hint={t('edit.reason.hint')}
          optional
          lines={2}
          value={kept.reason}
          onChange={reason => setKept(now => ({ ...now, reason }))}
          maxLength={4000}
        />
      </section>
      {save.error && !isMoved ? <ErrorBox trouble={save.error} /> : null}
      <footer className={styles.foot}>
        {isMoved ? (
          <Meanwhile
            said={t('edit.meanwhile')}
            keep={t('edit.meanwhile.keep')}
            take={t('edit.meanwhile.take')}
            onKeep={() => {
              save.reset()
              setOver(current.revision)
            }}
            onTake={() => {
              clear()
              onBegin()
            }}
          />
        ) : null}
        <Button
          look="quiet"
          onPress={() => {
            clear()
            go(`/requests/${request.id}`)
          }}
        >
          {t('edit.back')}
        </Button>
        <span className="push" role="status">
          {tried && gaps.size > 0 ? (
            <span className={styles.gaps}>{t('summary.gaps', { n: gaps.size })}</span>
          ) : null}
        </span>
        <Button look="go" size="l" busy={save.isPending} onPress={submit}>
          {t('edit.send')}
        </Button>
      </footer>
    </div>
  )
}
