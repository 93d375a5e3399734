import { Download, ScanEye, Search } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { AccessRow, AccessView } from '../../node/archive/view.js'
import { useAct } from '../api/data.js'
import { useSaving } from '../api/saving.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/Field.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { access as words } from '../words/access.js'
import { common } from '../words/common.js'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { useWords } from '../words/words.js'
import { useFactWords } from './fact-words.js'
import styles from './Journal.module.css'

interface Question {
  q: string
  issuer?: string
}

/** /journal/access: nothing of the question goes into the address, where it would stay in the browser's history. */
export function AccessPage() {
  const t = useWords(words)
  const [q, setQ] = useState('')
  const [issuer, setIssuer] = useState('')
  const [asked, setAsked] = useState<Question | null>(null)
  const [items, setItems] = useState<AccessRow[]>([])
  const ask = useAct<AccessView, Question & { after?: string }>(
    question => ({ method: 'POST', path: '/api/access', body: question }),
    {
      onDone: (answer, { after }) => setItems(after ? [...items, ...answer.items] : answer.items),
    },
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (q.trim() === '') return
    const question = { q: q.trim(), ...(issuer.trim() === '' ? {} : { issuer: issuer.trim() }) }
    setAsked(question)
    setItems([])
    ask.mutate(question)
  }
  const { data, error, isPending } = ask
  return (
    <Page
      title={t('title')}
      actions={
        <>
          {asked && items.length > 0 ? <Export question={asked} /> : null}
          <ButtonLink href="/journal">{t('back')}</ButtonLink>
        </>
      }
    >
      <p className="second">{t('intro')}</p>
      <form className={styles.ask} onSubmit={submit}>
        <div className={styles.question}>
          <TextField
            label={t('question')}
            value={q}
            onChange={setQ}
            maxLength={64}
            autoComplete="off"
            autoFocus
          />
        </div>
        <div className={styles.issuer}>
          <TextField
            label={t('issuer')}
            placeholder={t('issuer.hint')}
            value={issuer}
            onChange={setIssuer}
            maxLength={64}
            autoComplete="off"
            optional
          />
        </div>
        <Button type="submit" look="go" icon={<Search aria-hidden />} busy={isPending}>
          {t('ask')}
        </Button>
      </form>
      {error ? (
        <ErrorBox
          title={t('trouble')}
          trouble={error}
          {...(asked ? { onRetry: () => ask.mutate(asked) } : {})}
        />
      ) : items.length > 0 ? (
        <AccessTable rows={items} />
      ) : isPending ? (
        <Skeleton lines={6} height={30} />
      ) : (
        <Empty
          icon={<ScanEye aria-hidden />}
          title={t(data ? (data.patients === 0 ? 'unknown.title' : 'none.title') : 'start.title')}
        >
          {t(data ? (data.patients === 0 ? 'unknown.text' : 'none.text') : 'start.text')}
        </Empty>
      )}
      {data?.next && asked ? (
        <div>
          <Button busy={isPending} onPress={() => ask.mutate({ ...asked, after: data.next as string })}>
            {t('more')}
          </Button>
        </div>
      ) : null}
    </Page>
  )
}

function AccessTable({ rows }: { rows: readonly AccessRow[] }) {
  const t = useWords(words)
  const ofRoles = useWords(common)
  const format = useFormats()
  const { factOf, authorOf } = useFactWords()
  const roleOf = (role: string | undefined) => {
    if (role === undefined) return ''
    const own = knownKey(words, 'role.', role)
    const shared = knownKey(common, 'role.', role)
    return own ? t(own) : shared ? ofRoles(shared) : role
  }
  const whatOf = ({ screen, type }: AccessRow) => {
    const key = screen ? knownKey(words, 'screen.', screen) : undefined
    return key ? t(key) : factOf(type)
  }
  return (
    <div className={styles.list} role="status">
      <Table caption={t('caption')} dense>
        <Head
          columns={[
            t('column.when'),
            t('column.who'),
            t('column.what'),
            t('column.of'),
            t('column.right'),
            t('column.where'),
          ]}
        />
        <tbody>
          {rows.map(row => {
            const as = row.as ? knownKey(words, 'as.', row.as) : undefined
            return (
              <tr key={row.seq}>
                <td className={styles.when} title={format.exact(row.at)}>
                  {format.dateTime(row.at)}
                </td>
                <td>
                  <b>{row.role === undefined ? authorOf(row.by) : row.by}</b>
                  <span className={styles.under}>
                    {[roleOf(row.role), row.bySite].filter(Boolean).join(', ')}
                  </span>
                </td>
                <td>{whatOf(row)}</td>
                <td className={`code ${styles.of}`}>{row.of}</td>
                <td>
                  {as ? t(as) : ''}
                  {row.right ? <span className={`code ${styles.under}`}>{row.right}</span> : null}
                </td>
                <td className="code">{row.address ?? ''}</td>
              </tr>
            )
          })}
        </tbody>
      </Table>
    </div>
  )
}

/** A file on this machine; that it was made is recorded too. */
function Export({ question }: { question: Question }) {
  const t = useWords(words)
  const { save, busy } = useSaving()
  return (
    <Button
      icon={<Download aria-hidden />}
      busy={busy}
      onPress={() => save('/api/access/export', 'relais-access.csv', question)}
    >
      {t('export')}
    </Button>
  )
}
