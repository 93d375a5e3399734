import { z } from 'zod'
import type { Said } from '../errors.js'
import type { SiteView } from '../sites/view.js'
import { roles } from './permissions.js'
import type { Role } from './view.js'

/** NIST SP 800-63B §3.1.1.2: length is what counts; at most this, so that hashing stays bounded. */
const PASSWORD_MIN_CHARACTERS = 12
const PASSWORD_MAX_CHARACTERS = 200

/** As people type it: no capital, no blank around it. */
export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .regex(/^[^\s@<>"(),:;[\]\\]+@[^\s@<>"(),:;[\]\\]+$/, 'must be an email address')
export const password = z
  .string()
  .min(PASSWORD_MIN_CHARACTERS, `at least ${PASSWORD_MIN_CHARACTERS} characters`)
  .max(PASSWORD_MAX_CHARACTERS)
/** A name becomes part of letters and signatures: one line, no control characters. */
export const personName = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .regex(/^\P{Cc}+$/u, 'one line of text')
export const phone = z
  .string()
  .trim()
  .regex(/^[+\d][\d .()-]{2,30}$/, 'a telephone number')
export const role = z.enum(roles as [Role, ...Role[]])
export const language = z.enum(['fr', 'en'])

export const newAccount = z.strictObject({
  email,
  name: personName,
  role,
  site: z.string().min(1).max(63),
  language: language.default('fr'),
  phone: phone.optional(),
  password: password.optional(),
})
export type NewAccount = z.output<typeof newAccount>

/** First and last day, on the wall of the site; null or absent: open. */
export const validity = z.strictObject({
  from: z.iso.date().nullable().optional(),
  until: z.iso.date().nullable().optional(),
})
export type ValidDays = z.output<typeof validity>

export const accountChange = z.strictObject({
  name: personName.optional(),
  language: language.optional(),
  phone: phone.nullable().optional(),
  state: z.enum(['active', 'disabled']).optional(),
  password: password.optional(),
})
export type AccountChange = z.output<typeof accountChange>

const RUNS_THE_NODE: readonly Role[] = ['operator', 'auditor']

/** Why this role cannot exist at that site; null when it can. Running the node and taking part in care stay apart. */
export function misplaced(wanted: Role, site: SiteView): Said | null {
  if (site.kind === 'operator')
    return RUNS_THE_NODE.includes(wanted)
      ? null
      : {
          fr: `« ${site.id} » exploite le nœud : il n’a que des exploitants et des auditeurs.`,
          en: `"${site.id}" runs the node: it has operators and auditors only.`,
        }
  return wanted === 'operator'
    ? {
        fr: 'Un exploitant appartient au site qui exploite le nœud.',
        en: 'An operator belongs to a site of the kind "operator".',
      }
    : null
}

/** Whether every site counts as this membership's own: those who run the node. */
export function seesEverySite(held: Role, kind: SiteView['kind']): boolean {
  return kind === 'operator' && RUNS_THE_NODE.includes(held)
}
