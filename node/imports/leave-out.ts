import { folded } from '../studies/identity.js'
import type { ImportSeries, LeftOutKind, PresetInput } from './view.js'

/** What a series of a disc is made of, where that is not simply what the scanner made. */
type Said = Pick<ImportSeries, 'Modality' | 'SeriesDescription' | 'kind'>

/** Secondary Capture and its multi-frame forms (PS3.3 A.8). */
const CAPTURES = '1.2.840.10008.5.1.4.1.1.7'
/** Softcopy presentation states (PS3.3 A.33). */
const PRESENTATIONS = '1.2.840.10008.5.1.4.1.1.11.'
/** Pixels: what viewers put beside the images to choose from. Images of this size by a scanner are no captures. */
const ICON_MAX = 128

/** What one object is, for the rules of a preset; undefined for all that no rule speaks of. */
export function kindOf(object: {
  SOPClassUID: string
  Rows?: number
  Columns?: number
}): LeftOutKind | undefined {
  const { SOPClassUID, Rows = 0, Columns = 0 } = object
  if (SOPClassUID.startsWith(PRESENTATIONS)) return 'presentations'
  if (SOPClassUID !== CAPTURES && !SOPClassUID.startsWith(`${CAPTURES}.`)) return undefined
  const isIcon = Rows > 0 && Rows <= ICON_MAX && Columns > 0 && Columns <= ICON_MAX
  return isIcon ? 'icons' : 'captures'
}

/**
 * Why the preset leaves a series out; undefined where it comes in. The words that keep a series win over all that leave it
 * out: a reconstruction saved as a capture is still one.
 */
export function leftOutBy(
  series: Said,
  { modalities, descriptions, kinds, keep }: PresetInput['leaveOut'],
): ImportSeries['leftOutBy'] {
  const description = ` ${folded(series.SeriesDescription)} `
  const says = (words: string) => folded(words) !== '' && description.includes(` ${folded(words)} `)
  if (keep.some(says)) return undefined
  if (series.kind !== undefined && kinds.includes(series.kind)) return { rule: 'kind', value: series.kind }
  if (modalities.includes(series.Modality)) return { rule: 'modality', value: series.Modality }
  const said = descriptions.find(says)
  return said === undefined ? undefined : { rule: 'description', value: said }
}
