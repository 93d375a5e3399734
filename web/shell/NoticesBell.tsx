import { Bell } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import type { NoticeView } from '../../node/notifications/view.js'
import type { ListView } from '../../node/requests/view.js'
import { showOnDesktop, takeFromDesktop } from '../alarm/desktop.js'
import { play, soundsHere } from '../alarm/sounds.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Flyout } from '../parts/Flyout.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { shellWords } from '../words/shell.js'
import { useWords } from '../words/words.js'
import styles from './NoticesBell.module.css'
import { badgeTitle } from './title.js'

function placeOf(notice: NoticeView): string {
  if (notice.kind === 'critical-finding' && notice.request) return `/requests/${notice.request}`
  if (notice.report) return `/reports/${notice.report}`
  if (notice.request) return `/requests/${notice.request}`
  if (notice.import) return `/imports/${notice.import}`
  if (notice.kind === 'channel-down' || notice.kind === 'escalation-stopped') return '/channels'
  if (notice.kind === 'clock-wrong' || notice.kind === 'backup-broken') return '/doctor'
  if (notice.kind === 'webhook-stopped') return '/network/webhooks'
  if (notice.kind === 'shift-swap') return '/rosters'
  if (notice.kind === 'token-expiring') return '/accounts/tokens'
  if (notice.kind === 'alarm-test') return '/account/reach'
  return notice.kind === 'certificate-expiring' ? '/network/certificates' : '/transfers'
}

/** Nobody has to look any more: read, or somebody took care of it. */
const isOver = (notice: NoticeView) => notice.readAt !== undefined || notice.over === true

/** What was announced to this person; a new one is said once, and counted in the tab's title until it is read. */
export function NoticesBell() {
  const t = useWords(shellWords)
  const formats = useFormats()
  const toasts = useToasts()
  const [here, go] = useLocation()
  const notices = useData<ListView<NoticeView>>(['notices'], '/api/notices')
  const read = useAct<void, string>(id => ({ method: 'POST', path: `/api/notices/${id}/read` }), {
    refresh: [['notices']],
  })
  const readAll = useAct<void>(() => ({ method: 'POST', path: '/api/notices/read' }), {
    refresh: [['notices']],
  })
  const items = notices.data?.items
  const unread = items?.filter(notice => !isOver(notice)).length ?? 0
  /** Those of the last look, and whether they were over. */
  const known = useRef<Map<string, boolean> | null>(null)
  const said = useRef(new Map<string, () => void>())
  const { can } = useSession()

  useEffect(() => badgeTitle(unread), [unread])
  useEffect(() => () => badgeTitle(0), [])
  useEffect(() => {
    if (!items) return
    const before = known.current
    known.current = new Map(items.map(notice => [notice.id, isOver(notice)]))
    if (!before) return
    for (const notice of items) {
      if (isOver(notice)) {
        said.current.get(notice.id)?.()
        said.current.delete(notice.id)
        if (before.get(notice.id) === false) void takeFromDesktop(notice.alert ?? notice.id)
      }
      if (before.has(notice.id) || isOver(notice)) continue
      // It stands before them already.
      if (notice.kind === 'message' && here === `/requests/${notice.request}`) continue
      const open = () => {
        read.mutate(notice.id)
        go(placeOf(notice))
      }
      const text = t(`notice.${notice.kind}`)
      const detail = [notice.siteName, notice.reference].filter(Boolean).join(' · ')
      // What can be claimed rings in its own place until somebody has it.
      if (notice.rings !== true || !can('request.claim')) {
        play(soundsHere()[notice.urgency === 'routine' ? 'routine' : 'urgent'])
        const takeBack = toasts.say({
          text,
          detail,
          tone: notice.urgency === 'emergency' ? 'late' : 'accent',
          stays: notice.urgency !== 'routine',
          action: { label: t('notices.open'), run: open },
        })
        said.current.set(notice.id, takeBack)
      }
      void showOnDesktop({ title: text, body: detail, tag: notice.alert ?? notice.id, open })
    }
  }, [items, toasts, t, here, go, read, can])

  return (
    <Flyout
      label={t('notices.button', { n: unread })}
      buttonClass={styles.button}
      panelClass={styles.popover}
      button={
        <>
          <Bell aria-hidden="true" />
          {unread > 0 ? (
            <span className={styles.count} aria-hidden="true">
              {unread > 99 ? '99+' : unread}
            </span>
          ) : null}
        </>
      }
    >
      {close => (
        <div className={styles.dialog}>
          <div className={styles.head}>
            <h2>{t('notices.title')}</h2>
            {unread > 0 ? (
              <Button look="quiet" size="s" onPress={() => readAll.mutate()}>
                {t('notices.readAll')}
              </Button>
            ) : null}
          </div>
          {items?.length === 0 ? <p className={styles.empty}>{t('notices.empty')}</p> : null}
          <ul className={styles.list}>
            {items?.map(notice => (
              <li key={notice.id}>
                <button
                  type="button"
                  className={styles.notice}
                  onClick={() => {
                    if (!notice.readAt) read.mutate(notice.id)
                    close()
                    go(placeOf(notice))
                  }}
                >
                  <span className={isOver(notice) ? styles.read : styles.unread} aria-hidden="true" />
                  <span className={styles.text}>
                    <span className={isOver(notice) ? 'second' : ''}>{t(`notice.${notice.kind}`)}</span>
                    <small>
                      {notice.siteName} · {notice.reference}
                      {(notice.wave ?? 1) > 1 ? ` · ${t('notice.wave', { n: (notice.wave ?? 1) - 1 })}` : ''}
                      {notice.over
                        ? ` · ${t('notice.over')}`
                        : notice.readAt
                          ? ''
                          : ` · ${t('notice.unread')}`}
                    </small>
                  </span>
                  {notice.urgency === 'emergency' ? <Tag tone="late">{t('urgency.emergency')}</Tag> : null}
                  <small title={formats.exact(notice.at)}>{formats.moment(notice.at)}</small>
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Flyout>
  )
}
