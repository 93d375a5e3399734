/** Five by seven dots a letter: enough for what is written into synthetic pixels. */
const glyphs: Readonly<Record<string, readonly string[]>> = {
  S: [' ####', '#    ', '#    ', ' ### ', '    #', '    #', '#### '],
  Y: ['#   #', '#   #', ' # # ', '  #  ', '  #  ', '  #  ', '  #  '],
  N: ['#   #', '##  #', '# # #', '#  ##', '#   #', '#   #', '#   #'],
  T: ['#####', '  #  ', '  #  ', '  #  ', '  #  ', '  #  ', '  #  '],
  H: ['#   #', '#   #', '#   #', '#####', '#   #', '#   #', '#   #'],
  E: ['#####', '#    ', '#    ', '#### ', '#    ', '#    ', '#####'],
  I: [' ### ', '  #  ', '  #  ', '  #  ', '  #  ', '  #  ', ' ### '],
  Q: [' ### ', '#   #', '#   #', '#   #', '# # #', '#  # ', ' ## #'],
  U: ['#   #', '#   #', '#   #', '#   #', '#   #', '#   #', ' ### '],
  D: ['#### ', '#   #', '#   #', '#   #', '#   #', '#   #', '#### '],
  G: [' ### ', '#   #', '#    ', '# ###', '#   #', '#   #', ' ### '],
}

/** Writes a word into the pixels, its upper left corner at (column, row), `scale` pixels a dot. */
export function burnIn(
  values: Float32Array,
  width: number,
  text: string,
  place: { column: number; row: number; scale: number; value: number },
) {
  const height = values.length / width
  for (const [letter, character] of [...text].entries()) {
    for (const [y, dots] of (glyphs[character] ?? []).entries()) {
      for (const [x, dot] of [...dots].entries()) {
        if (dot !== '#') continue
        for (let step = 0; step < place.scale ** 2; step += 1) {
          const column = place.column + (letter * 6 + x) * place.scale + (step % place.scale)
          const row = place.row + y * place.scale + Math.floor(step / place.scale)
          if (column < width && row < height) values[row * width + column] = place.value
        }
      }
    }
  }
}

/** The mark every synthetic image bears, in its lower left corner. */
export function markAsSynthetic(values: Float32Array, width: number, value: number) {
  const height = values.length / width
  const scale = Math.max(1, Math.round(width / 300))
  burnIn(values, width, 'SYNTHETIQUE', {
    column: Math.round(width / 40),
    row: height - 9 * scale - Math.round(width / 40),
    scale,
    value,
  })
}
