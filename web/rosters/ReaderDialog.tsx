import { useState } from 'react'
import type { RosterReaderView } from '../../node/offsite/view.js'
import { useAct } from '../api/data.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { Refused } from '../parts/ErrorBox.js'
import { TextField } from '../parts/Field.js'
import { Ticks } from '../parts/Ticks.js'
import { useToasts } from '../parts/Toast.js'
import { rosters as words } from '../words/rosters.js'
import { useWords } from '../words/words.js'

const languages = ['fr', 'en'] as const

/** What a reader can do, as the contracts ask for it. */
export function ReaderDialog({
  site,
  reader,
  onClose,
}: {
  site: string
  reader: RosterReaderView
  onClose: () => void
}) {
  const t = useWords(words)
  const toasts = useToasts()
  const [competences, setCompetences] = useState(reader.competences.join(', '))
  const [spoken, setSpoken] = useState<readonly (typeof languages)[number][]>(reader.languages)
  const save = useAct(
    () => ({
      method: 'PUT',
      path: `/api/rosters/readers/${reader.account}`,
      body: {
        site,
        competences: competences
          .split(',')
          .map(each => each.trim())
          .filter(Boolean),
        languages: spoken,
      },
    }),
    {
      refresh: [['rosters']],
      onDone: () => {
        toasts.say({ text: t('said.saved'), tone: 'ok' })
        onClose()
      },
    },
  )
  return (
    <Dialog
      title={t('reader.edit', { name: reader.name })}
      open
      size="s"
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('save')}
          busy={save.isPending}
          onAct={() => save.mutate()}
          onClose={onClose}
        />
      }
    >
      {save.error ? <Refused title={t('refused')} problem={save.error} /> : null}
      <TextField
        label={t('reader.competences')}
        hint={t('reader.competences.hint')}
        optional
        autoFocus
        value={competences}
        onChange={setCompetences}
      />
      <Ticks
        legend={t('reader.languages')}
        hint={t('reader.languages.hint')}
        values={languages.map(id => ({ id, label: t(`language.${id}`) }))}
        chosen={spoken}
        onChange={setSpoken}
      />
    </Dialog>
  )
}
