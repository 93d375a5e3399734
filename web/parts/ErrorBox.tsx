import { useWords } from '../words/words.js'
import { Button } from './Button.js'
import styles from './ErrorBox.module.css'

/** What a failure carries: `ApiProblem` fits, and so does any error. */
export interface Trouble {
  message: string
  code?: string
  detail?: string
  fields?: readonly { path: string; message: string }[]
}

const known = [
  'invalid',
  'unauthenticated',
  'locked',
  'second-factor-required',
  'confirmation-required',
  'password-change-required',
  'forbidden',
  'missing',
  'conflict',
  'outcome-unknown',
  'mismatch',
  'too-large',
  'too-many',
  'unavailable',
  'storage-full',
  'unsupported',
  'timeout',
  'internal',
  'network',
] as const

/** The failure in plain words; the node's exact detail is kept for the second line. */
export function useTroubleWords(): (trouble: Trouble) => string {
  const t = useWords()
  return trouble => {
    const code = known.find(name => name === trouble.code) ?? 'internal'
    return t(`problem.${code}`)
  }
}

/** What the node says of it. Names of fields are for programs: what is said of them is for people. */
function detailOf({ detail = '', fields = [] }: Trouble): string {
  const [first] = fields
  if (first === undefined || first.path === '' || !detail.includes(`: ${first.path}`)) return detail
  return [...new Set(fields.map(({ message }) => message))].join(' ')
}

/** A failure where the content would be, with a way to try again. */
export function ErrorBox({
  trouble,
  onRetry,
  title,
  words: ownWords,
}: {
  trouble: Trouble
  onRetry?: () => void
  title?: string
  /** In place of what the code of the failure says in general. */
  words?: string
}) {
  const t = useWords()
  const words = useTroubleWords()
  return (
    <div className={styles.box} role="alert">
      <svg viewBox="0 0 10 10" aria-hidden="true">
        <path d="M5 1 9.6 9H.4z" />
      </svg>
      <div className={styles.text}>
        {title ? <strong>{title}</strong> : null}
        <span>{ownWords ?? words(trouble)}</span>
        {/* What is not there has no more to say than that. */}
        {trouble.detail && trouble.code !== 'missing' ? <small>{detailOf(trouble)}</small> : null}
      </div>
      {onRetry ? (
        <Button size="s" onPress={onRetry}>
          {t('retry')}
        </Button>
      ) : null}
    </div>
  )
}

/** The node says in the person's language why it does not go: that is what there is to know of it. */
export const isRefusal = ({ code, detail }: Trouble) =>
  (code === 'conflict' || code === 'invalid' || code === 'forbidden') && Boolean(detail)

/** Why something was refused, as the node says it; any other trouble is told as everywhere. */
export function Refused({ problem, title }: { problem: Trouble; title: string }) {
  if (!isRefusal(problem)) return <ErrorBox trouble={problem} />
  return <ErrorBox trouble={{ message: '' }} title={title} words={detailOf(problem)} />
}
