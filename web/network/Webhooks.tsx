import { Plus, Webhook as WebhookIcon } from 'lucide-react'
import { useState } from 'react'
import type { ListView } from '../../node/requests/view.js'
import type {
  WebhookDeliveryView,
  WebhookForm,
  WebhookKind,
  WebhookSecretView,
  WebhookView,
} from '../../node/webhooks/view.js'
import { ShownOnce } from '../accounts/ShownOnce.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Checkbox } from '../parts/Checkbox.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { TextField } from '../parts/TextField.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { webhookWords as words } from '../words/webhooks.js'
import { useWords } from '../words/words.js'
import styles from './Webhooks.module.css'

const KINDS: WebhookKind[] = [
  'request-offered',
  'request-claimed',
  'request-accepted',
  'request-refused',
  'request-info-requested',
  'request-cancelled',
  'request-delivered',
  'report-signed',
  'alert-escalated',
  'message-sent',
  'transfer-failed',
]
const tones: Record<WebhookView['state'], Tone> = { active: 'ok', paused: 'plain', ended: 'late' }
const deliveryTones: Record<WebhookDeliveryView['state'], Tone> = {
  taken: 'ok',
  waiting: 'near',
  failed: 'late',
}

/** /network/webhooks: programs of the site that are told of facts. */
export function Webhooks() {
  const t = useWords(words)
  const { can } = useSession()
  const list = useData<ListView<WebhookView>>(['webhooks'], '/api/webhooks')
  const [edited, setEdited] = useState<WebhookView | 'new' | null>(null)
  const [secret, setSecret] = useState<WebhookSecretView | null>(null)
  const items = list.data?.items
  const add = can('webhook.change') ? (
    <Button look="go" icon={<Plus aria-hidden />} onPress={() => setEdited('new')}>
      {t('new')}
    </Button>
  ) : undefined
  return (
    <>
      <div className={styles.head}>
        <p className="second">{t('intro')}</p>
        {items && items.length > 0 ? add : null}
      </div>
      {list.error ? (
        <ErrorBox title={t('trouble')} trouble={list.error} onRetry={() => void list.refetch()} />
      ) : !items ? (
        <Skeleton lines={4} height={44} />
      ) : items.length === 0 ? (
        <Empty icon={<WebhookIcon aria-hidden />} title={t('empty.title')} action={add}>
          {t('empty.text')}
        </Empty>
      ) : (
        <ul className={styles.list}>
          {items.map(webhook => (
            <One key={webhook.id} webhook={webhook} onEdit={() => setEdited(webhook)} onSecret={setSecret} />
          ))}
        </ul>
      )}
      {edited ? (
        <Edit
          webhook={edited === 'new' ? undefined : edited}
          onClose={() => setEdited(null)}
          onSecret={setSecret}
        />
      ) : null}
      {secret ? (
        <Dialog
          title={t('secret.title', { name: secret.webhook.name })}
          open
          grave
          onClose={() => setSecret(null)}
          foot={
            <Button look="go" onPress={() => setSecret(null)}>
              {t('secret.done')}
            </Button>
          }
        >
          <p>{t('secret.text')}</p>
          <ShownOnce
            label={t('secret.label')}
            value={secret.secret}
            copy={t('secret.copy')}
            copied={t('secret.copied')}
          />
        </Dialog>
      ) : null}
    </>
  )
}

function One({
  webhook,
  onEdit,
  onSecret,
}: {
  webhook: WebhookView
  onEdit: () => void
  onSecret: (secret: WebhookSecretView) => void
}) {
  const t = useWords(words)
  const formats = useFormats()
  const { can } = useSession()
  const [open, setOpen] = useState(false)
  const path = `/api/webhooks/${webhook.id}`
  const refresh = [['webhooks']]
  const test = useAct<void>(() => ({ method: 'POST', path: `${path}/test` }), {
    refresh,
    onDone: () => setOpen(true),
  })
  const rotate = useAct<WebhookSecretView>(() => ({ method: 'POST', path: `${path}/rotate` }), {
    refresh,
    onDone: onSecret,
  })
  const end = useAct<void>(() => ({ method: 'DELETE', path }), { refresh })
  const problem = test.error ?? rotate.error ?? end.error
  return (
    <li className="card">
      <div className={styles.line}>
        <h2>{webhook.name}</h2>
        <Tag tone={tones[webhook.state]}>{t(webhook.gone ? 'state.gone' : `state.${webhook.state}`)}</Tag>
        {webhook.waiting > 0 ? <Tag tone="near">{t('waiting', { n: webhook.waiting })}</Tag> : null}
        <span className={styles.push} />
        {can('webhook.change') && webhook.state !== 'ended' ? (
          <>
            <Button size="s" busy={test.isPending} onPress={() => test.mutate()}>
              {t('test')}
            </Button>
            <Button size="s" look="quiet" onPress={onEdit}>
              {t('edit')}
            </Button>
            <Button size="s" look="quiet" busy={rotate.isPending} onPress={() => rotate.mutate()}>
              {t('rotate')}
            </Button>
            <Button size="s" look="grave" busy={end.isPending} onPress={() => end.mutate()}>
              {t('end')}
            </Button>
          </>
        ) : null}
      </div>
      <p className={`code ${styles.url}`}>{webhook.url}</p>
      <p className="second">{webhook.kinds.map(kind => t(`kind.${kind}`)).join(' · ')}</p>
      <p className="third">
        {[
          webhook.siteName,
          webhook.lastSuccessAt
            ? t('last.success', { at: formats.moment(webhook.lastSuccessAt) })
            : t('last.never'),
          webhook.lastFailure
            ? t('last.failure', {
                at: formats.moment(webhook.lastFailure.at),
                reason: webhook.lastFailure.reason,
              })
            : '',
          webhook.previousUntil ? t('previous', { at: formats.moment(webhook.previousUntil) }) : '',
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {problem ? <ErrorBox trouble={problem} /> : null}
      <Button size="s" look="quiet" aria-expanded={open} onPress={() => setOpen(now => !now)}>
        {t('deliveries')}
      </Button>
      {open ? <Deliveries webhook={webhook.id} /> : null}
    </li>
  )
}

function Deliveries({ webhook }: { webhook: string }) {
  const t = useWords(words)
  const formats = useFormats()
  const list = useData<ListView<WebhookDeliveryView>>(
    ['webhooks', webhook],
    `/api/webhooks/${webhook}/deliveries`,
    { repeat: data => (data?.items.some(({ state }) => state === 'waiting') ? 3000 : false) },
  )
  if (list.error) return <ErrorBox trouble={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Skeleton lines={3} />
  if (list.data.items.length === 0) return <p className="second">{t('deliveries.none')}</p>
  return (
    <Table caption={t('deliveries')} dense>
      <Head
        columns={[t('column.at'), t('column.kind'), t('column.state'), t('column.answer'), t('column.tries')]}
      />
      <tbody>
        {list.data.items.map(one => (
          <tr key={one.id}>
            <td title={formats.exact(one.at)}>{formats.moment(one.at)}</td>
            <td>{t(`kind.${one.kind}`)}</td>
            <td>
              <Tag tone={deliveryTones[one.state]}>{t(`delivery.${one.state}`)}</Tag>
            </td>
            <td>{[one.status, one.reason].filter(Boolean).join(' · ')}</td>
            <td>{one.attempts}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}

function Edit({
  webhook,
  onClose,
  onSecret,
}: {
  webhook: WebhookView | undefined
  onClose: () => void
  onSecret: (secret: WebhookSecretView) => void
}) {
  const t = useWords(words)
  const [form, setForm] = useState<WebhookForm>({
    name: webhook?.name ?? '',
    url: webhook?.url ?? 'https://',
    kinds: webhook?.kinds ?? [],
    active: webhook?.state !== 'paused',
  })
  const { active, ...fresh } = form
  const save = useAct<WebhookView | WebhookSecretView>(
    () =>
      webhook
        ? { method: 'PUT', path: `/api/webhooks/${webhook.id}`, body: form }
        : { method: 'POST', path: '/api/webhooks', body: fresh },
    {
      refresh: [['webhooks']],
      onDone: answer => {
        if ('secret' in answer) onSecret(answer)
        onClose()
      },
    },
  )
  const wrongUrl = save.error?.fields.find(({ path }) => path === 'url')?.message
  return (
    <Dialog
      title={t(webhook ? 'edit.title' : 'new.title')}
      open
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('save')}
          busy={save.isPending}
          isDisabled={form.name.trim() === '' || form.kinds.length === 0}
          onAct={() => save.mutate()}
          onClose={onClose}
        />
      }
    >
      <TextField
        label={t('form.name')}
        required
        autoFocus
        maxLength={80}
        value={form.name}
        onChange={name => setForm(now => ({ ...now, name }))}
      />
      <TextField
        label={t('form.url')}
        hint={t('form.url.hint')}
        required
        name="url"
        spellCheck={false}
        value={form.url}
        onChange={url => setForm(now => ({ ...now, url }))}
        {...(wrongUrl ? { problem: wrongUrl } : {})}
      />
      <fieldset className={styles.kinds}>
        <legend>{t('form.kinds')}</legend>
        {KINDS.map(kind => (
          <Checkbox
            key={kind}
            value={form.kinds.includes(kind)}
            onChange={on =>
              setForm(now => ({
                ...now,
                kinds: on ? [...now.kinds, kind] : now.kinds.filter(one => one !== kind),
              }))
            }
          >
            {t(`kind.${kind}`)}
          </Checkbox>
        ))}
      </fieldset>
      {webhook ? (
        <Checkbox value={active} onChange={on => setForm(now => ({ ...now, active: on }))}>
          {t('form.active')}
        </Checkbox>
      ) : null}
      {save.error && !wrongUrl ? <ErrorBox trouble={save.error} /> : null}
    </Dialog>
  )
}
