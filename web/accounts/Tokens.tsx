import { Ban, CalendarClock, Check, Hourglass, KeyRound, type LucideIcon } from 'lucide-react'
import { useState } from 'react'
import type { TokenView } from '../../node/accounts/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { common } from '../words/common.js'
import { useFormats } from '../words/format.js'
import { tokens as words } from '../words/tokens.js'
import { useWords } from '../words/words.js'
import styles from './Accounts.module.css'
import { RotateToken } from './RotateToken.js'
import { grouped, useActionWords } from './rights.js'

/** The tokens this person made and, for who keeps accounts, those of the site. */
export function Tokens() {
  const t = useWords(words)
  const list = useData<ListView<TokenView>>(['tokens'], '/api/tokens')
  const [revoking, setRevoking] = useState<TokenView | null>(null)
  const [rotating, setRotating] = useState<TokenView | null>(null)
  const items = list.data?.items
  return (
    <>
      <p className={styles.intro}>{t('intro')}</p>
      {list.error ? (
        <ErrorBox title={t('trouble')} trouble={list.error} onRetry={() => list.refetch()} />
      ) : !items ? (
        <Skeleton lines={4} height={36} />
      ) : items.length === 0 ? (
        <Empty icon={<KeyRound aria-hidden />} title={t('empty.title')}>
          {t('empty.text')}
        </Empty>
      ) : (
        <div className={styles.list}>
          <Table caption={t('caption')}>
            <Head
              columns={[
                t('column.name'),
                t('column.role'),
                t('column.rights'),
                t('column.used'),
                t('column.ends'),
                t('column.state'),
                { label: t('column.acts'), hidden: true },
              ]}
            />
            <tbody>
              {items.map(token => (
                <Row
                  key={token.id}
                  token={token}
                  onRotate={() => setRotating(token)}
                  onRevoke={() => setRevoking(token)}
                />
              ))}
            </tbody>
          </Table>
        </div>
      )}
      {rotating ? <RotateToken token={rotating} onClose={() => setRotating(null)} /> : null}
      {revoking ? <Revoke token={revoking} onClose={() => setRevoking(null)} /> : null}
    </>
  )
}

const marks: Record<TokenView['state'] | 'soon', [LucideIcon, Tone]> = {
  active: [Check, 'ok'],
  soon: [CalendarClock, 'near'],
  expired: [Hourglass, 'plain'],
  revoked: [Ban, 'plain'],
}

function Row({
  token,
  onRotate,
  onRevoke,
}: {
  token: TokenView
  onRotate: () => void
  onRevoke: () => void
}) {
  const t = useWords(words)
  const role = useWords(common)
  const format = useFormats()
  const { groupOf, verbOf } = useActionWords()
  const { session } = useSession()
  const state = token.expiresSoon ? 'soon' : token.state
  const [Icon, tone] = marks[state]
  const active = session.memberships.find(membership => membership.active)
  // The secret stands for the membership it was made under: nobody else is handed one.
  const renews = token.mine && token.site === active?.site && token.role === active.role
  return (
    <tr>
      <th scope="row" className={styles.name}>
        {token.name}
        <span className={styles.under}>
          {t('made.by', { name: token.madeBy, day: format.day(token.createdAt.slice(0, 10)) })}
        </span>
      </th>
      <td>
        {role(`role.${token.role}`)}
        <span className={styles.under}>{token.siteName}</span>
      </td>
      <td>
        {grouped(token.rights).map(([group, rights]) => (
          <span key={group} className={styles.role}>
            <span className={styles.of}>{groupOf(group)}</span> {rights.map(verbOf).join(', ')}
          </span>
        ))}
      </td>
      <td title={format.exact(token.lastUsedAt)}>
        {token.lastUsedAt ? format.moment(token.lastUsedAt) : t('used.never')}
        {token.lastUsedFrom ? (
          <span className={styles.under}>{t('used.from', { address: token.lastUsedFrom })}</span>
        ) : null}
      </td>
      <td title={format.exact(token.expiresAt)}>{format.day(token.expiresAt.slice(0, 10))}</td>
      <td>
        <Tag tone={tone} icon={<Icon aria-hidden />}>
          {t(`state.${state}`)}
        </Tag>
        {token.oldSecret ? (
          <span className={styles.under}>
            {t('old.until', { moment: format.dateTime(token.oldSecret.until) })}
          </span>
        ) : null}
        {token.oldSecret?.lastUsedAt ? (
          <span className={styles.under}>
            {t('old.used', { moment: format.moment(token.oldSecret.lastUsedAt) })}
          </span>
        ) : null}
      </td>
      <td>
        {token.state === 'active' ? (
          <span className={styles.acts}>
            {renews ? (
              <Button size="s" aria-label={t('rotate.of', { name: token.name })} onPress={onRotate}>
                {t('rotate')}
              </Button>
            ) : null}
            <Button
              size="s"
              look="quiet"
              aria-label={t('revoke.of', { name: token.name })}
              onPress={onRevoke}
            >
              {t('revoke')}
            </Button>
          </span>
        ) : null}
      </td>
    </tr>
  )
}

function Revoke({ token, onClose }: { token: TokenView; onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  const revoke = useAct<TokenView>(() => ({ method: 'DELETE', path: `/api/tokens/${token.id}` }), {
    refresh: [['tokens']],
    onDone: () => {
      toasts.say({ text: t('said.revoked'), detail: token.name })
      onClose()
    },
  })
  return (
    <Dialog
      title={t('revoke.title')}
      open
      grave
      size="s"
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('revoke')}
          look="grave"
          busy={revoke.isPending}
          onAct={() => revoke.mutate()}
          onClose={onClose}
        />
      }
    >
      <p>{t('revoke.text', { name: token.name })}</p>
      {revoke.error ? <ErrorBox trouble={revoke.error} /> : null}
    </Dialog>
  )
}
