import { ArrowLeft, Check, Disc3, TriangleAlert, X } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { ImportState, ImportView } from '../../node/imports/view.js'
import { useAct, useData } from '../api/data.js'
import { Bar } from '../parts/Bar.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useToasts } from '../parts/Toast.js'
import { useFormats } from '../words/format.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'
import { Asking } from './Asking.js'
import { Certificate } from './Certificate.js'
import { Studies } from './Content.js'
import { Deciding, DecidingPapers } from './Deciding.js'
import { FileTable, Verdicts } from './Files.js'
import styles from './Imports.module.css'
import { StateMark } from './StateMark.js'

const LOOK_AGAIN_MS = 1_000
const moving = new Set<ImportState>(['uploading', 'reading', 'taking', 'sending'])

/** /imports/:id: what is on the disc, whose it is, what will be written; then what became of it. */
export function Disc({ id }: { id: string }) {
  const t = useWords(words)
  const found = useData<ImportView>(['imports'], `/api/imports/${id}`, {
    repeat: disc => (disc && moving.has(disc.state) ? LOOK_AGAIN_MS : false),
  })
  if (found.error?.code === 'missing' || found.error?.code === 'forbidden')
    return (
      <Page title={t('title')}>
        <Empty icon={<Disc3 aria-hidden />} title={t('missing')}>
          {t('missing.text')}
        </Empty>
      </Page>
    )
  if (found.error && !found.data)
    return (
      <Page title={t('title')}>
        <ErrorBox trouble={found.error} onRetry={() => found.refetch()} />
      </Page>
    )
  if (!found.data)
    return (
      <Page title={t('title')}>
        <Skeleton lines={8} height={28} />
      </Page>
    )
  return <Known disc={found.data} />
}

function Known({ disc }: { disc: ImportView }) {
  const t = useWords(words)
  const format = useFormats()
  const [filesShown, setFilesShown] = useState(false)
  const [step, setStep] = useState<1 | 2 | 3>(2)
  const { state } = disc
  const isCertified = state === 'taking' || state === 'sending' || state === 'done'
  const hasInventory = isCertified || state === 'inventoried'
  return (
    <Page
      title={disc.label || disc.name || disc.id}
      note={
        <span title={format.exact(disc.createdAt)}>
          {[
            disc.medium ? t(`medium.${disc.medium}`) : '',
            t('disc.files', { n: disc.files }),
            format.bytes(disc.bytes.total),
            t('disc.by', { by: disc.by, time: format.moment(disc.createdAt) }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      }
      actions={
        <span className={`row ${styles.screenOnly}`}>
          <Link href="/imports" className={styles.back}>
            <ArrowLeft size={16} aria-hidden /> {t('back')}
          </Link>
          {disc.may.includes('cancel') ? <Forget disc={disc} /> : null}
        </span>
      }
    >
      <Steps
        current={
          state === 'inventoried'
            ? step
            : state === 'taking' || state === 'sending'
              ? 4
              : hasInventory
                ? 5
                : 1
        }
      />
      {state === 'uploading' || state === 'reading' ? (
        <section className={`card ${styles.arriving}`}>
          <div className="row">
            <StateMark state={state} />
            <span>
              {t('row.arrived', {
                there: format.bytes(disc.bytes.there),
                total: format.bytes(disc.bytes.total),
              })}
            </span>
          </div>
          <Bar value={disc.bytes.there} of={disc.bytes.total} />
          <p className="second">{t('reading.text')}</p>
        </section>
      ) : null}
      {(state === 'uploading' || state === 'reading') && disc.studies.length > 0 ? (
        <Studies disc={disc} studies={disc.studies} />
      ) : null}
      {state === 'failed' || state === 'cancelled' || state === 'entered-in-error' ? (
        <Empty
          icon={state === 'failed' ? <TriangleAlert aria-hidden /> : <X aria-hidden />}
          title={t(`state.${state}`)}
        >
          {disc.reason ? `${disc.reason}. ` : ''}
          {state === 'failed' ? t('failed.text') : state === 'cancelled' ? t('cancelled.text') : ''}
        </Empty>
      ) : null}
      <div className={styles.verdictLine}>
        <Verdicts verdicts={disc.verdicts} />
        {disc.files > 0 ? (
          <Button
            size="s"
            look="quiet"
            aria-expanded={filesShown}
            onPress={() => setFilesShown(shown => !shown)}
          >
            {filesShown ? t('files.hide') : t('files.see')}
          </Button>
        ) : null}
      </div>
      {filesShown ? <FileTable id={disc.id} /> : null}
      {state === 'inventoried' && disc.reason ? (
        <p role="alert" className={styles.problem}>
          <TriangleAlert size={15} aria-hidden /> {disc.reason}
        </p>
      ) : null}
      {state === 'inventoried' && disc.studies.length === 0 && disc.may.includes('decide') ? (
        <DecidingPapers disc={disc} onStep={setStep} />
      ) : null}
      {state === 'inventoried' && disc.studies.length > 0 ? (
        disc.may.includes('decide') ? (
          <Deciding disc={disc} onStep={setStep} />
        ) : (
          <>
            <Studies disc={disc} studies={disc.studies} />
            <p className="second">{t('may-not')}</p>
          </>
        )
      ) : null}
      {isCertified ? <Asking disc={disc} /> : null}
      {isCertified ? <Certificate disc={disc} /> : null}
    </Page>
  )
}

function Steps({ current }: { current: number }) {
  const t = useWords(words)
  return (
    <ol aria-label={t('steps')} className={styles.steps}>
      {([1, 2, 3, 4] as const).map(step => (
        <li
          key={step}
          aria-current={step === current ? 'step' : undefined}
          className={step < current ? styles.stepDone : undefined}
        >
          {step < current ? <Check size={14} aria-hidden /> : null}
          {step} {t(`step.${step}`)}
          {step < current ? <span className="unseen">, {t('step.done')}</span> : null}
        </li>
      ))}
    </ol>
  )
}

function Forget({ disc }: { disc: ImportView }) {
  const t = useWords(words)
  const toasts = useToasts()
  const [asking, setAsking] = useState(false)
  const forget = useAct<ImportView>(() => ({ method: 'POST', path: `/api/imports/${disc.id}/cancel` }), {
    refresh: [['imports']],
    onDone: () => {
      toasts.say({ text: t('said.cancelled') })
      setAsking(false)
    },
    onProblem: problem => toasts.trouble(problem),
  })
  return (
    <>
      <Button size="s" look="quiet" onPress={() => setAsking(true)}>
        {t('forget')}
      </Button>
      <Dialog
        title={t('forget.title')}
        open={asking}
        grave
        size="s"
        onClose={() => setAsking(false)}
        foot={
          <>
            <Button look="quiet" onPress={() => setAsking(false)}>
              {t('forget.keep')}
            </Button>
            <Button look="grave" busy={forget.isPending} onPress={() => forget.mutate()}>
              {t('forget')}
            </Button>
          </>
        }
      >
        <p>{t('forget.text')}</p>
      </Dialog>
    </>
  )
}
