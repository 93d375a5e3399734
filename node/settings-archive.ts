import { z } from 'zod'
import { optional } from './setting-kinds.js'

export const archive = z
  .strictObject({
    witnessFolder: optional(
      'Folder on another disk or machine that gets every signed head of the journal, compared with it at start and by relais verify, and every certificate of destruction, which relais restore obeys.',
    ),
    witnessLetterTo: z
      .email()
      .nullable()
      .default(null)
      .describe(
        'Who gets the newest signed head of the journal by letter, once a day. It holds no health data.',
      ),
    timestampUrl: optional(
      'Time-stamp authority (RFC 3161) that stamps the signed heads of the journal, e.g. https://tsa.example.org.',
    ),
    timestampCaFile: optional('PEM certificates of the authorities whose time stamps are believed.'),
    witnessNodes: z
      .array(
        z
          .string()
          .regex(
            /^https?:\/\/\S+ [0-9a-f]{64}$/,
            'an address, a space, and the name of the journal there (64 hex digits)',
          ),
      )
      .max(16)
      .default([])
      .describe(
        'Other nodes that check and co-sign our signed heads: each an address, a space, and the name of their journal (relais keys list there).',
      ),
    witnessFor: z
      .array(z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits'))
      .max(64)
      .default([])
      .describe('Names of the journals of other nodes whose signed heads this one checks and co-signs.'),
  })
  .describe('Who outside this machine can tell that the journal was not cut off or rebuilt.')
