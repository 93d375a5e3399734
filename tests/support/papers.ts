import { createRequire } from 'node:module'

const jpeg = createRequire(import.meta.url)('jpeg-js') as {
  encode(raster: { width: number; height: number; data: Uint8Array }, quality: number): { data: Buffer }
}

/** One page with one line on it; `more` are objects of the file, by number from 6. */
export function textPDF(
  text: string,
  more: { catalog?: string; objects?: (string | Buffer)[] } = {},
): Buffer {
  const content = `BT /F1 24 Tf 72 700 Td (${text}) Tj ET`
  const objects: (string | Buffer)[] = [
    `<</Type/Catalog/Pages 2 0 R${more.catalog ?? ''}>>`,
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${content.length}>>\nstream\n${content}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
    ...(more.objects ?? []),
  ]
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')]
  const places: number[] = []
  let at = parts[0]?.length ?? 0
  for (const [index, object] of objects.entries()) {
    places.push(at)
    const part = Buffer.concat([
      Buffer.from(`${index + 1} 0 obj\n`),
      Buffer.isBuffer(object) ? object : Buffer.from(object, 'latin1'),
      Buffer.from('\nendobj\n'),
    ])
    parts.push(part)
    at += part.length
  }
  const lines = places.map(place => `${String(place).padStart(10, '0')} 00000 n \n`).join('')
  parts.push(
    Buffer.from(
      `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${lines}trailer\n<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${at}\n%%EOF\n`,
    ),
  )
  return Buffer.concat(parts)
}

/** A photograph of nothing: JPEG Baseline with JFIF, three components. */
export function photograph(width: number, height: number): Buffer {
  const data = new Uint8Array(width * height * 4)
  for (let at = 0; at < width * height; at++) data.set([(at % width) & 255, 90, at % 251, 255], at * 4)
  return jpeg.encode({ width, height, data }, 80).data
}
