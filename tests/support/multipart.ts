/** The parts of a multipart answer, as a client reads them. */
export interface ReadPart {
  headers: Headers
  bytes: Buffer
}

/** Reads a whole multipart/related body (RFC 2046 §5.1); throws where it is not one from the first to the last byte. */
export function readMultipart(contentType: string, body: Buffer): ReadPart[] {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1]
  if (boundary === undefined) throw new Error(`no boundary in ${contentType}`)
  const parts: ReadPart[] = []
  let at = 0
  for (;;) {
    const mark = Buffer.from(`${at === 0 ? '' : '\r\n'}--${boundary}`)
    if (!body.subarray(at, at + mark.length).equals(mark)) throw new Error(`no boundary at byte ${at}`)
    at += mark.length
    if (body.subarray(at, at + 4).toString() === '--\r\n') {
      if (at + 4 !== body.length) throw new Error('something follows the last part')
      return parts
    }
    const headEnd = body.indexOf('\r\n\r\n', at)
    const end = body.indexOf(`\r\n--${boundary}`, headEnd + 4)
    if (headEnd < 0 || end < 0) throw new Error('the body is cut off')
    const lines = body
      .subarray(at + 2, headEnd)
      .toString('latin1')
      .split('\r\n')
    const headers = new Headers(
      lines.map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
    )
    parts.push({ headers, bytes: body.subarray(headEnd + 4, end) })
    at = end
  }
}
