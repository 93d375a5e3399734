import { useState } from 'react'
import type { ImportPerson, ImportView } from '../../node/imports/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ReasonDialog } from '../parts/ReasonDialog.js'
import { useToasts } from '../parts/Toast.js'
import { nameOf } from '../studies/patient.js'
import { importPeople } from '../words/import-people.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'

/** Nothing of this person is taken from the disc, and why. */
export function Leave({ disc, person }: { disc: ImportView; person: ImportPerson }) {
  const t = useWords(words)
  const p = useWords(importPeople)
  const [asking, setAsking] = useState(false)
  const toasts = useToasts()
  const leave = useAct<ImportView, string>(
    reason => ({
      method: 'POST',
      path: `/api/imports/${disc.id}/people/${person.id}/left`,
      body: { reason },
    }),
    {
      refresh: [['imports']],
      onDone: () => {
        toasts.say({ text: p('leave.said') })
        setAsking(false)
      },
    },
  )
  return (
    <>
      <Button size="s" look="quiet" onPress={() => setAsking(true)}>
        {p('leave.act')}
      </Button>
      {asking ? (
        <ReasonDialog
          title={p('leave.title')}
          label={p('leave.reason')}
          hint={p('leave.hint')}
          act={p('leave.go')}
          keep={p('leave.keep')}
          busy={leave.isPending}
          trouble={leave.error}
          onAct={reason => leave.mutate(reason)}
          onClose={() => setAsking(false)}
        >
          <p>{p('leave.text', { who: nameOf(person.identity) || t('unknown') })}</p>
        </ReasonDialog>
      ) : null}
    </>
  )
}
