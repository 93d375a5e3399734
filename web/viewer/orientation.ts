/**
 * The letters at the edges of a picture: which side of the patient lies there. They come from the data set alone
 * (Image Orientation (Patient) (0020,0037), or Patient Orientation (0020,0020) for projections); a picture that
 * says neither gets none, because a guessed side is worse than no side.
 */
import type { Frame } from './frame.js'

/** R, L, A, P, H (towards the head), F (towards the feet), as PS3.3 C.7.6.1.1.1 writes them. */
export type Side = string

export interface Markers {
  left: Side
  right: Side
  top: Side
  bottom: Side
}

const opposite: Record<string, string> = { R: 'L', L: 'R', A: 'P', P: 'A', H: 'F', F: 'H' }

export function markersOf(frame: Pick<Frame, 'orientation' | 'patientOrientation'>): Markers | null {
  const row = frame.orientation ? direction(frame.orientation.slice(0, 3)) : frame.patientOrientation?.[0]
  const column = frame.orientation ? direction(frame.orientation.slice(3, 6)) : frame.patientOrientation?.[1]
  if (!row || !column) return null
  const left = turned(row)
  const top = turned(column)
  return left && top ? { left, right: row, top, bottom: column } : null
}

/** The one or two main axes a vector in the patient's space (x → left, y → back, z → head) runs along. */
function direction(vector: number[]): Side {
  const axes: [number, string][] = [
    [vector[0] ?? 0, (vector[0] ?? 0) > 0 ? 'L' : 'R'],
    [vector[1] ?? 0, (vector[1] ?? 0) > 0 ? 'P' : 'A'],
    [vector[2] ?? 0, (vector[2] ?? 0) > 0 ? 'H' : 'F'],
  ]
  return axes
    .filter(([length]) => Math.abs(length) > 0.25)
    .sort((a, b) => Math.abs(b[0]) - Math.abs(a[0]))
    .slice(0, 2)
    .map(([, letter]) => letter)
    .join('')
}

function turned(side: Side): Side | null {
  const letters = [...side].map(letter => opposite[letter])
  return letters.length > 0 && letters.every(letter => letter !== undefined) ? letters.join('') : null
}

/** French consoles write D and G for the sides; above and below are S and I in both languages. */
const french: Record<string, string> = { R: 'D', L: 'G', A: 'A', P: 'P', H: 'S', F: 'I' }
const english: Record<string, string> = { R: 'R', L: 'L', A: 'A', P: 'P', H: 'S', F: 'I' }

export function written(side: Side, language: 'fr' | 'en'): string {
  const letters = language === 'fr' ? french : english
  return [...side].map(letter => letters[letter] ?? letter).join('')
}
