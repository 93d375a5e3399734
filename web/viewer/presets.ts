/** Window presets on the keys 1–9; 0 is always the window the picture itself asks for. */
import type { Frame, Window } from './frame.js'

export type PresetName =
  | 'brain'
  | 'subdural'
  | 'stroke'
  | 'bone'
  | 'lung'
  | 'mediastinum'
  | 'abdomen'
  | 'liver'
  | 'angio'

export interface Preset extends Window {
  key: string
  /** A name of ours, translated; or the name the data set gives. */
  preset?: PresetName
}

/** Hounsfield units: centre and width in daily use in French departments; changed here, they change everywhere. */
const ct: [PresetName, number, number][] = [
  ['brain', 40, 80],
  ['subdural', 75, 215],
  ['stroke', 40, 40],
  ['bone', 500, 2000],
  ['lung', -600, 1500],
  ['mediastinum', 40, 400],
  ['abdomen', 50, 350],
  ['liver', 90, 150],
  ['angio', 300, 600],
]

/** CT has fixed presets, since its units are the same everywhere; other modalities only what the images carry. */
export function presetsFor(frame: Frame | undefined): Preset[] {
  if (!frame) return []
  if (frame.modality === 'CT') {
    return ct.map(([preset, center, width], i) => ({ key: String(i + 1), preset, center, width }))
  }
  return frame.windows.slice(0, 9).map((window, i) => ({ ...window, key: String(i + 1) }))
}

export function range(window: { center: number; width: number }): { lower: number; upper: number } {
  // The linear function of PS3.3 C.11.2.1.2.1 runs from c − 0.5 − (w−1)/2 to c − 0.5 + (w−1)/2.
  return { lower: window.center - window.width / 2, upper: window.center - 1 + window.width / 2 }
}

export function windowOf(voi: { lower: number; upper: number }): { center: number; width: number } {
  const width = voi.upper - voi.lower + 1
  return { width: Math.round(width), center: Math.round(voi.lower + width / 2) }
}

export function samePreset(preset: Window, shown: { center: number; width: number } | null): boolean {
  if (!shown) return false
  return Math.round(preset.center) === shown.center && Math.round(preset.width) === shown.width
}
