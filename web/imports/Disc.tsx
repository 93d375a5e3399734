import { Check, Disc3, TriangleAlert, X } from 'lucide-react'
import { useState } from 'react'
import type { ImportPerson, ImportState, ImportView } from '../../node/imports/view.js'
import { useAct, useData } from '../api/data.js'
import { Back } from '../parts/Back.js'
import { Bar } from '../parts/Bar.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useToasts } from '../parts/Toast.js'
import { discContent } from '../words/disc-content.js'
import { useFormats } from '../words/format.js'
import { importPeople } from '../words/import-people.js'
import { imports as words } from '../words/imports.js'
import { keeping } from '../words/keeping.js'
import { useWords } from '../words/words.js'
import { Asking } from './Asking.js'
import { Certificate } from './Certificate.js'
import { Studies } from './Content.js'
import { Deciding, DecidingPapers } from './Deciding.js'
import { FileTable, Verdicts } from './Files.js'
import styles from './Imports.module.css'
import { People } from './People.js'
import { Sender } from './Sender.js'
import { StateMark } from './StateMark.js'
import { useUploads } from './uploads.js'
import { Withdrawn } from './Withdrawn.js'
import { useWhy } from './why.js'

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
  const say = useWords(discContent)
  const why = useWhy()
  const t = useWords(words)
  const k = useWords(keeping)
  const format = useFormats()
  const [filesShown, setFilesShown] = useState(false)
  const [step, setStep] = useState<1 | 2 | 3>(2)
  const { state } = disc
  const isCertified = disc.people.some(
    person => person.state !== 'to-decide' || person.withdrawals.length > 0,
  )
  const person = usePerson(disc)
  const hasInventory = state !== 'uploading' && state !== 'reading' && state !== 'cancelled'
  // Who was left can be decided on after all, and is not until somebody begins to.
  const isDeciding = person?.may.includes('decide') === true && person.state !== 'not-taken'
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
          <Back href="/imports" label={t('back')} worded />
          {disc.may.includes('cancel') ? <Forget disc={disc} /> : null}
        </span>
      }
    >
      <Steps
        current={isDeciding ? step : state === 'taking' || state === 'sending' ? 4 : isCertified ? 5 : 1}
      />
      {state === 'uploading' || state === 'reading' ? (
        <section className={`card ${styles.arriving}`}>
          <div className="row">
            <StateMark disc={disc} />
            <span>
              {t('row.arrived', {
                there: format.bytes(disc.bytes.there),
                total: format.bytes(disc.bytes.total),
              })}
              <Pace id={disc.id} />
            </span>
          </div>
          <Bar value={disc.bytes.there} of={disc.bytes.total} />
          <p className="second">
            {say('read.so-far', { n: disc.read.files, size: format.bytes(disc.read.bytes) })}{' '}
            {t('reading.text')}
          </p>
        </section>
      ) : null}
      {(state === 'uploading' || state === 'reading') && disc.studies.length > 0 ? (
        <Studies disc={disc} studies={disc.studies} />
      ) : null}
      {(state === 'failed' && !isCertified) || state === 'cancelled' ? (
        <Empty
          icon={state === 'failed' ? <TriangleAlert aria-hidden /> : <X aria-hidden />}
          title={t(`state.${state}`)}
        >
          {disc.reason ? `${why(disc.why, disc.reason)} – ` : ''}
          {disc.abandoned ? k('abandoned.text') : t(state === 'failed' ? 'failed.text' : 'cancelled.text')}
        </Empty>
      ) : null}
      {disc.sender ? <Sender sender={disc.sender} /> : null}
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
          <TriangleAlert size={15} aria-hidden /> {why(disc.why, disc.reason)}
        </p>
      ) : null}
      {hasInventory && disc.people.length > 1 && person ? (
        <People disc={disc} chosen={person.id} onChoose={person.choose} />
      ) : null}
      {hasInventory && person ? (
        <OnePerson key={person.id} disc={disc} person={person} onStep={setStep} />
      ) : null}
      {isCertified ? <Asking disc={disc} /> : null}
      {isCertified ? <Certificate disc={disc} /> : null}
    </Page>
  )
}

/** The person that is looked at: the one chosen, else the first who is left to decide on. */
function usePerson(disc: ImportView): (ImportPerson & { choose: (id: string) => void }) | undefined {
  const [chosen, choose] = useState<Pick<ImportPerson, 'id' | 'state'>>()
  // Once one is decided or left, the next comes to the front by itself.
  const person =
    disc.people.find(
      ({ id, state, may }) => id === chosen?.id && state === chosen.state && may.includes('decide'),
    ) ??
    disc.people.find(({ state }) => state === 'to-decide') ??
    disc.people.find(({ state }) => state === 'entered-in-error') ??
    disc.people[0]
  return (
    person && {
      ...person,
      choose: id => {
        choose(disc.people.find(each => each.id === id))
        document.getElementById(`person-${id}`)?.scrollIntoView({ block: 'nearest' })
      },
    }
  )
}

function OnePerson({
  disc,
  person,
  onStep,
}: {
  disc: ImportView
  person: ImportPerson
  onStep: (step: 1 | 2 | 3) => void
}) {
  const t = useWords(words)
  const p = useWords(importPeople)
  const format = useFormats()
  const why = useWhy()
  const [isAgain, setAgain] = useState(false)
  const { state } = person
  const studies = disc.studies.filter(({ StudyInstanceUID }) => person.studies.includes(StudyInstanceUID))
  return (
    <>
      {state === 'not-taken' && !isAgain ? (
        <div className={styles.ask}>
          <p>
            {p('left.text', {
              by: person.decidedBy ?? '',
              time: format.dateTime(person.decidedAt),
              reason: why(person.why, person.reason),
            })}
          </p>
          {person.may.includes('decide') ? (
            <Button size="s" onPress={() => setAgain(true)}>
              {p('person.again')}
            </Button>
          ) : null}
        </div>
      ) : person.may.includes('decide') ? (
        <div className={styles.deciding}>
          {person.withdrawals.length > 0 ? <Withdrawn person={person} /> : null}
          {studies.length === 0 ? (
            <DecidingPapers disc={disc} onStep={onStep} />
          ) : (
            <Deciding disc={disc} person={person} onStep={onStep} />
          )}
        </div>
      ) : state === 'to-decide' ? (
        <>
          <Studies disc={disc} studies={studies} />
          <p className="second">{t('may-not')}</p>
        </>
      ) : null}
    </>
  )
}

/** How fast this browser sends it, and how long it will yet: of a disc that another one sends it is not known. */
function Pace({ id }: { id: string }) {
  const t = useWords(words)
  const format = useFormats()
  const upload = useUploads().find(each => each.import === id && each.state !== 'done')
  if (upload === undefined) return null
  const { bytes, bytesPerSecond, state } = upload
  return (
    <span className="second">
      {state === 'waiting' || state === 'stopped' ? ` · ${t(`up.${state}`)}` : null}
      {bytesPerSecond > 0
        ? ` · ${t('up.speed', { speed: format.bytes(bytesPerSecond) })} · ${t('up.left', {
            time: format.span(((bytes.total - bytes.sent) / bytesPerSecond) * 1000),
          })}`
        : null}
    </span>
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
