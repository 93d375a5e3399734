import { FileDown, Printer } from 'lucide-react'
import { type FormEvent, lazy, Suspense, useState } from 'react'
import type { AnswerView, ReportView } from '../../node/reports/view.js'
import { useAct } from '../api/data.js'
import type { ApiProblem } from '../api/problem.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/TextField.js'
import { useInWords } from '../requests/in-words.js'
import { useTitle } from '../shell/title.js'
import { useLinkToken } from '../sign-in/link-token.js'
import { useFormats } from '../words/format.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import styles from './AnswerPage.module.css'
import { isSide, ReportText } from './ReportText.js'

/** Who only reads the words need not load what shows images. */
const AnswerImages = lazy(() => import('./AnswerImages.js'))

/** /answer: a report for somebody without an account. The link alone opens nothing; the code came another way. */
export default function AnswerPage() {
  const t = useWords(reportWords)
  const [token] = useLinkToken('answer')
  const [code, setCode] = useState('')
  const [answer, setAnswer] = useState<AnswerView>()
  useTitle(answer ? t('page.title', { reference: answer.reference }) : t('answer.title'))
  const open = useAct<AnswerView>(
    () => ({ method: 'POST', path: '/api/answer/open', body: { token, code: code.replace(/\s/g, '') } }),
    { onDone: setAnswer },
  )
  if (answer)
    return <Answer answer={answer} token={token} code={code.replace(/\s/g, '')} onAnswer={setAnswer} />
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (code.trim() && !open.isPending) open.mutate()
  }
  const left = open.error?.field('code')
  return (
    <main className={styles.gate}>
      <h1>{t('answer.title')}</h1>
      {token === '' ? (
        <p>{t('answer.none')}</p>
      ) : (
        <form onSubmit={submit} noValidate>
          <TextField
            label={t('answer.code')}
            hint={t('answer.code.hint')}
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            autoFocus
            value={code}
            onChange={setCode}
            problem={left === undefined ? undefined : t('answer.wrong', { left })}
          />
          {open.error && left === undefined ? <Dead problem={open.error} /> : null}
          <Button type="submit" look="go" size="l" busy={open.isPending} isDisabled={!code.trim()}>
            {t('answer.open')}
          </Button>
        </form>
      )}
    </main>
  )
}

function Dead({ problem }: { problem: ApiProblem }) {
  const t = useWords(reportWords)
  return problem.code === 'unauthenticated' ? (
    <p role="alert">{t('answer.dead')}</p>
  ) : (
    <ErrorBox trouble={problem} />
  )
}

function Answer({
  answer,
  token,
  code,
  onAnswer,
}: {
  answer: AnswerView
  token: string
  code: string
  onAnswer: (answer: AnswerView) => void
}) {
  const t = useWords(reportWords)
  const formats = useFormats()
  const inWords = useInWords()
  const [name, setName] = useState('')
  const [role, setRole] = useState('')
  const acknowledge = useAct<AnswerView>(
    () => ({
      method: 'POST',
      path: '/api/answer/acknowledge',
      body: { token, code, name: name.trim(), role: role.trim() },
    }),
    { onDone: onAnswer },
  )
  const last = answer.versions.at(-1)
  const text = answer.versions.findLast(({ kind }) => kind !== 'addendum' && kind !== 'withdrawal')
  const addenda = answer.versions.filter(({ kind }) => kind === 'addendum')
  const report = {
    patient: answer.patient,
    exam: answer.exam,
    requester: answer.requester,
    siteName: answer.siteName,
    gaps: answer.gaps,
    state: answer.state,
  } as ReportView
  const download = async () => {
    const given = await fetch('/api/answer/pdf', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, code }),
    })
    if (!given.ok) return
    const link = document.createElement('a')
    link.href = URL.createObjectURL(await given.blob())
    link.download = `${answer.reference}.pdf`
    link.click()
    URL.revokeObjectURL(link.href)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() && role.trim() && !acknowledge.isPending) acknowledge.mutate()
  }
  const { laterality } = answer.exam
  return (
    <main className={styles.page}>
      <header className={styles.identity}>
        <h1>{inWords.name(answer.patient)}</h1>
        <p className="second">{inWords.identity(answer.patient)}</p>
        <p>
          {inWords.exam({
            modality: answer.exam.modality,
            region: answer.exam.region,
            ...(isSide(laterality) ? { laterality } : {}),
          })}
          {answer.exam.date ? ` · ${formats.day(answer.exam.date)}` : ''} · {answer.siteName}
        </p>
      </header>
      <div className={styles.body}>
        {answer.state === 'preliminary' ? (
          <p className={styles.banner} role="status">
            <strong>{t('page.preliminary')}</strong> {t('page.preliminary.text')}
          </p>
        ) : null}
        {answer.state === 'withdrawn' ? (
          <p className={styles.banner} role="status">
            <strong>{t('page.withdrawn')}</strong> {t('page.withdrawn.text', { reason: last?.reason ?? '' })}
          </p>
        ) : null}
        {text?.kind === 'correction' && answer.state !== 'withdrawn' ? (
          <p className={styles.banner} role="status">
            <strong>{t('page.corrected')}</strong> {t('page.corrected.text', { reason: text.reason ?? '' })}
          </p>
        ) : null}
        {addenda.map(version => (
          <section key={version.version}>
            <h2>{t('page.addendum', { at: formats.dateTime(version.signedAt) })}</h2>
            <p className={styles.text}>{version.addendum}</p>
          </section>
        ))}
        {text && answer.state !== 'withdrawn' ? (
          <ReportText
            report={report}
            sections={text.sections}
            order="answer"
            keyImages={{
              images: text.keyImages,
              src: ({ picture = '' }) =>
                answer.pictures[picture] && `data:image/jpeg;base64,${answer.pictures[picture]}`,
            }}
          />
        ) : null}
        {answer.images ? (
          <Suspense fallback={null}>
            <AnswerImages token={token} code={code} />
          </Suspense>
        ) : null}
        {answer.gaps.map(gap => (
          <p key={gap} className="second">
            {gap}
          </p>
        ))}
        {text ? (
          <p>
            <strong>{t('page.signedBy', { name: text.signer.name, role: text.signer.role })}</strong>{' '}
            {t('page.on', { at: formats.dateTime(text.signedAt) })} · {answer.readingSiteName}
          </p>
        ) : null}
        <div className={styles.tools}>
          <Button icon={<FileDown aria-hidden="true" />} onPress={() => void download()}>
            {t('page.pdf')}
          </Button>
          <Button look="quiet" icon={<Printer aria-hidden="true" />} onPress={() => print()}>
            {t('page.print')}
          </Button>
        </div>
        {answer.acknowledgedBy ? (
          <p className={styles.seen} role="status">
            ✓ {t('ack.done', { name: answer.acknowledgedBy, at: formats.moment(answer.acknowledgedAt) })}
          </p>
        ) : (
          <form className={styles.ack} onSubmit={submit} noValidate aria-label={t('ack.title')}>
            <h2>{t('ack.title')}</h2>
            <TextField
              label={t('ack.name')}
              name="name"
              required
              value={name}
              onChange={setName}
              autoComplete="name"
            />
            <TextField
              label={t('ack.role')}
              name="role"
              required
              placeholder={t('ack.role.hint')}
              value={role}
              onChange={setRole}
              autoComplete="organization-title"
            />
            {acknowledge.error ? <ErrorBox trouble={acknowledge.error} /> : null}
            <Button
              type="submit"
              look="go"
              size="l"
              busy={acknowledge.isPending}
              isDisabled={!name.trim() || !role.trim()}
            >
              {t('ack.submit')}
            </Button>
          </form>
        )}
        <small className="second">
          {t('answer.for', { ...answer.to, at: formats.dateTime(answer.expiresAt) })} · {answer.reference}
        </small>
      </div>
    </main>
  )
}
