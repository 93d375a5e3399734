import { attention, broken, type Check, good, notChecked, span, withoutServices } from './check.js'

const SKEW_ATTENTION_MS = 2000
const SKEW_BROKEN_MS = 60_000

/** Whether anybody outside could tell that the journal was cut off, and what their clocks say of ours. */
export const witnessed: Check = {
  id: 'witnesses',
  group: 'journal',
  name: { fr: 'Témoins extérieurs', en: 'Witnesses outside' },
  look: async patient => {
    const { services } = patient
    if (services === undefined) return withoutServices(patient)
    const found = await services.witnesses.view()
    if (found.length === 0)
      return notChecked(
        [
          'Aucun témoin : personne ne verrait que la fin du journal a été coupée.',
          'Nommez-en un : archive.witnessFolder, archive.witnessLetterTo, archive.timestampUrl ou archive.witnessNodes.',
        ],
        [
          'No witness: nobody could tell that the end of the journal was cut off.',
          'Name one: archive.witnessFolder, archive.witnessLetterTo, archive.timestampUrl or archive.witnessNodes.',
        ],
      )
    return found.map(({ witness, size, skewMs = 0 }) => {
      const ahead = skewMs > 0
      const shown = span(Math.abs(skewMs))
      const fr = `Notre heure ${ahead ? 'avance' : 'retarde'} de ${shown.fr} sur ${witness}.`
      const en = `Our time is ${shown.en} ${ahead ? 'ahead of' : 'behind'} ${witness}.`
      const remedy = ['Mettez la machine à l’heure.', 'Set the machine’s time.'] as const
      if (Math.abs(skewMs) >= SKEW_BROKEN_MS) return broken([fr, remedy[0]], [en, remedy[1]], witness)
      if (Math.abs(skewMs) >= SKEW_ATTENTION_MS) return attention([fr, remedy[0]], [en, remedy[1]], witness)
      if (size === undefined)
        return notChecked(['N’a encore rien reçu.'], ['Has received nothing yet.'], witness)
      return good(`Garde les ${size} premières inscriptions.`, `Keeps the first ${size} entries.`, witness)
    })
  },
}
