import { FileText } from 'lucide-react'
import { Fragment, type ReactNode, useState } from 'react'
import type { AttachmentView, ConversationView, MessageView } from '../../node/conversations/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ReasonDialog } from '../parts/ReasonDialog.js'
import { conversationWords } from '../words/conversations.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import styles from './Conversation.module.css'

const GROUP_MS = 5 * 60_000

/** Whether it stands under the same name as the one before it. */
function goesOn(message: MessageView, before: MessageView | undefined): boolean {
  return (
    before?.by.account === message.by.account &&
    Date.parse(message.at) - Date.parse(before.at) < GROUP_MS &&
    before.inError === undefined
  )
}

/** What was said, oldest first, in groups of one person, with the line of what is new. */
export function Messages({
  request,
  view,
  me,
  unreadFrom,
}: {
  request: string
  view: ConversationView
  me: string
  /** Position of the first message that was new when the talk was opened. */
  unreadFrom: number | undefined
}) {
  const t = useWords(conversationWords)
  const formats = useFormats()
  const [wrong, setWrong] = useState<MessageView>()
  const act = useAct<MessageView, { message: string; reason: string }>(
    ({ message, reason }) => ({
      method: 'POST',
      path: `/api/requests/${request}/conversation/${message}/error`,
      body: { reason },
    }),
    { refresh: [['conversations']], onDone: () => setWrong(undefined) },
  )
  return (
    <>
      <ol className={styles.messages}>
        {view.items.map((message, index) => {
          const before = view.items[index - 1]
          const day = message.at.slice(0, 10)
          const readers = view.read.filter(
            ({ account, upTo }) =>
              upTo === message.position && account !== message.by.account && account !== me,
          )
          const isNew = message.position === unreadFrom
          const follows = !isNew && goesOn(message, before)
          const mine = message.by.account === me
          return (
            <Fragment key={message.id}>
              {before !== undefined && before.at.slice(0, 10) !== day ? (
                <li className={styles.day} aria-hidden="true">
                  {formats.day(day)}
                </li>
              ) : null}
              {isNew ? <li className={styles.unread}>{t('unread')}</li> : null}
              <li className={`${styles.message} ${follows ? styles.follows : ''}`}>
                {follows ? null : (
                  <p className={styles.by}>
                    <strong>{message.by.name}</strong> <small>{message.by.siteName}</small>
                    <time dateTime={message.at} title={formats.exact(message.at)}>
                      {formats.moment(message.at)}
                    </time>
                  </p>
                )}
                <div className={styles.body} title={formats.exact(message.at)}>
                  {message.text === '' ? null : (
                    <p className={message.inError ? styles.struck : styles.text}>
                      <WithMentions message={message} me={me} />
                    </p>
                  )}
                  {message.attachments.length > 0 ? (
                    <ul className={styles.attachments}>
                      {message.attachments.map(one => (
                        <Attachment key={one.id} request={request} attachment={one} />
                      ))}
                    </ul>
                  ) : null}
                  {message.inError ? (
                    <p className={styles.error}>
                      {t('error.marked', { by: message.inError.by, reason: message.inError.reason })}
                    </p>
                  ) : mine && view.mayWrite ? (
                    <span className={styles.acts}>
                      <Button
                        look="quiet"
                        size="s"
                        aria-label={t('error')}
                        onPress={() => {
                          act.reset()
                          setWrong(message)
                        }}
                      >
                        {t('error.short')}
                      </Button>
                    </span>
                  ) : null}
                </div>
                {readers.length > 0 ? (
                  <p className={styles.read}>
                    {t('read.by', { who: readers.map(({ name }) => name).join(', ') })}
                  </p>
                ) : null}
              </li>
            </Fragment>
          )
        })}
      </ol>
      {wrong ? (
        <ReasonDialog
          title={t('error.title')}
          label={t('error.reason')}
          hint={t('error.hint')}
          act={t('error')}
          keep={t('error.keep')}
          busy={act.isPending}
          trouble={act.error}
          onAct={reason => act.mutate({ message: wrong.id, reason })}
          onClose={() => setWrong(undefined)}
        >
          <p>{t('error.text')}</p>
        </ReasonDialog>
      ) : null}
    </>
  )
}

/** The text with the names in it marked. */
function WithMentions({ message: { text, mentions }, me }: { message: MessageView; me: string }) {
  const parts: ReactNode[] = []
  let from = 0
  const places = mentions
    .map(one => ({ ...one, at: text.indexOf(`@${one.name}`) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
  for (const { account, name, at } of places) {
    if (at < from) continue
    parts.push(text.slice(from, at))
    parts.push(
      <mark key={at} className={account === me ? styles.me : styles.named}>
        @{name}
      </mark>,
    )
    from = at + name.length + 1
  }
  return (
    <>
      {parts}
      {text.slice(from)}
    </>
  )
}

function Attachment({ request, attachment }: { request: string; attachment: AttachmentView }) {
  const t = useWords(conversationWords)
  const formats = useFormats()
  const path = `/api/requests/${request}/attachments/${attachment.id}`
  const label = t('file', { name: attachment.name, size: formats.bytes(attachment.bytes) })
  if (attachment.kind === 'jpeg' || attachment.kind === 'png')
    return (
      <li>
        <a href={path} target="_blank" rel="noreferrer" className={styles.picture}>
          <img src={path} alt={label} loading="lazy" />
        </a>
      </li>
    )
  return (
    <li>
      <a href={path} download={attachment.name} className={styles.paper}>
        <FileText aria-hidden="true" />
        <span className={styles.fileName}>{attachment.name}</span>
        <small>{formats.bytes(attachment.bytes)}</small>
      </a>
    </li>
  )
}
