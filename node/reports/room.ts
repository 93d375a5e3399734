import type { ExamView } from '../requests/view.js'
import { type ImageFacts, round } from './image-facts.js'

/** What the room may say that the images do not. */
export type SaidByRoom = 'equipment' | 'dose' | 'contrast'

/** How an exam was done, and what of it rests on the room's word alone. */
export interface Known {
  facts: ImageFacts | undefined
  said: SaidByRoom[]
}

const NOTHING: ImageFacts = { equipment: [], sides: [], protocols: [], contrast: [], fieldStrengthT: [] }

/**
 * What is known of how an exam was done: what its images say, and beside it what the room said afterwards. Of device and
 * dose the images' own word stands; product and lot are the room's, whose lot no image carries.
 */
export function withRoom(images: ImageFacts | undefined, exam: ExamView | undefined): Known {
  if (exam === undefined) return { facts: images, said: [] }
  const facts = { ...(images ?? NOTHING) }
  const said: SaidByRoom[] = []
  if (facts.equipment.length === 0 && exam.device !== undefined && exam.device !== '') {
    facts.equipment = [exam.device]
    said.push('equipment')
  }
  const { ctdiVol, dlp, dap } = exam.dose ?? {}
  const measured = [facts.ctdiVolMGy, facts.dlpMGyCm, facts.dapCGyCm2].some(value => value !== undefined)
  if (!measured && [ctdiVol, dlp, dap].some(value => value !== undefined)) {
    if (ctdiVol !== undefined) facts.ctdiVolMGy = ctdiVol
    if (dlp !== undefined) facts.dlpMGyCm = dlp
    // Rooms read Gy·cm², images and reports carry cGy·cm².
    if (dap !== undefined) facts.dapCGyCm2 = round(dap * 100)
    said.push('dose')
  }
  if (exam.contrast !== undefined) {
    const { product, lot, volumeMl } = exam.contrast
    const given = [
      product,
      lot === undefined || lot === '' ? '' : `lot ${lot}`,
      volumeMl === undefined ? '' : `${volumeMl} ml`,
    ]
    const isSame = (one: string) => one.toLowerCase().startsWith(product.toLowerCase())
    facts.contrast = [
      given.filter(part => part !== '').join(', '),
      ...facts.contrast.filter(one => !isSame(one)),
    ]
    said.push('contrast')
  }
  return { facts, said }
}
