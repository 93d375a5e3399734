import {
  Ban,
  CheckCheck,
  CloudUpload,
  Inbox as InboxIcon,
  Link2,
  type LucideIcon,
  MailOpen,
  Plus,
  ShieldAlert,
  TimerOff,
} from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { InboxState, InboxView } from '../../node/inbox/view.js'
import { useAct } from '../api/data.js'
import { usePages } from '../api/pages.js'
import { useActions } from '../parts/Actions.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { inboxWords } from '../words/inbox.js'
import { useWords } from '../words/words.js'
import styles from './Inbox.module.css'
import { NewInbox } from './NewInbox.js'

const LOOK_AGAIN_MS = 10_000
const marks: Record<InboxState, [LucideIcon, Tone]> = {
  waiting: [Link2, 'plain'],
  opened: [MailOpen, 'accent'],
  arriving: [CloudUpload, 'accent'],
  'handed-over': [CheckCheck, 'ok'],
  revoked: [Ban, 'plain'],
  expired: [TimerOff, 'plain'],
  guessed: [ShieldAlert, 'late'],
}
const revocable = new Set<InboxState>(['waiting', 'opened', 'arriving', 'guessed'])

/** /imports/links: the links by which outside clinics send discs, who opened them, and what came of them. */
export function InboxList() {
  const t = useWords(inboxWords)
  const { can } = useSession()
  const [making, setMaking] = useState(false)
  const list = usePages<InboxView>(['inboxes'], '/api/inboxes?limit=50')
  const { readAgain } = list
  const isWaiting = (list.items ?? []).some(({ state }) => revocable.has(state))
  // That somebody opened one has no place on the live line.
  useEffect(() => {
    if (!isWaiting) return
    const timer = setInterval(() => void readAgain(), LOOK_AGAIN_MS)
    return () => clearInterval(timer)
  }, [isWaiting, readAgain])
  useActions(
    can('inbox.make')
      ? [{ id: 'inbox-make', group: t('tab'), label: t('make'), keys: 'n', run: () => setMaking(true) }]
      : [],
  )
  return (
    <>
      {can('inbox.make') ? (
        <div>
          <Button look="go" keys="N" icon={<Plus aria-hidden />} onPress={() => setMaking(true)}>
            {t('make')}
          </Button>
        </div>
      ) : null}
      {list.problem ? (
        <ErrorBox title={t('trouble')} trouble={list.problem} onRetry={() => list.readAgain()} />
      ) : !list.items ? (
        <Skeleton lines={5} height={44} />
      ) : list.items.length === 0 ? (
        <Empty icon={<InboxIcon aria-hidden />} title={t('empty.title')}>
          {t('empty.text')}
        </Empty>
      ) : (
        <div className={styles.list}>
          <Table caption={t('caption')}>
            <Head
              columns={[
                t('column.state'),
                t('column.for'),
                t('column.opened'),
                t('column.ends'),
                t('column.by'),
                { label: t('column.act'), right: true },
              ]}
            />
            <tbody>
              {list.items.map(inbox => (
                <Row key={inbox.id} inbox={inbox} may={can('inbox.make')} />
              ))}
            </tbody>
          </Table>
        </div>
      )}
      {list.hasMore ? (
        <div>
          <Button busy={list.isReadingMore} onPress={() => void list.readMore()}>
            {t('more')}
          </Button>
        </div>
      ) : null}
      {making ? <NewInbox onClose={() => setMaking(false)} /> : null}
    </>
  )
}

function Row({ inbox, may }: { inbox: InboxView; may: boolean }) {
  const t = useWords(inboxWords)
  const format = useFormats()
  const [Icon, tone] = marks[inbox.state]
  const last = inbox.openings.at(-1)
  return (
    <tr>
      <td>
        <Tag tone={tone} icon={<Icon aria-hidden />}>
          {t(`state.${inbox.state}`)}
        </Tag>
      </td>
      <th scope="row">
        {inbox.recipient}
        <span className={styles.under}>{inbox.purpose}</span>
        <span className={styles.under}>
          {[
            inbox.form ? `${inbox.form.name}, ${inbox.form.phone}` : (inbox.email ?? inbox.phone ?? ''),
            t('limit', { size: format.bytes(inbox.bytesMax) }),
            inbox.withCode ? t('code') : '',
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </th>
      <td
        title={inbox.openings
          .map(each => `${format.exact(each.at)} ${each.address} ${each.userAgent}`)
          .join('\n')}
      >
        {last ? t('opened', { n: inbox.openings.length, time: format.moment(last.at) }) : t('never')}
        {last ? <span className={styles.under}>{t('from', { address: last.address })}</span> : null}
      </td>
      <td title={format.exact(inbox.endsAt)}>{format.moment(inbox.endsAt)}</td>
      <td>
        {inbox.by}
        <span className={styles.under} title={format.exact(inbox.madeAt)}>
          {format.moment(inbox.madeAt)}
        </span>
      </td>
      <td className={styles.right}>
        {inbox.import ? <Link href={`/imports/${inbox.import}`}>{t('see.disc')}</Link> : null}
        {may && revocable.has(inbox.state) ? <Revoke inbox={inbox} /> : null}
      </td>
    </tr>
  )
}

function Revoke({ inbox }: { inbox: InboxView }) {
  const t = useWords(inboxWords)
  const toasts = useToasts()
  const [asking, setAsking] = useState(false)
  const revoke = useAct<InboxView>(() => ({ method: 'POST', path: `/api/inboxes/${inbox.id}/revoke` }), {
    refresh: [['inboxes'], ['imports']],
    onDone: () => {
      toasts.say({ text: t('said.revoked'), detail: inbox.recipient })
      setAsking(false)
    },
    onProblem: problem => toasts.trouble(problem),
  })
  return (
    <>
      <Button size="s" look="quiet" onPress={() => setAsking(true)}>
        {t('revoke')}
      </Button>
      <Dialog
        title={t('revoke.title')}
        open={asking}
        grave
        size="s"
        onClose={() => setAsking(false)}
        foot={
          <>
            <Button look="quiet" onPress={() => setAsking(false)}>
              {t('cancel')}
            </Button>
            <Button look="grave" busy={revoke.isPending} onPress={() => revoke.mutate()}>
              {t('revoke')}
            </Button>
          </>
        }
      >
        <p>
          <b>{inbox.recipient}</b>
        </p>
        <p>{t('revoke.text')}</p>
      </Dialog>
    </>
  )
}
