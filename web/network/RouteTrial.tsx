import { Check, FileUp, X } from 'lucide-react'
import { type DragEvent, useState } from 'react'
import type { RouteTrialView } from '../../node/exchange/view.js'
import { call } from '../api/call.js'
import { ApiProblem } from '../api/problem.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/Field.js'
import { Select } from '../parts/Select.js'
import { Tag } from '../parts/Tag.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { network as networkWords } from '../words/network.js'
import { routes as words } from '../words/routes.js'
import { useWords } from '../words/words.js'
import shared from './Network.module.css'
import styles from './Route.module.css'
import { listOf, urgencies } from './route-form.js'
import type { Network } from './use-network.js'

/** As much of a file as holds its header; the pixels stay on this machine. */
const HEADER_BYTES = 512 * 1024

type Verdict = RouteTrialView['verdicts'][number]

/** /network/trial: what the routes would do with a study, and why. Nothing is sent, nothing is kept. */
export function RouteTrial({ network }: { network: Network }) {
  const r = useWords(words)
  const t = useWords(networkWords)
  const { can } = useSession()
  const [from, setFrom] = useState('')
  const [values, setValues] = useState({
    modality: '',
    bodyPart: '',
    description: '',
    urgency: '',
    reading: '',
  })
  const [file, setFile] = useState<{ name: string; head: string } | null>(null)
  const [study, setStudy] = useState('')
  const [over, setOver] = useState(false)
  const [busy, setBusy] = useState(false)
  const [answer, setAnswer] = useState<RouteTrialView | null>(null)
  const [trouble, setTrouble] = useState<ApiProblem | null>(null)
  const set = (change: Partial<typeof values>) => setValues(before => ({ ...before, ...change }))

  const take = async (given: File | undefined) => {
    if (given) setFile({ name: given.name, head: await base64Of(given.slice(0, HEADER_BYTES)) })
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    void take(event.dataTransfer.files[0])
  }
  const run = async () => {
    setBusy(true)
    try {
      setAnswer(await ask())
      setTrouble(null)
    } catch (thrown) {
      if (!(thrown instanceof ApiProblem)) throw thrown
      setAnswer(null)
      setTrouble(thrown)
    } finally {
      setBusy(false)
    }
  }
  /** Without an idempotency key: the node keeps what is asked with one, and nothing of this is kept. */
  const ask = () => {
    if (study.trim() !== '')
      return call<RouteTrialView>({
        method: 'GET',
        path: `/api/routes/trial/${encodeURIComponent(study.trim())}`,
      })
    const [kind, id = ''] = from.split(':')
    return call<RouteTrialView>({
      method: 'POST',
      path: '/api/routes/trial',
      body: {
        ...(id === '' ? {} : { [kind === 'peer' ? 'peer' : 'site']: id }),
        modality: listOf(values.modality.toUpperCase(), ','),
        bodyPart: listOf(values.bodyPart, ','),
        description: values.description,
        ...(values.urgency === '' ? {} : { urgency: values.urgency }),
        ...(values.reading === '' ? {} : { reading: values.reading }),
        ...(file ? { file: file.head } : {}),
      },
    })
  }
  return (
    <div className={styles.trial}>
      <form
        className={`card ${styles.ask}`}
        onSubmit={event => {
          event.preventDefault()
          void run()
        }}
      >
        <p className="second">{r('trial.intro')}</p>
        <Select
          label={r('trial.from')}
          required
          placeholder={t('choose')}
          value={from}
          onChange={setFrom}
          options={[
            ...network.peers.map(peer => ({ id: `peer:${peer.id}`, label: peer.id, hint: peer.siteName })),
            ...network.sites
              .filter(site => site.kind !== 'operator')
              .map(site => ({ id: `site:${site.id}`, label: site.name })),
          ]}
        />
        {file ? (
          <p className="row">
            {r('trial.file', { name: file.name })}
            <Button
              size="s"
              look="quiet"
              icon={<X aria-hidden />}
              aria-label={r('trial.file.forget')}
              onPress={() => setFile(null)}
            />
          </p>
        ) : (
          <label
            className={over ? `${styles.drop} ${styles.over}` : styles.drop}
            onDragOver={event => {
              event.preventDefault()
              setOver(true)
            }}
            onDragLeave={() => setOver(false)}
            onDrop={drop}
          >
            <FileUp size={20} aria-hidden />
            <span>{r('trial.drop')}</span>
            <small>{r('trial.drop.hint')}</small>
            <input type="file" onChange={event => void take(event.target.files?.[0])} />
          </label>
        )}
        <TextField
          label={r('trial.modality')}
          hint={r('trial.list.hint')}
          optional
          spellCheck={false}
          value={values.modality}
          onChange={modality => set({ modality })}
        />
        <TextField
          label={r('trial.body')}
          hint={r('trial.list.hint')}
          optional
          spellCheck={false}
          value={values.bodyPart}
          onChange={bodyPart => set({ bodyPart })}
        />
        <TextField
          label={r('trial.description')}
          optional
          value={values.description}
          onChange={description => set({ description })}
        />
        <Select
          label={r('trial.urgency')}
          value={values.urgency || 'none'}
          onChange={id => set({ urgency: id === 'none' ? '' : id })}
          options={[
            { id: 'none', label: r('trial.none') },
            ...urgencies.map(id => ({ id, label: r(`urgency.${id}`) })),
          ]}
        />
        <Select
          label={r('trial.reading')}
          value={values.reading || 'none'}
          onChange={id => set({ reading: id === 'none' ? '' : id })}
          options={[
            { id: 'none', label: r('trial.none') },
            ...network.sites
              .filter(site => site.kind === 'reading')
              .map(site => ({ id: site.id, label: site.name })),
          ]}
        />
        {can('study.see') ? (
          <TextField label={r('trial.study')} optional spellCheck={false} value={study} onChange={setStudy} />
        ) : null}
        <div>
          <Button type="submit" look="go" busy={busy} isDisabled={from === '' && study.trim() === ''}>
            {r('trial.run')}
          </Button>
        </div>
      </form>
      <div className={styles.result} aria-live="polite">
        {trouble ? <ErrorBox title={r('trial.trouble')} trouble={trouble} /> : null}
        {answer ? <Answer answer={answer} network={network} /> : null}
      </div>
    </div>
  )
}

function Answer({ answer: { verdicts }, network }: { answer: RouteTrialView; network: Network }) {
  const r = useWords(words)
  const to = [...new Set(verdicts.flatMap(verdict => verdict.to))]
  return (
    <>
      <p className={styles.answer}>
        {to.length > 0 ? r('trial.goes', { list: to.join(', ') }) : r('trial.nothing')}
      </p>
      <ol className={styles.verdicts} aria-label={r('trial.result')}>
        {verdicts.map((verdict, i) => (
          <VerdictRow key={verdict.route} rank={i + 1} verdict={verdict} network={network} />
        ))}
      </ol>
    </>
  )
}

function VerdictRow({ verdict, rank, network }: { verdict: Verdict; rank: number; network: Network }) {
  const r = useWords(words)
  const format = useFormats()
  const outcome = !verdict.enabled
    ? 'off'
    : verdict.fires
      ? 'fires'
      : verdict.checks.every(({ holds }) => holds)
        ? 'withheld'
        : 'not'
  return (
    <li>
      <div className={styles.verdictHead}>
        <span className={shared.position}>{rank}</span>
        <b>{verdict.route}</b>
        <Tag tone={outcome === 'fires' ? 'ok' : 'plain'}>{r(`verdict.${outcome}`)}</Tag>
        {verdict.fires ? <span>{r('verdict.to', { list: verdict.to.join(', ') })}</span> : null}
        {verdict.fires && verdict.opensAt ? (
          <span className="third">{r('verdict.later', { time: format.moment(verdict.opensAt) })}</span>
        ) : null}
      </div>
      <ul className={styles.checks}>
        {verdict.checks.length === 0 ? <li>{r('verdict.no-conditions')}</li> : null}
        {verdict.checks.map(({ condition, holds, wanted, found }) => (
          <li key={condition}>
            {holds ? (
              <Check size={14} role="img" className={styles.holds} aria-label={r('check.holds')} />
            ) : (
              <X size={14} role="img" className={styles.fails} aria-label={r('check.fails')} />
            )}
            <b>{r(`check.${condition}`)}</b>
            <span>
              {r('check.wanted', { list: wanted.map(worded).join(r('or')) || r('check.any') })} ·{' '}
              {r('check.found', { list: found.map(worded).join(', ') || r('check.nothing') })}
            </span>
          </li>
        ))}
        {verdict.withheld.map(({ peer, because, route }) => (
          <li key={peer}>{r(`withheld.${because}`, { peer, route: route ?? '' })}</li>
        ))}
      </ul>
    </li>
  )

  function worded(value: string): string {
    const urgency = urgencies.find(each => each === value)
    return urgency ? r(`urgency.${urgency}`) : (network.sites.find(({ id }) => id === value)?.name ?? value)
  }
}

async function base64Of(part: Blob): Promise<string> {
  const bytes = new Uint8Array(await part.arrayBuffer())
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000)
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}
