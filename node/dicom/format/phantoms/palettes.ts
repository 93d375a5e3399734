import { ChestTissue } from './chest.js'
import { HeadTissue } from './head.js'
import { KneeTissue } from './knee.js'

/** CT numbers (HU). */
export const headCT = palette(HeadTissue, {
  air: -1000,
  fat: -90,
  skin: 35,
  bone: 1150,
  fluid: 7,
  grey: 38,
  white: 29,
  blood: 70,
  oedema: 19,
  vitreous: 8,
  lens: 75,
  calcification: 180,
  ganglia: 41,
  dura: 55,
  diploe: 600,
  cerebellum: 36,
  brainstem: 33,
  muscle: 50,
  support: -150,
})

/** Signal of a T2-weighted MR: water bright, bone and air dark. */
export const headT2 = palette(HeadTissue, {
  air: 8,
  fat: 620,
  skin: 480,
  bone: 45,
  fluid: 1500,
  grey: 700,
  white: 500,
  blood: 300,
  oedema: 1150,
  vitreous: 1650,
  lens: 250,
  calcification: 80,
  ganglia: 520,
  dura: 130,
  diploe: 250,
  cerebellum: 660,
  brainstem: 520,
  muscle: 260,
  support: 8,
})

/** CT numbers (HU). */
export const chestCT = palette(ChestTissue, {
  air: -1000,
  fat: -95,
  muscle: 50,
  bone: 900,
  marrow: 250,
  lung: -860,
  vessel: 55,
  heart: 45,
  liver: 60,
  nodule: 40,
  disc: 75,
  support: -300,
})

/** Signal of a proton density MR: fat and marrow bright, tendon and cortex dark. */
export const kneePD = palette(KneeTissue, {
  air: 8,
  fat: 1050,
  muscle: 420,
  cortex: 50,
  marrow: 860,
  cartilage: 700,
  meniscus: 60,
  tendon: 70,
  fluid: 1350,
  vessel: 120,
})

/** A value for every label of a section, in the labels' order. */
function palette<T extends Record<string, number>>(tissues: T, values: Record<keyof T, number>): number[] {
  const list: number[] = []
  for (const [tissue, label] of Object.entries(tissues)) list[label] = values[tissue] as number
  return list
}
