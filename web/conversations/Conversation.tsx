import { MessagesSquare } from 'lucide-react'
import { Suspense, useEffect, useRef, useState } from 'react'
import type { ConversationView } from '../../node/conversations/view.js'
import type { NoticeView } from '../../node/notifications/view.js'
import type { ListView } from '../../node/requests/view.js'
import { call } from '../api/call.js'
import { useAct, useData } from '../api/data.js'
import { ApiProblem } from '../api/problem.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Flyout } from '../parts/Flyout.js'
import { Skeleton } from '../parts/Skeleton.js'
import { waitingOf } from '../parts/waiting.js'
import { useSession } from '../session.js'
import { conversationWords } from '../words/conversations.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import { Composer } from './Composer.js'
import styles from './Conversation.module.css'
import { Messages } from './Messages.js'
import { type Outgoing, unreadIn, useOutgoing } from './outgoing.js'

const useTalk = (request: string) =>
  useData<ConversationView>(['conversations', request], `/api/requests/${request}/conversation`)

/** The talk about a request: what was said, and where one goes on. */
export function Conversation({ request }: { request: string }) {
  const t = useWords(conversationWords)
  return (
    <section className={styles.panel} aria-label={t('title')}>
      <Suspense fallback={<Skeleton lines={3} />}>
        <Talk request={request} />
      </Suspense>
    </section>
  )
}

function Talk({ request }: { request: string }) {
  const t = useWords(conversationWords)
  const formats = useFormats()
  const { session } = useSession()
  const me = session.account.id
  const talk = useTalk(request)
  const outgoing = useOutgoing(request, () => talk.refetch())
  const [trouble, setTrouble] = useState<string>()
  const [over, setOver] = useState(false)
  const scroller = useRef<HTMLDivElement>(null)
  const view = talk.data
  const unreadFrom = useUnreadFrom(view, me)
  const last = view?.items.at(-1)?.position ?? 0
  const lines = last + outgoing.unsent.length
  const seen = useReading(request, view, me, scroller)
  useNoticesRead(request, seen)

  // The newest is at the bottom, and that is where one begins.
  useEffect(() => {
    if (lines > 0) scroller.current?.scrollTo({ top: scroller.current.scrollHeight })
  }, [lines])

  if (!view)
    return talk.error ? (
      <ErrorBox trouble={talk.error} onRetry={() => void talk.refetch()} />
    ) : (
      <Skeleton lines={3} />
    )

  const take = async (list: FileList) => {
    const { attachmentsMax, attachmentsMaxBytes } = view.limits
    const files = [...list]
    const all = [...outgoing.files.map(({ bytes }) => bytes), ...files.map(({ size }) => size)]
    if (all.length > attachmentsMax) return setTrouble(t('too.many', { n: attachmentsMax }))
    if (all.reduce((sum, bytes) => sum + bytes, 0) > attachmentsMaxBytes)
      return setTrouble(t('too.large', { size: formats.bytes(attachmentsMaxBytes) }))
    setTrouble(undefined)
    const taken = await Promise.all(files.map(waitingOf))
    outgoing.setFiles(now => [...now, ...taken])
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files are also attached by the button.
    <div
      className={styles.talk}
      onDragOver={event => {
        if (!view.mayWrite || !event.dataTransfer.types.includes('Files')) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={event => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false)
      }}
      onDrop={event => {
        setOver(false)
        if (!view.mayWrite || event.dataTransfer.files.length === 0) return
        event.preventDefault()
        void take(event.dataTransfer.files)
      }}
      onPaste={event => {
        if (!view.mayWrite || event.clipboardData.files.length === 0) return
        event.preventDefault()
        void take(event.clipboardData.files)
      }}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard. */}
      <div className={styles.scroller} ref={scroller} tabIndex={0} role="log" aria-label={t('title')}>
        {view.items.length === 0 && outgoing.unsent.length === 0 ? (
          <p className={styles.empty}>
            {t('empty')} {view.mayWrite ? <Readers view={view} me={me} /> : null}
          </p>
        ) : (
          <Messages request={request} view={view} me={me} unreadFrom={unreadFrom} />
        )}
        {outgoing.unsent.map(message => (
          <Unsent key={message.client} message={message} outgoing={outgoing} />
        ))}
      </div>
      {over ? (
        <p className={styles.drop} aria-hidden="true">
          {t('drop')}
          <small>{t('kinds')}</small>
        </p>
      ) : null}
      {view.mayWrite ? (
        <Composer
          outgoing={outgoing}
          people={view.people}
          limits={view.limits}
          me={me}
          onFiles={files => void take(files)}
          trouble={trouble}
        />
      ) : (
        <p className={styles.note}>{t(view.people.length === 0 ? 'ended' : 'watching')}</p>
      )}
    </div>
  )
}

/** Who will read, before anybody has written: the sites, and how many people of each. */
function Readers({ view, me }: { view: ConversationView; me: string }) {
  const t = useWords(conversationWords)
  const sites = new Map<string, number>()
  for (const { account, siteName } of view.people)
    if (account !== me) sites.set(siteName, (sites.get(siteName) ?? 0) + 1)
  const who = [...sites].map(([site, n]) => t('readers.site', { site, n })).join(', ')
  return who === '' ? null : t('readers', { who })
}

function Unsent({ message, outgoing }: { message: Outgoing['unsent'][number]; outgoing: Outgoing }) {
  const t = useWords(conversationWords)
  const problem = outgoing.problems[message.client]
  const sending = outgoing.busy.has(message.client)
  return (
    <div className={`${styles.message} ${styles.pending}`}>
      <div className={styles.body}>
        <p className={styles.text}>{message.text}</p>
        {message.files.map(file => (
          <small key={file.name}>{file.name}</small>
        ))}
      </div>
      {sending ? (
        <p className={styles.read}>{t('sending')}</p>
      ) : (
        <p className={styles.failed} role="alert">
          <strong>{t('failed')}</strong>{' '}
          {problem && problem.code !== 'network' && problem.detail ? problem.detail : t('failed.unknown')}
          <span className={styles.choices}>
            <Button size="s" onPress={() => outgoing.again(message)}>
              {t('again')}
            </Button>
            <Button size="s" look="quiet" onPress={() => outgoing.takeBack(message)}>
              {t('back')}
            </Button>
          </span>
        </p>
      )}
    </div>
  )
}

/** The first message that was new when the talk was opened; the line stays there while it is read. */
function useUnreadFrom(view: ConversationView | undefined, me: string): number | undefined {
  const [from, setFrom] = useState<number | null>(null)
  useEffect(() => {
    if (!view || from !== null) return
    const upTo = view.read.find(({ account }) => account === me)?.upTo ?? 0
    setFrom(view.items.find(({ position, by }) => position > upTo && by.account !== me)?.position ?? 0)
  }, [view, me, from])
  return from === null || from === 0 ? undefined : from
}

/** Says how far the person has read, once it is before their eyes. */
function useReading(
  request: string,
  view: ConversationView | undefined,
  me: string,
  scroller: React.RefObject<HTMLDivElement | null>,
) {
  const [seen, setSeen] = useState(false)
  const there = view !== undefined
  useEffect(() => {
    const box = scroller.current
    if (!there || !box) return
    const watching = new IntersectionObserver(([entry]) => setSeen(entry?.isIntersecting === true), {
      threshold: 0.4,
    })
    watching.observe(box)
    return () => watching.disconnect()
  }, [there, scroller])
  const waiting = view?.mayWrite ? unreadIn(view, me) : 0
  const last = view?.items.at(-1)?.position ?? 0
  useEffect(() => {
    if (!seen || waiting === 0) return
    const tell = () => {
      if (document.visibilityState !== 'visible') return
      call({ method: 'PUT', path: `/api/requests/${request}/conversation/read`, body: { upTo: last } }).catch(
        problem => {
          // Read again at the next message, or when it is opened again.
          if (!(problem instanceof ApiProblem)) throw problem
        },
      )
    }
    tell()
    document.addEventListener('visibilitychange', tell)
    return () => document.removeEventListener('visibilitychange', tell)
  }, [seen, waiting, last, request])
  return seen
}

/** What announced these messages is read with them. */
function useNoticesRead(request: string, seen: boolean) {
  const notices = useData<ListView<NoticeView>>(['notices'], '/api/notices')
  const { mutate } = useAct<void, string>(id => ({ method: 'POST', path: `/api/notices/${id}/read` }), {
    refresh: [['notices']],
  })
  const announced = notices.data?.items
    .filter(notice => notice.request === request && !notice.readAt)
    .filter(({ kind }) => kind === 'message' || kind === 'mentioned')
    .map(({ id }) => id)
    .join(' ')
  useEffect(() => {
    if (seen && announced && document.visibilityState === 'visible')
      for (const id of announced.split(' ')) mutate(id)
  }, [seen, announced, mutate])
}

/** The talk beside the images: a button that counts what is new. */
export function ConversationButton({ request }: { request: string }) {
  const t = useWords(conversationWords)
  const { session } = useSession()
  const unread = unreadIn(useTalk(request).data, session.account.id)
  return (
    <Flyout
      label={t('open', { n: unread })}
      buttonClass={styles.button}
      panelClass={styles.flyout}
      button={
        <>
          <MessagesSquare aria-hidden="true" />
          {unread > 0 ? (
            <span className={styles.count} aria-hidden="true">
              {unread}
            </span>
          ) : null}
        </>
      }
    >
      {() => <Conversation request={request} />}
    </Flyout>
  )
}
