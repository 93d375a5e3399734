import { useState } from 'react'
import type { BoardCard, BoardView } from '../../node/program/view.js'
import type { RequestView } from '../../node/requests/view.js'
import { useAct } from '../api/data.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { Refused } from '../parts/ErrorBox.js'
import { Select } from '../parts/Select.js'
import { TextArea } from '../parts/TextArea.js'
import { useToasts } from '../parts/Toast.js'
import { useInWords } from '../requests/in-words.js'
import { boardWords as words } from '../words/board.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'

export interface Target {
  group: string
  /** One reader of it, or whoever is on duty. */
  reader?: string
}

const idOf = ({ group, reader }: Target) => `${group}/${reader ?? ''}`

/** Gives an act to another group or reader: whom, and why. */
export default function GiveDialog({
  card,
  view,
  to,
  onClose,
}: {
  card: BoardCard
  view: BoardView
  /** Where it was dropped. */
  to: Target | undefined
  onClose: () => void
}) {
  const t = useWords(words)
  const of = useWords(requestWords)
  const inWords = useInWords()
  const toasts = useToasts()
  const [target, setTarget] = useState(to === undefined ? '' : idOf(to))
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const options = view.groups.flatMap(group => [
    { id: idOf({ group: group.id }), label: t('give.group', { group: group.name }) },
    ...group.readers
      .filter(({ account }) => account !== card.holder?.id)
      .map(({ account, name, presence }) => ({
        id: idOf({ group: group.id, reader: account }),
        label: `${name} · ${t(`presence.${presence}`)}`,
        hint: group.name,
      })),
  ])
  const give = useAct<RequestView>(
    () => {
      const [group = '', reader = ''] = target.split('/')
      return {
        method: 'POST',
        path: `/api/requests/${card.id}/${card.by}`,
        body: { reason: reason.trim(), to: group, ...(reader === '' ? {} : { reader }) },
      }
    },
    {
      refresh: [['board'], ['requests']],
      onDone: () => {
        const name = options.find(({ id }) => id === target)?.label ?? ''
        toasts.say({ text: t('give.done', { reference: card.reference, name }), tone: 'ok' })
        onClose()
      },
    },
  )
  const send = () => {
    setTried(true)
    if (reason.trim() !== '' && target !== '') give.mutate()
  }
  return (
    <Dialog
      title={t('give.title', { reference: card.reference })}
      open
      onClose={onClose}
      foot={
        <DialogFoot
          keep={of('cancel')}
          act={t('give')}
          busy={give.isPending}
          onAct={send}
          keys="Ctrl+Enter"
          onClose={onClose}
        />
      }
    >
      {give.error ? <Refused title={t('give.refused')} problem={give.error} /> : null}
      <p className="second">
        {t('give.text', {
          what: `${of(`urgency.${card.urgency}`)} · ${inWords.modality(card.modality)}`,
          site: card.siteName,
        })}
      </p>
      <Select
        label={t('give.who')}
        value={target}
        onChange={setTarget}
        options={options}
        required
        problem={tried && target === '' ? t('give.who') : undefined}
      />
      <TextArea
        label={t('give.reason')}
        hint={t('give.reason.hint')}
        value={reason}
        onChange={setReason}
        lines={2}
        autoFocus={to !== undefined}
        required
        problem={tried && reason.trim() === '' ? t('give.missing') : give.error?.field('reason')}
        onKeyDown={key => {
          if (key.key === 'Enter' && (key.ctrlKey || key.metaKey)) send()
        }}
      />
    </Dialog>
  )
}
