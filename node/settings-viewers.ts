import { z } from 'zod'

/** An origin as browsers send it: scheme, host, port, and nothing behind. */
const isOrigin = (text: string) =>
  URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text)

/** Schemes that a browser would run or read here, and hand to no other program. */
const RUNS_HERE = /^(javascript|data|vbscript|file|blob|about|filesystem|view-source):/i

/** Other viewers that people may open one study in, over DICOMweb. */
export const outsideViewers = {
  viewers: z
    .array(
      z.strictObject({
        name: z.string().trim().min(1).max(60),
        url: z
          .string()
          .trim()
          .max(1000)
          .regex(/^[a-z][a-z0-9+.-]*:/i, 'an address with its scheme, e.g. https://viewer.example.org/…')
          .refine(url => !RUNS_HERE.test(url), 'this scheme opens no other viewer')
          .refine(url => url.includes('{token}'), 'must hold {token}'),
      }),
    )
    .max(12)
    .default([])
    .describe(
      'Other viewers a study can be opened in for a while: {name, url}, where {dicomweb}, {study} and {token} stand, percent-encoded, for the address of DICOMweb here, the StudyInstanceUID and the bearer token. OHIF: https://viewer.example.org/viewer?StudyInstanceUIDs={study}&token={token}. Weasis: weasis://%24dicom%3Ars%20--url%20%22{dicomweb}%22%20-r%20%22studyUID%3D{study}%22%20-H%20%22Authorization%3A%20Bearer%20{token}%22',
    ),
  origins: z
    .array(z.string().trim().refine(isOrigin, 'an origin, e.g. https://viewer.example.org'))
    .max(32)
    .default([])
    .describe(
      'Origins of other viewers whose pages may read DICOMweb with a token (CORS), e.g. https://viewer.example.org; no cookie of ours ever counts there.',
    ),
}
