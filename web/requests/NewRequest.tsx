import { useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { ListView, RequestView } from '../../node/requests/view.js'
import type { ContractView, SiteView } from '../../node/sites/view.js'
import { useAct, useData } from '../api/data.js'
import { useKept } from '../drafts/kept.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { goToFirstGap } from '../parts/first-gap.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useToasts } from '../parts/Toast.js'
import type { Waiting } from '../parts/waiting.js'
import { useSession } from '../session.js'
import { NotFound } from '../shell/NotFound.js'
import { useTitle } from '../shell/title.js'
import { newRequestWords } from '../words/new-request.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './NewRequest.module.css'
import { FindStudy } from './new/FindStudy.js'
import { Form } from './new/Form.js'
import { bodyOf, emptyForm, gapsOf, prefill, type RequestForm } from './new/form.js'
import { useOpened } from './new/opened.js'

const noGaps: ReturnType<typeof gapsOf> = new Map()

/** /requests/new: find the study, then one page with everything known filled in. Typed work is kept in the tab. */
export default function NewRequest() {
  const { can } = useSession()
  return can('request.create') ? <Writing /> : <NotFound />
}

function Writing() {
  const t = useWords(newRequestWords)
  const { language } = useLanguage()
  const { session } = useSession()
  const toasts = useToasts()
  const [, go] = useLocation()
  const { account, memberships } = session
  const sites = useData<ListView<SiteView>>(['sites'], '/api/sites').data?.items ?? []
  const contracts = useData<ListView<ContractView>>(['contracts'], '/api/contracts').data?.items ?? []
  const site = sites.find(one => one.id === account.site)
  const siteName = site?.name ?? memberships.find(one => one.active)?.siteName ?? account.site
  const issuer = site?.issuer ?? ''
  const opened = useOpened()
  const [kept, setForm, clear, restored] = useKept<RequestForm>(
    // What is opened about a disc is a work of its own beside what was being written.
    ['relais.newRequest', account.id, account.site, ...opened.uids].join('.'),
    () => emptyForm(account, issuer),
  )
  const [files, setFiles, clearFiles] = useKept<Waiting[]>(
    ['relais.newRequest', account.id, account.site, ...opened.uids, 'files'].join('.'),
    () => [],
  )
  // What was kept before the form asked for more.
  const form = { ...emptyForm(account, issuer), ...kept }
  const [tried, setTried] = useState(false)
  const [filled, setFilled] = useState(false)
  const page = useRef<HTMLDivElement>(null)
  useTitle(t('title'))

  const set = (change: Partial<RequestForm>) => setForm(now => ({ ...now, ...change }))
  const gaps = gapsOf(form)

  const create = useAct<RequestView, { submit: boolean }>(
    ({ submit }) => ({
      method: 'POST',
      path: '/api/requests',
      body: {
        ...bodyOf(form, account.site),
        ...(files.length > 0 ? { attachments: files.map(({ name, content }) => ({ name, content })) } : {}),
        submit,
      },
    }),
    {
      refresh: [['requests']],
      onDone: (request, { submit }) => {
        clear()
        clearFiles()
        toasts.say({
          text: t(submit ? 'sent' : 'opposition.kept', { reference: request.reference }),
          tone: 'ok',
        })
        go(`/requests/${request.id}`, { replace: true })
      },
    },
  )

  const toFirstGap = () => goToFirstGap(page.current)
  const submit = () => {
    setTried(true)
    if (gaps.size > 0) toFirstGap()
    else create.mutate({ submit: true })
  }
  const problem = create.error
  useEffect(() => {
    if (problem && problem.fields.length > 0) toFirstGap()
  }, [problem])

  const toForm = (studies: RequestForm['studies']) => {
    setForm(now => prefill({ ...now, issuer: now.issuer || issuer }, studies, language))
    scrollTo({ top: 0 })
  }

  // Once: who goes back to choose another study has chosen.
  const isOpening = opened.uids.length > 0 && !filled && !restored
  if (isOpening && opened.studies) {
    setFilled(true)
    const { said, studies } = opened
    setForm(now => prefill({ ...now, ...said, issuer: now.issuer || issuer }, studies, language))
  }

  return (
    <div className={styles.page} ref={page}>
      <header className={styles.head}>
        <h1>{t('title')}</h1>
        <span className="second">{siteName}</span>
        <ol className={styles.steps}>
          {(['find', 'form'] as const).map(step => (
            <li key={step} aria-current={form.step === step ? 'step' : undefined}>
              {t(`step.${step}`)}
            </li>
          ))}
        </ol>
      </header>

      {restored ? (
        <div className={styles.restored} role="status">
          <strong>{t('restored.title')}</strong>
          <span className="second">{t('restored.text')}</span>
          <Button
            size="s"
            onPress={() => {
              clear()
              clearFiles()
              setTried(false)
            }}
          >
            {t('restored.clear')}
          </Button>
        </div>
      ) : null}

      {isOpening && opened.problem ? (
        <ErrorBox trouble={opened.problem} onRetry={opened.readAgain} />
      ) : isOpening ? (
        <Skeleton lines={10} height={32} />
      ) : form.step === 'find' ? (
        <FindStudy
          site={account.site}
          siteName={siteName}
          chosen={form.studies}
          onChoose={studies => set({ studies })}
          onContinue={toForm}
        />
      ) : (
        <>
          <Form
            form={form}
            set={set}
            gaps={tried ? gaps : noGaps}
            problem={problem}
            me={account.name}
            site={account.site}
            papers={{ files, onChange: setFiles }}
            groups={{
              contracts: contracts.filter(contract => contract.requesting === account.site),
              sites,
            }}
            onChangeStudy={() => set({ step: 'find' })}
          />
          {problem ? <ErrorBox trouble={problem} /> : null}
          <footer className={styles.foot}>
            <Button look="quiet" onPress={() => set({ step: 'find' })}>
              {t('back')}
            </Button>
            <span className="push" role="status">
              {tried && gaps.size > 0 ? (
                <span className={styles.gaps}>
                  {t('summary.gaps', { n: gaps.size })}{' '}
                  <Button size="s" onPress={toFirstGap}>
                    {t('summary.go')}
                  </Button>
                </span>
              ) : null}
            </span>
            {form.consent === 'opposition' ? (
              <Button size="l" busy={create.isPending} onPress={() => create.mutate({ submit: false })}>
                {t('opposition.keep')}
              </Button>
            ) : (
              <Button look="go" size="l" busy={create.isPending} onPress={submit}>
                {t('submit')}
              </Button>
            )}
          </footer>
        </>
      )}
    </div>
  )
}
