import { isoAt } from '../../clock.js'
import { headText } from '../../journal/checkpoint.js'
import type { Checkpoint } from '../../journal/checkpoints.js'
import type { Settings } from '../../settings.js'

/** The daily letter to the person who answers for the node: a signed head to be kept. No health data. */
export function headLetter(checkpoint: Checkpoint, { name, language }: Settings['node']) {
  const { size, at, signature, publicKey } = checkpoint
  const day = isoAt(at).slice(0, 10)
  const lines = [
    headText(checkpoint),
    `publicKey ${publicKey.toString('hex')}`,
    `signature ${signature.toString('hex')}`,
  ]
  const [subject, why] =
    language === 'fr'
      ? [
          `${name} : point de contrôle du journal, ${day}`,
          `Gardez cette lettre hors de la machine de ${name}. Elle contient le point de contrôle signé du journal (${size} inscriptions) : avec elle, chacun peut établir plus tard que rien de ce qui précède n’a été coupé ni refait. Elle ne contient aucune donnée de santé. Pour comparer : relais verify --witness FICHIER, le fichier étant celui de /api/checkpoints, ou ces lignes.`,
        ]
      : [
          `${name}: checkpoint of the journal, ${day}`,
          `Keep this letter away from the machine of ${name}. It holds the signed checkpoint of the journal (${size} entries): with it anybody can tell later that nothing before it was cut off or made anew. It holds no health data. To compare: relais verify --witness FILE, with the file of /api/checkpoints or these lines.`,
        ]
  const html = (text: string) => text.replace(/[&<>]/g, each => `&#${each.charCodeAt(0)};`)
  return {
    subject,
    text: `${why}\n\n${lines.join('\n\n')}\n`,
    html: `<p>${html(why)}</p>${lines.map(line => `<pre style="white-space:pre-wrap;word-break:break-all">${html(line)}</pre>`).join('')}`,
  }
}
