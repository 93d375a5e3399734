import { X } from 'lucide-react'
import { useState } from 'react'
import type { AskItemKind, RequestRow } from '../../node/requests/view.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { TextField } from '../parts/Field.js'
import { askItemWords } from '../words/ask-items.js'
import { laterWords } from '../words/later.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import styles from './Asks.module.css'
import type { EventInput } from './events.js'
import { happenedAt, Later, type LaterAt } from './Later.js'

const kinds: AskItemKind[] = ['series', 'reconstruction', 'prior', 'laboratory', 'consent', 'other']

/** What is missing, one chip a kind: each becomes an item the site answers by itself. */
export default function AskDialog({
  request,
  busy,
  problem,
  onSend,
  onClose,
}: {
  request: RequestRow
  busy: boolean
  problem?: string | undefined
  onSend: (input: EventInput) => void
  onClose: () => void
}) {
  const t = useWords(askItemWords)
  const r = useWords(requestWords)
  const [items, setItems] = useState<{ key: number; kind: AskItemKind; text: string }[]>([])
  const [count, setCount] = useState(0)
  const later = useWords(laterWords)
  const [at, setAt] = useState<LaterAt>(undefined)
  const ready = items.length > 0 && items.every(({ text }) => text.trim() !== '') && at !== ''
  const send = () =>
    onSend({ items: items.map(({ kind, text }) => ({ kind, text: text.trim() })), ...happenedAt(at) })
  return (
    <Dialog
      title={`${r('event.ask')} · ${request.reference}`}
      open
      onClose={onClose}
      foot={
        <DialogFoot
          keep={r('cancel')}
          act={r('event.ask')}
          busy={busy}
          isDisabled={!ready}
          onAct={send}
          onClose={onClose}
        />
      }
    >
      <p className="second">{t('ask.lead')}</p>
      <div className="row">
        {kinds.map(kind => (
          <Button
            key={kind}
            size="s"
            onPress={() => {
              setItems(now => [...now, { key: count, kind, text: '' }])
              setCount(count + 1)
            }}
          >
            {t(`kind.${kind}`)}
          </Button>
        ))}
      </div>
      {items.map(item => (
        <div key={item.key} className={styles.row}>
          <TextField
            label={t('ask.what', { kind: t(`kind.${item.kind}`) })}
            required
            autoFocus
            value={item.text}
            onChange={text =>
              setItems(now => now.map(one => (one.key === item.key ? { ...one, text } : one)))
            }
          />
          <Button
            size="s"
            look="quiet"
            icon={<X aria-hidden="true" />}
            aria-label={t('ask.remove')}
            onPress={() => setItems(now => now.filter(one => one.key !== item.key))}
          />
        </div>
      ))}
      <Later value={at} onChange={setAt} problem={at === '' ? later('at.missing') : undefined} />
      {problem ? <p role="alert">{problem}</p> : null}
    </Dialog>
  )
}
