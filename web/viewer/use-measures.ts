import { useEffect } from 'react'
import { draftsOf } from '../drafts/drafts.js'
import { useSession } from '../session.js'
import type { KeptMeasure } from './measures.js'

/**
 * Keeps what is measured on a study over a reload and a crash, encrypted on this machine as what is written is.
 * `drawn`: there is a picture to draw on; nothing of this comes before the first one.
 */
export function useMeasures(study: string | null, drawn: boolean): void {
  const { account } = useSession().session
  useEffect(() => {
    if (study === null || !drawn) return
    let stop: (() => void) | undefined
    let gone = false
    const name = `relais.measures.${study}`
    Promise.all([draftsOf(account.id), import('./measures.js')]).then(
      ([drafts, { drawAgain, measuresOf, onMeasured }]) => {
        if (gone) return
        const kept = drafts.read<KeptMeasure[]>(name) ?? []
        const keep = () => {
          const all = measuresOf(study)
          if (all.length > 0) drafts.write(name, all)
          else drafts.forget(name)
        }
        drawAgain(kept)
        // Drawn while what was kept was being read.
        if (measuresOf(study).length > kept.length) keep()
        stop = onMeasured(keep)
      },
      // Only kept ahead of a crash: measuring goes on without.
      () => undefined,
    )
    return () => {
      gone = true
      stop?.()
    }
  }, [study, drawn, account.id])
}
