import { Undo2 } from 'lucide-react'
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
import styles from './Imports.module.css'

/** Takes a reconciliation back, after saying what happens at each destination. */
export function Undo({ disc, person }: { disc: ImportView; person: ImportPerson }) {
  const t = useWords(words)
  const p = useWords(importPeople)
  const [asking, setAsking] = useState(false)
  const toasts = useToasts()
  const undo = useAct<ImportView, string>(
    reason => ({
      method: 'POST',
      path: `/api/imports/${disc.id}/people/${person.id}/withdrawal`,
      body: { reason },
    }),
    {
      refresh: [['imports'], ['studies'], ['requests'], ['transfers']],
      onDone: () => {
        toasts.say({ text: p('withdraw.said'), tone: 'ok' })
        setAsking(false)
      },
    },
  )
  const identity = person.decision?.candidate === 'keep' ? person.identity : person.decision?.identity
  const reached = person.destinations.filter(to => to.state !== 'queued' || to.confirmed > 0)
  const waiting = person.destinations.filter(to => !reached.includes(to))
  return (
    <>
      <Button size="s" icon={<Undo2 aria-hidden />} onPress={() => setAsking(true)}>
        {p('withdraw.act')}
      </Button>
      {asking ? (
        <ReasonDialog
          title={p('withdraw.title')}
          label={p('withdraw.reason')}
          hint={p('withdraw.hint')}
          act={p('withdraw.go')}
          keep={p('withdraw.keep')}
          busy={undo.isPending}
          trouble={undo.error}
          onAct={reason => undo.mutate(reason)}
          onClose={() => setAsking(false)}
        >
          <p>{p('withdraw.text', { who: (identity && nameOf(identity)) || t('unknown') })}</p>
          <ul className={styles.willHappen}>
            {reached.map(to => (
              <li key={to.transfer}>{p('withdraw.to.sent', { peer: to.peer, n: to.of })}</li>
            ))}
            {waiting.map(to => (
              <li key={to.transfer}>{p('withdraw.to.queued', { peer: to.peer })}</li>
            ))}
            {person.destinations.length === 0 ? <li>{p('withdraw.to.none')}</li> : null}
          </ul>
        </ReasonDialog>
      ) : null}
    </>
  )
}
